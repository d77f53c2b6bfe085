"""The context of the home page: categories, new arrivals, best sellers, merchants."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from markupsafe import Markup

from marketplace.kernel.cache import memoize
from marketplace.kernel.localized_text import current_language, localize
from marketplace.media.uploads import picture_view
from marketplace.storefront import card_cache, presenters, queries

HERO_PICTURES = 6
MAX_CATEGORY_TILES = 12


def home_context() -> dict[str, Any]:
    """Return the template context; each part is cached for some seconds."""
    merchant_count, product_count = queries.count_merchants_and_products()
    top_merchants = queries.list_top_merchants()
    previews = queries.get_product_previews(tuple(sorted(row.id for row in top_merchants))) if top_merchants else {}
    return {
        "hero_pictures": presenters.picture_views(
            (card.picture, card.colour) for card in queries.list_fabrics(HERO_PICTURES) if card.picture
        ),
        "merchant_count": merchant_count,
        "product_count": product_count,
        "category_count": len(queries.category_tree()),
        "category_tiles": _category_tiles(),
        "new_arrivals": _new_arrivals(current_language(), request.host),
        "best_sellers": _best_sellers(current_language(), request.host),
        "merchants": [
            presenters.merchant_card(row, presenters.picture_views(previews.get(row.id, ()))) for row in top_merchants
        ],
    }


def active_category() -> str:
    """Return the slug of the top-level category of the current page; empty if there is none."""
    slug = (request.view_args or {}).get("slug", "") if (request.endpoint or "").endswith("storefront.category") else ""
    category = queries.categories_by_slug().get(slug) if slug else None
    return category.path[0] if category else ""


def header_categories() -> list[dict[str, Any]]:
    """Return the top-level categories for the page header."""
    active_slug = active_category()
    return [
        {
            "name": localize(category.names),
            "url": url_for("shop.storefront.category", slug=category.slug),
            "current": category.slug == active_slug,
        }
        for category in queries.category_tree()
        if category.depth == 0
    ]


@memoize(ttl=20)
def _new_arrivals(_language: str, _host: str) -> tuple[Markup, ...]:
    return tuple(card_cache.render_card(card) for card in queries.list_new_arrivals())


@memoize(ttl=20)
def _best_sellers(_language: str, _host: str) -> tuple[Markup, ...]:
    return tuple(card_cache.render_card(card) for card in queries.list_best_sellers())


def _category_tiles() -> list[dict[str, Any]]:
    counts = queries.count_products_by_category()
    top_categories = [category for category in queries.category_tree() if category.depth == 0]
    return [
        {
            "name": localize(category.names),
            "url": url_for("shop.storefront.category", slug=category.slug),
            "count": counts.get(category.slug, 0),
            "picture": picture_view(category.picture),
        }
        for category in top_categories[:MAX_CATEGORY_TILES]
    ]
