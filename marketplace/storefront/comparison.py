"""The specification table of a listing and the comparison page (comparison, CA7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import AttributeType
from marketplace.catalogue.queries import ProductCard
from marketplace.catalogue.rules.attributes import AttributeField, format_attribute_value
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.localized_text import localize
from marketplace.storefront import presenters, queries
from marketplace.storefront.presenters import ProductCardView
from tenants.merchants.models import MerchantKind

MAX_COLUMNS = 4
# Values of a card by row of the comparison.
COMPARED_ATTRIBUTES: dict[str, Callable[[ProductCardView], object]] = {
    "price": attrgetter("price", "price_high", "unit"),
    "minimum": attrgetter("minimum"),
    "stock": attrgetter("stock"),
    "origin": attrgetter("origin"),
    "merchant": attrgetter("merchant", "merchant_url"),
    "merchant_kind": attrgetter("merchant_kind"),
}


def spec_table(product_cards: Sequence[ProductCard]) -> dict[str, Any]:
    """Return the specification table; its columns are the attributes that most of the products have. Two statements."""
    attributes_by_product = queries.get_attributes(card.id for card in product_cards)
    schemas = catalogue_queries.get_schemas({product.category_id for product in attributes_by_product.values()})
    columns = _columns([schemas.get(product.category_id, ()) for product in attributes_by_product.values()])
    rows = [
        replace(
            presenters.product_card(card), cells=[_cell(attributes_by_product.get(card.id), schemas, code) for code in columns]
        )
        for card in product_cards
    ]
    return {"heads": [_column_label(field) for field in columns.values()], "rows": rows}


def compare_products(codes: Sequence[str]) -> dict[str, Any]:
    """Return the comparison of products: card values and every attribute that one of them has. Three statements."""
    product_cards = queries.get_cards_by_code(codes)
    attributes_by_product = queries.get_attributes(card.id for card in product_cards)
    schemas = catalogue_queries.get_schemas({product.category_id for product in attributes_by_product.values()})
    fields = {field.code: field for product in attributes_by_product.values() for field in schemas.get(product.category_id, ())}
    rows = [
        (_column_label(field), [_cell(attributes_by_product.get(card.id), schemas, code) for card in product_cards])
        for code, field in fields.items()
    ]
    card_codes = [card.code for card in product_cards]
    cards = [
        replace(
            presenters.product_card(card),
            merchant_kind=_merchant_kind_label(card.merchant_kind),
            remove_url=_remove_url(card_codes, card.code),
        )
        for card in product_cards
    ]
    return {
        "products": cards,
        "differing": {key for key, getter in COMPARED_ATTRIBUTES.items() if len({getter(card) for card in cards}) > 1},
        "rows": [{"head": head, "cells": cells, "differs": len(set(cells)) > 1} for head, cells in rows if any(cells)],
    }


def _columns(schemas: Iterable[Sequence[AttributeField]]) -> dict[str, AttributeField]:
    """Return the attributes that at least half of the schemas have, in the order of the schemas."""
    schema_list = list(schemas)
    candidates = [
        field for schema in schema_list for field in schema if field.kind not in (AttributeType.TEXT, AttributeType.FLAG)
    ]
    occurrences = Counter(field.code for field in candidates)
    fields = {field.code: field for field in reversed(candidates)}
    common_codes = [
        code for code in dict.fromkeys(field.code for field in candidates) if occurrences[code] * 2 >= len(schema_list)
    ]
    return {code: fields[code] for code in common_codes[:MAX_COLUMNS]}


def _column_label(field: AttributeField) -> str:
    return localize(field.names)


def _cell(product: queries.ProductAttributes | None, schemas: Mapping[UUID, Sequence[AttributeField]], code: str) -> str:
    if product is None or code not in product.attributes:
        return ""
    field = next((field for field in schemas.get(product.category_id, ()) if field.code == code), None)
    return format_attribute_value(field, product.attributes[code]) if field else ""


def _merchant_kind_label(value: str) -> str:
    kind_enum: type[LabeledStrEnum] = MerchantKind
    return str(kind_enum(value).label) if value in set(kind_enum) else ""


def _remove_url(codes: Sequence[str], code: str) -> str:
    remaining = [other_code for other_code in codes if other_code != code]
    return url_for(".compare", p=remaining) if remaining else url_for(".search")


def too_many_message() -> str:
    """Return the message for a URL with more products than can be compared."""
    return str(_("Four products fit beside each other; the first four are shown."))
