"""Events of merchant shops."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class MerchantShopChanged(Event):
    """Appearance or texts of a shop changed."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantShopVideoRemoved(Event):
    """A shop no longer shows this video; its files can be deleted."""

    merchant_id: UUID
    key: str
    extension: str
