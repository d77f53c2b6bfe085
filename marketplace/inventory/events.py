"""What the stock-keeper announces."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StockChanged(Event):
    """Goods came, went, or an availability crossed zero: what is shown of these variants may be others now."""

    variant_ids: tuple[UUID, ...]
