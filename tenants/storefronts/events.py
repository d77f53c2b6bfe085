"""What happens to shops."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StorefrontChanged(Event):
    """A shop looks or speaks differently now."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class ShopVideoLeft(Event):
    """A shop shows this video no longer; its files may go."""

    merchant_id: UUID
    key: str
    ending: str
