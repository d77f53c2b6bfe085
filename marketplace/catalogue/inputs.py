"""Input objects of product editing, filled in by the desk's editor, the import and the demo data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.catalogue.models import Unit


@dataclass(frozen=True, kw_only=True)
class TierInput:
    """A price tier: minor units of the product's currency for one unit."""

    from_quantity: Decimal
    price: int


@dataclass(frozen=True, kw_only=True)
class VariantInput:
    """A variant, identified by its SKU. Without tiers, the product's tiers apply."""

    sku: str
    options: Mapping[str, str] = field(default_factory=dict)
    barcode: str | None = None
    weight_grams: int = 0
    min_quantity: Decimal = Decimal(1)
    max_quantity: Decimal | None = None
    step: Decimal = Decimal(1)
    tiers: Sequence[TierInput] = ()
    id: UUID | None = None  # an existing variant whose SKU changes


@dataclass(frozen=True, kw_only=True)
class PictureInput:
    """A stored picture (see `marketplace.media.uploads`); `sku` names the variant it shows."""

    key: str
    colour: str = ""
    width: int = 0
    height: int = 0
    alt: Mapping[str, str] = field(default_factory=dict)
    sku: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductInput:
    """All fields of a product except its state.

    Attributes:
        axes: What variants differ in:
            [{"code": "colour", "names": {…}, "values": [{"value": "navy", "names": {…}}]}].
        pictures: None leaves the existing pictures unchanged.
    """

    category_id: UUID
    title: Mapping[str, str]
    variants: Sequence[VariantInput]
    tiers: Sequence[TierInput] = ()
    description: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    axes: Sequence[Mapping[str, Any]] = ()
    brand_id: UUID | None = None
    reference: str | None = None
    unit: Unit = Unit.PIECE
    currency: str = "CNY"
    region_code: str = ""
    lead_days: int = 0
    mix_variants: bool = False
    pictures: Sequence[PictureInput] | None = None
