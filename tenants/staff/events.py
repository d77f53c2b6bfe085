"""What happens among a merchant's staff."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StaffJoined(Event):
    """A person works at a merchant's desk from now on."""

    merchant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class StaffRoleChanged(Event):
    """A colleague has another role."""

    merchant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class StaffRemoved(Event):
    """A colleague works at this desk no more; their sessions there are over."""

    merchant_id: UUID
    account_id: UUID
