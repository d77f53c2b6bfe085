"""Events published by shipping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ParcelShipped(Event):
    """Published when a parcel is handed to its carrier."""

    parcel_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    order_ids: tuple[UUID, ...]
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class ParcelDelivered(Event):
    """Published when a parcel is delivered."""

    parcel_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    order_ids: tuple[UUID, ...]
    delivered_at: datetime
