"""Goods side by side: the table of a shelf, and a few products on one page (CA7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import AttributeKind
from marketplace.catalogue.queries import Card
from marketplace.catalogue.rules.attributes import AttributeField, spoken
from marketplace.kernel.labels import Labelled
from marketplace.kernel.texts import pick
from marketplace.showroom import cards, queries
from marketplace.showroom.cards import Tile
from tenants.merchants.models import MerchantKind

COLUMNS = 4
# What a card says, by the row of the comparison that it stands in.
SAID: dict[str, Callable[[Tile], object]] = {
    "price": attrgetter("price", "high", "unit"),
    "minimum": attrgetter("minimum"),
    "stock": attrgetter("stock"),
    "origin": attrgetter("origin"),
    "merchant": attrgetter("merchant", "merchant_url"),
    "kind": attrgetter("kind"),
}


def table(shown: Sequence[Card]) -> dict[str, Any]:
    """The shelf as a table, with the attributes that most of these goods have as columns. Two statements."""
    found = queries.attributes_of(card.id for card in shown)
    schemas = goods.schemas_of({one.category_id for one in found.values()})
    columns = _columns([schemas.get(one.category_id, ()) for one in found.values()])
    rows = [
        replace(cards.product_card(card), cells=[_cell(found.get(card.id), schemas, code) for code in columns])
        for card in shown
    ]
    return {"heads": [_head(field) for field in columns.values()], "rows": rows}


def side_by_side(codes: Sequence[str]) -> dict[str, Any]:
    """A few products beside each other: what a card says, and every attribute that one of them has. Three statements."""
    shown = queries.cards_by_code(codes)
    found = queries.attributes_of(card.id for card in shown)
    schemas = goods.schemas_of({one.category_id for one in found.values()})
    fields = {field.code: field for one in found.values() for field in schemas.get(one.category_id, ())}
    lines = [(_head(field), [_cell(found.get(card.id), schemas, code) for card in shown]) for code, field in fields.items()]
    kept = [card.code for card in shown]
    tiles = [
        replace(cards.product_card(card), kind=_kind(card.merchant_kind), without=_without(kept, card.code)) for card in shown
    ]
    return {
        "goods": tiles,
        "differing": {key for key, read in SAID.items() if len({read(tile) for tile in tiles}) > 1},
        "lines": [{"head": head, "cells": cells, "differs": len(set(cells)) > 1} for head, cells in lines if any(cells)],
    }


def _columns(schemas: Iterable[Sequence[AttributeField]]) -> dict[str, AttributeField]:
    """The questions that most of these goods are asked, in the order of their schemas."""
    listed = list(schemas)
    said = [field for schema in listed for field in schema if field.kind not in (AttributeKind.TEXT, AttributeKind.FLAG)]
    asked = Counter(field.code for field in said)
    fields = {field.code: field for field in reversed(said)}
    usual = [code for code in dict.fromkeys(field.code for field in said) if asked[code] * 2 >= len(listed)]
    return {code: fields[code] for code in usual[:COLUMNS]}


def _head(field: AttributeField) -> str:
    return pick(field.names)


def _cell(one: queries.Described | None, schemas: Mapping[UUID, Sequence[AttributeField]], code: str) -> str:
    if one is None or code not in one.attributes:
        return ""
    field = next((field for field in schemas.get(one.category_id, ()) if field.code == code), None)
    return spoken(field, one.attributes[code]) if field else ""


def _kind(value: str) -> str:
    kinds: type[Labelled] = MerchantKind
    return str(kinds(value).label) if value in set(kinds) else ""


def _without(codes: Sequence[str], code: str) -> str:
    left = [one for one in codes if one != code]
    return url_for(".compare", p=left) if left else url_for(".search")


def too_many() -> str:
    """Said when an address names more than fit."""
    return str(_("Four products fit beside each other; the first four are shown."))
