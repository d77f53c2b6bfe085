"""Events of the catalogue; they carry ids only, listeners read the present rows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ProductEvent(Event):
    """Base class of the events about one product."""

    product_id: UUID
    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProductSubmitted(ProductEvent):
    """The submission of a product for review."""


@dataclass(frozen=True, kw_only=True)
class ProductPublished(ProductEvent):
    """A product going on sale."""


@dataclass(frozen=True, kw_only=True)
class ProductChanged(ProductEvent):
    """A change of a product's fields, prices, pictures, video or stock flag."""


@dataclass(frozen=True, kw_only=True)
class ProductVideoRemoved(ProductEvent):
    """The removal of a video from a product; its files may be deleted unless another product uses them."""

    key: str
    extension: str


@dataclass(frozen=True, kw_only=True)
class ProductUnpublished(ProductEvent):
    """A product going off sale; existing orders are unaffected."""


@dataclass(frozen=True, kw_only=True)
class ProductRejected(ProductEvent):
    """The rejection of a product by the platform, with comments."""


@dataclass(frozen=True, kw_only=True)
class ProductRemovedByPlatform(ProductEvent):
    """The removal of a product from sale by the platform, for this reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class CategoryChanged(Event):
    """A change of a category or of its attributes."""

    category_id: UUID
