"""Events of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Event):
    """An account was registered; its e-mail address is not confirmed yet."""

    account_id: UUID
    buyer_id: UUID


@dataclass(frozen=True, kw_only=True)
class UserLoggedIn(Event):
    """A user logged in and has a new session: a guest's cart can become theirs."""

    account_id: UUID
    buyer_id: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(Event):
    """A password reset was requested for a login name or address; whether it has an account is looked up later."""

    login_or_email: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class ProfileChanged(Event):
    """The name or address of an account changed; copies elsewhere must be updated."""

    account_id: UUID
    name: str
    email: str
