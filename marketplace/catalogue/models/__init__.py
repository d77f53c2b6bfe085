"""Tables of the catalogue: categories, attributes and brands of the platform, and the products of the merchants."""

from marketplace.catalogue.models.products import (
    Picture,
    PriceTier,
    Product,
    ProductReview,
    ProductState,
    ReviewAction,
    Variant,
)
from marketplace.catalogue.models.taxonomy import Attribute, AttributeType, Brand, Category, MatchRole
from marketplace.catalogue.models.units import Unit

__all__ = [
    "Attribute",
    "AttributeType",
    "Brand",
    "Category",
    "MatchRole",
    "Picture",
    "PriceTier",
    "Product",
    "ProductReview",
    "ProductState",
    "ReviewAction",
    "Unit",
    "Variant",
]
