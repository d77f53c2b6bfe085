"""What the catalogue announces: ids only; listeners read the present rows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ProductFact(Event):
    """Something happened to a product."""

    product_id: UUID
    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProductSubmitted(ProductFact):
    """A merchant asks the market to review a product."""


@dataclass(frozen=True, kw_only=True)
class ProductPublished(ProductFact):
    """A product stands on the market's shelves from now on."""


@dataclass(frozen=True, kw_only=True)
class ProductChanged(ProductFact):
    """A product's facts, prices, pictures, video or stock flag are others now."""


@dataclass(frozen=True, kw_only=True)
class ProductVideoLeft(ProductFact):
    """A product shows this video no longer; its files may go when no other product does."""

    key: str
    ending: str


@dataclass(frozen=True, kw_only=True)
class ProductTakenOff(ProductFact):
    """A product left the shelves; what was ordered stays ordered."""


@dataclass(frozen=True, kw_only=True)
class ProductRejected(ProductFact):
    """The market sent a product back to the merchant with remarks."""


@dataclass(frozen=True, kw_only=True)
class ProductRemoved(ProductFact):
    """The market took a product off the shelves, for this reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class CategoryChanged(Event):
    """A category, or the attributes it asks for, are others now."""

    category_id: UUID
