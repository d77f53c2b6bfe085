"""Extension points for higher packages that add content to order pages; orders may not import them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

ParcelSource = Callable[[Sequence[UUID]], Sequence[Any]]


@dataclass
class OrderExtensions:
    """The registered extensions: the parcels of orders, and the carriers' labels by code."""

    parcels: ParcelSource
    carriers: dict[str, Any] = field(default_factory=dict)


extensions = OrderExtensions(parcels=lambda _order_ids: ())


def register_parcel_source(source: ParcelSource) -> ParcelSource:
    """Register a function that returns the parcels of some orders, as the page's partial expects them (decorator)."""
    extensions.parcels = source
    return source
