"""Extensions of merchant shops: a section with products, and product pictures on merchant cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import g, render_template
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from marketplace.storefront import card_cache, presenters, queries
from tenants.merchant_shops import extensions


def render_featured_products(merchant_id: UUID) -> Markup | None:
    """Render best sellers and new arrivals for a shop's front page; return None if it has no products."""
    best_sellers = queries.list_best_sellers_of(merchant_id)
    if not best_sellers:
        return None
    best_seller_ids = {card.id for card in best_sellers}
    best_seller_cards = [card_cache.render_card(card) for card in best_sellers]
    new_arrival_cards = [
        card_cache.render_card(card) for card in queries.list_new_arrivals_of(merchant_id) if card.id not in best_seller_ids
    ]
    html = render_template(
        "shop/storefront/_featured.html", best_sellers=best_seller_cards, new_arrivals=new_arrival_cards, store=g.store_slug
    )
    return Markup(html)  # noqa: S704 - rendered by our own template, which escapes


def count_products(merchant_id: UUID) -> int:
    """Return the number of products a shop has on sale."""
    return queries.count_products_by_merchant().get(merchant_id, 0)


def product_previews(merchant_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Any]]:
    """Return some product pictures of each merchant."""
    previews = queries.get_product_previews(tuple(sorted(merchant_ids)))
    return {merchant_id: presenters.picture_views(keys) for merchant_id, keys in previews.items()}


extensions.register_section(
    extensions.MerchantShopSection(
        name="goods",
        label=_l("All goods"),
        endpoint="storefront.products",
        order=10,
        render_front=render_featured_products,
        count=count_products,
    )
)
extensions.register_product_previews(product_previews)
