"""What happens to accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Event):
    """Somebody has an account now; the e-mail address is not confirmed yet."""

    account_id: UUID
    buyer_id: UUID


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A person has proved who they are and has a fresh session: a guest's cart can become theirs."""

    account_id: UUID
    buyer_id: UUID


@dataclass(frozen=True, kw_only=True)
class ResetAsked(Event):
    """Somebody asked for a new password for this name or address; whether there is such an account is not said."""

    name: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class ProfileChanged(Event):
    """A person's name or address is another now; whoever shows them keeps a copy up to date."""

    account_id: UUID
    name: str
    email: str
