"""A page of goods with its filters: read from the address, asked of the engine, put into words for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from marketplace.catalogue import queries as goods
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.showroom import comparing, panels, queries, rules, tiles

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
    found = queries.look(wish, facets)
    if found.total and not found.ids:  # an address from beyond the end: goods have gone since, or somebody guessed
        wish = replace(wish, page=rules.last_page(found.total))
        found = queries.look(wish, facets)
    table = comparing.table(goods.cards_of([UUID(one) for one in found.ids])) if wish.view == "table" else None
    return {
        "wish": wish,
        "cards": table["rows"] if table is not None else list(tiles.drawn(found.ids, level=2, compare=True).values()),
        "found": found,
        "groups": lambda: panels.groups(wish, found, facets),
        # A number that changes with the counts: they themselves would weigh more than what is drawn of them.
        "counts": hash(tuple((name, tuple((one.value, one.count) for one in said)) for name, said in found.facets.items())),
        "chips": panels.chips(wish, facets),
        "sorts": panels.sorts(wish),
        "views": panels.views(wish),
        "table": table,
        "clear": wish.address(chosen={}, ranges={}),
        "last": rules.last_page(found.total),
        "page_url": lambda number: wish.address(page=number),
    }
