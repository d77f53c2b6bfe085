"""Events published by the inventory."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StockChanged(Event):
    """The stock of these variants moved, or became available or unavailable."""

    variant_ids: tuple[UUID, ...]
