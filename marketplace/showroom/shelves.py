"""A page of goods with its filters: read from the address, asked of the engine, put into words for the template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.showroom import cards, comparing, panels, queries, rules

NO_FACETS: tuple[AttributeField, ...] = ()


def wish_of(given: MultiDict[str, str], *, merchant: str = "") -> tuple[rules.Browse, Sequence[AttributeField]]:
    """What an address asks for outside of a category; once one category is chosen, its own filters count."""
    pairs = list(given.items(multi=True))
    wish = rules.read(pairs, facets=NO_FACETS, merchant=merchant)
    chosen = wish.chosen.get("category", ())
    alone = queries.by_slug().get(chosen[0]) if len(chosen) == 1 else None
    facets = queries.facets_of(alone.id) if alone else NO_FACETS
    return (rules.read(pairs, facets=facets, merchant=merchant) if facets else wish), facets


def values(wish: rules.Browse, facets: Sequence[AttributeField]) -> dict[str, Any]:
    """Everything for the macro `shelf`."""
    shelf = queries.look(wish, facets)
    return {
        "wish": wish,
        "cards": [cards.product_card(card) for card in shelf.cards],
        "found": shelf.found,
        "groups": panels.groups(wish, shelf.found, facets),
        "chips": panels.chips(wish, facets),
        "sorts": panels.sorts(wish),
        "views": panels.views(wish),
        "table": comparing.table(shelf.cards) if wish.view == "table" else None,
        "clear": wish.address(chosen={}, ranges={}),
        "last": rules.last_page(shelf.found.total),
        "page_url": lambda number: wish.address(page=number),
    }
