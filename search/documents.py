"""How a product becomes a document: one way for the catalogue, and for the sets by which the finding is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from search import Document

LONGEST_SHORT_NAME = 40
"""A longer title is a description, and no phrase that somebody would want to be completed to."""

_IDLE = "是 否 有 无 其他 其它 yes no other none true false n/a -"
IDLE_VALUES = frozenset(_IDLE.split())
"""Values of attributes that say nothing without their names, and would make all products alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductWords:
    """What a product says of itself, in every language it is described in.

    titles         its names
    brands         the names of its brand or maker
    categories     the names of its categories, the widest first
    codes          merchant's and maker's numbers: SKU, model, EAN
    specification  attributes by name, with their units: {"weight": "150 g/m2"}
    description    plain text
    """

    titles: tuple[str, ...]
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    specification: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductFacts:
    """What a product is filtered, counted, ranged and sorted by; see `Document`."""

    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)


def product_document(
    id: str, *, version: int, audience: tuple[str, ...], words: ProductWords, facts: ProductFacts | None = None
) -> Document:
    """The document of a product. `version` is that of its row, `audience` who may find it."""
    facts = facts or ProductFacts()
    return Document(
        id=id,
        version=version,
        audience=audience,
        texts=product_texts(words),
        keywords=facts.keywords,
        numbers=facts.numbers,
        dates=facts.dates,
        phrases=product_phrases(words),
    )


def product_texts(words: ProductWords) -> dict[str, str]:
    """The words of a product by the part they stand in. Lines keep the end of one from joining the next."""
    told = (value for value in words.specification.values() if value.strip().lower() not in IDLE_VALUES)
    return {
        "title": "\n".join(words.titles),
        "brand": "\n".join(words.brands),
        "category": "\n".join(words.categories),
        "code": "\n".join(words.codes),
        "attributes": "\n".join(told),
        "description": words.description,
    }


def product_phrases(words: ProductWords) -> tuple[str, ...]:
    """What a half-typed query may become: brands, the narrowest category, short names."""
    names = (*words.brands, *words.categories[-1:], *(t for t in words.titles if len(t) <= LONGEST_SHORT_NAME))
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
