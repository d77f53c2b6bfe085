"""Events of the staff feature."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StaffJoined(Event):
    """A person joined a merchant's staff."""

    merchant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class StaffRoleChanged(Event):
    """The role of a staff member changed."""

    merchant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class StaffRemoved(Event):
    """A staff member was removed; their desk sessions are revoked."""

    merchant_id: UUID
    account_id: UUID
