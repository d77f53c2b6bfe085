"""The tables of what is sold: the market's kinds (categories, attributes, brands) and the merchants' goods."""

from marketplace.catalogue.models.goods import (
    Picture,
    PriceTier,
    Product,
    ProductReview,
    ProductState,
    ReviewStep,
    Variant,
)
from marketplace.catalogue.models.kinds import Attribute, AttributeKind, Brand, Category, MatchRole
from marketplace.catalogue.models.units import Unit

__all__ = [
    "Attribute",
    "AttributeKind",
    "Brand",
    "Category",
    "MatchRole",
    "Picture",
    "PriceTier",
    "Product",
    "ProductReview",
    "ProductState",
    "ReviewStep",
    "Unit",
    "Variant",
]
