"""The front page's goods: shelves, what is new, what sells, whom to know."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from markupsafe import Markup

from marketplace.kernel.memo import remembered
from marketplace.kernel.texts import language, pick
from marketplace.kernel.uploads import picture_view
from marketplace.showroom import cards, queries, tiles

HERO = 6
SHELF = 12


def values() -> dict[str, Any]:
    """Everything for the template; each part is remembered for some seconds."""
    merchants, products = queries.figures()
    models = queries.model_merchants()
    windows = queries.windows(tuple(sorted(row.id for row in models))) if models else {}
    return {
        "cloths": cards.pictures_of((card.picture, card.colour) for card in queries.cloths(HERO) if card.picture),
        "merchant_count": merchants,
        "product_count": products,
        "category_count": len(queries.tree()),
        "shelf": _shelf(),
        "fresh": _fresh(language(), request.host),
        "selling": _selling(language(), request.host),
        "merchants": [cards.merchant_card(row, cards.pictures_of(windows.get(row.id, ()))) for row in models],
    }


def category_here() -> str:
    """Under which of the categories at the top this page stands; empty for a page of none."""
    at = (request.view_args or {}).get("slug", "") if (request.endpoint or "").endswith("showroom.category") else ""
    row = queries.by_slug().get(at) if at else None
    return row.path[0] if row else ""


def categories() -> list[dict[str, Any]]:
    """The line of categories in the market's head."""
    here = category_here()
    return [
        {
            "name": pick(one.names),
            "url": url_for("shop.showroom.category", slug=one.slug),
            "current": one.slug == here,
        }
        for one in queries.tree()
        if one.depth == 0
    ]


@remembered(seconds=20)
def _fresh(_language: str, _host: str) -> tuple[Markup, ...]:
    return tuple(tiles.draw(card) for card in queries.newest())


@remembered(seconds=20)
def _selling(_language: str, _host: str) -> tuple[Markup, ...]:
    return tuple(tiles.draw(card) for card in queries.best())


def _shelf() -> list[dict[str, Any]]:
    counted = queries.counts_by_category()
    tops = [one for one in queries.tree() if one.depth == 0]
    return [
        {
            "name": pick(one.names),
            "url": url_for("shop.showroom.category", slug=one.slug),
            "count": counted.get(one.slug, 0),
            "picture": picture_view(one.picture),
        }
        for one in tops[:SHELF]
    ]
