"""Judgement about goods, without database or clock: prices by quantity, attribute values, the listing standard."""

from marketplace.catalogue.rules.attributes import AttributeField, Option, attribute_errors, attribute_values, spoken
from marketplace.catalogue.rules.prices import NextTier, Tier, convert, ladder_errors, next_tier, price_at, quantity_complaint
from marketplace.catalogue.rules.standard import Listing, missing

__all__ = [
    "AttributeField",
    "Listing",
    "NextTier",
    "Option",
    "Tier",
    "attribute_errors",
    "attribute_values",
    "convert",
    "ladder_errors",
    "missing",
    "next_tier",
    "price_at",
    "quantity_complaint",
    "spoken",
]
