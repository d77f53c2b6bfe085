"""Conversion of products to documents, shared by the catalogue and the relevance benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from search import Document

MAX_SUGGESTED_TITLE_LENGTH = 40
"""Longer titles are descriptions and are not offered as completions."""

_NON_DESCRIPTIVE = "是 否 有 无 其他 其它 yes no other none true false n/a -"
NON_DESCRIPTIVE_VALUES = frozenset(_NON_DESCRIPTIVE.split())
"""Attribute values that mean nothing without their names and would match almost every product."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductText:
    """The searchable text of a product, in all its languages.

    Attributes:
        titles: The names of the product.
        brands: The names of its brand or manufacturer.
        categories: The names of its categories, the widest first.
        codes: Numbers given by merchant and manufacturer: SKU, model, EAN.
        specification: The attributes by name, with their units: {"weight": "150 g/m2"}.
        description: Plain text.
    """

    titles: tuple[str, ...]
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    specification: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductFields:
    """The values of a product for filters, facets, ranges and sorting; see `Document`."""

    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)


def product_document(
    id: str, *, version: int, audience: tuple[str, ...], text: ProductText, fields: ProductFields | None = None
) -> Document:
    """Return the document of a product; `version` is the version of its row, `audience` who may find it."""
    fields = fields or ProductFields()
    return Document(
        id=id,
        version=version,
        audience=audience,
        texts=product_texts(text),
        keywords=fields.keywords,
        numbers=fields.numbers,
        dates=fields.dates,
        phrases=product_phrases(text),
    )


def product_texts(text: ProductText) -> dict[str, str]:
    """Return the text of a product by part. Line breaks keep adjacent values from forming compounds."""
    values = (value for value in text.specification.values() if value.strip().lower() not in NON_DESCRIPTIVE_VALUES)
    return {
        "title": "\n".join(text.titles),
        "brand": "\n".join(text.brands),
        "category": "\n".join(text.categories),
        "code": "\n".join(text.codes),
        "attributes": "\n".join(values),
        "description": text.description,
    }


def product_phrases(text: ProductText) -> tuple[str, ...]:
    """Return the completions offered for a product: brands, the narrowest category, short names."""
    names = (*text.brands, *text.categories[-1:], *(title for title in text.titles if len(title) <= MAX_SUGGESTED_TITLE_LENGTH))
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
