"""The listing standard (CA4): what a product must say of itself before the market reviews it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from marketplace.catalogue.rules.attributes import AttributeField, attribute_errors
from marketplace.kernel import rich
from marketplace.kernel.texts import FIRST, pick

_: Callable[..., str] = gettext

SHORTEST_TITLE = 4
SHORTEST_DESCRIPTION = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is judged: a product with everything that hangs on it, as plain values."""

    title: Mapping[str, str]
    description: Mapping[str, str]
    attributes: Mapping[str, Any]
    pictures: int
    variants: int
    priced: bool
    in_leaf: bool


def missing(listing: Listing, schema: Sequence[AttributeField]) -> dict[str, str]:
    """What keeps a product from review, by part of the editor, one sentence each; nothing when it meets the standard."""
    found: dict[str, str] = {}
    if len(listing.title.get(FIRST, "").strip()) < SHORTEST_TITLE:
        found["title"] = _("Give the product a Chinese name of at least %(count)s characters.", count=SHORTEST_TITLE)
    if len(rich.plain(pick(listing.description, FIRST))) < SHORTEST_DESCRIPTION:
        found["description"] = _(
            "Describe the product in at least %(count)s characters, true to the goods.", count=SHORTEST_DESCRIPTION
        )
    if not listing.in_leaf:
        found["category"] = _("Choose the narrowest category that fits.")
    if not listing.pictures:
        found["pictures"] = _("Add at least one picture of the real goods; several from different sides are better.")
    if not listing.variants:
        found["variants"] = _("Add at least one variant that can be ordered.")
    if not listing.priced:
        found["prices"] = _("Give every variant a price.")
    found |= _missing_attributes(listing, schema)
    return found


def _missing_attributes(listing: Listing, schema: Sequence[AttributeField]) -> dict[str, str]:
    errors = {f"attributes.{code}": text for code, text in attribute_errors(schema, listing.attributes).items()}
    for field in schema:
        if field.required and field.code not in listing.attributes:
            errors[f"attributes.{field.code}"] = _("“%(name)s” is asked for in this category.", name=pick(field.names))
    return errors
