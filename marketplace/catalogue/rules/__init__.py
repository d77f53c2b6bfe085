"""Business rules without database or clock: prices by quantity, attribute values, the listing standard."""

from marketplace.catalogue.rules.attributes import (
    AttributeField,
    Option,
    format_attribute_value,
    parse_attribute_values,
    validate_attributes,
)
from marketplace.catalogue.rules.prices import (
    NextTier,
    Tier,
    convert_quantity,
    next_tier,
    unit_price_at,
    validate_quantity,
    validate_tiers,
)
from marketplace.catalogue.rules.requirements import ListingFacts, missing_requirements

__all__ = [
    "AttributeField",
    "ListingFacts",
    "NextTier",
    "Option",
    "Tier",
    "convert_quantity",
    "format_attribute_value",
    "missing_requirements",
    "next_tier",
    "parse_attribute_values",
    "unit_price_at",
    "validate_attributes",
    "validate_quantity",
    "validate_tiers",
]
