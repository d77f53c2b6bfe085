"""The listing standard (CA4): what a product must have before it can be reviewed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from marketplace.catalogue.rules.attributes import AttributeField, validate_attributes
from marketplace.kernel import sanitize
from marketplace.kernel.localized_text import DEFAULT_LANGUAGE, localize

_: Callable[..., str] = gettext

MIN_TITLE_LENGTH = 4
MIN_DESCRIPTION_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """The facts of a product that the listing standard checks, as plain values."""

    title: Mapping[str, str]
    description: Mapping[str, str]
    attributes: Mapping[str, Any]
    pictures: int
    variants: int
    priced: bool
    in_leaf_category: bool


def missing_requirements(listing: ListingFacts, schema: Sequence[AttributeField]) -> dict[str, str]:
    """Return one message per unmet requirement, by part of the editor; empty if the product meets the standard."""
    messages: dict[str, str] = {}
    if len(listing.title.get(DEFAULT_LANGUAGE, "").strip()) < MIN_TITLE_LENGTH:
        messages["title"] = _("Give the product a Chinese name of at least %(count)s characters.", count=MIN_TITLE_LENGTH)
    if len(sanitize.strip_html(localize(listing.description, DEFAULT_LANGUAGE))) < MIN_DESCRIPTION_LENGTH:
        messages["description"] = _(
            "Describe the product in at least %(count)s characters, true to the goods.", count=MIN_DESCRIPTION_LENGTH
        )
    if not listing.in_leaf_category:
        messages["category"] = _("Choose the narrowest category that fits.")
    if not listing.pictures:
        messages["pictures"] = _("Add at least one picture of the real goods; several from different sides are better.")
    if not listing.variants:
        messages["variants"] = _("Add at least one variant that can be ordered.")
    if not listing.priced:
        messages["prices"] = _("Give every variant a price.")
    messages |= _missing_attributes(listing, schema)
    return messages


def _missing_attributes(listing: ListingFacts, schema: Sequence[AttributeField]) -> dict[str, str]:
    errors = {f"attributes.{code}": text for code, text in validate_attributes(schema, listing.attributes).items()}
    for field in schema:
        if field.required and field.code not in listing.attributes:
            errors[f"attributes.{field.code}"] = _("“%(name)s” is asked for in this category.", name=localize(field.names))
    return errors
