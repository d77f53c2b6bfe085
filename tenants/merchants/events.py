"""What happens to merchants."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class MerchantAdmitted(Event):
    """The market has admitted a merchant; it may sell from now on. `introduction` is what it said of itself."""

    merchant_id: UUID
    slug: str
    introduction: str = ""


@dataclass(frozen=True, kw_only=True)
class MerchantSuspended(Event):
    """The market has suspended a merchant: nothing of it is on sale, and nothing of it was edited."""

    merchant_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class MerchantReinstated(Event):
    """The suspension is over; what was on sale is on sale again."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantClosed(Event):
    """The merchant trades no more; its orders are still finished."""

    merchant_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class MerchantReopened(Event):
    """A closed merchant trades again."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantAwayChanged(Event):
    """The merchant has said when it is away, or that it is back."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantScopeChanged(Event):
    """The categories that a merchant may trade in are others now (MA5)."""

    merchant_id: UUID
    added: list[str]
    removed: list[str]


@dataclass(frozen=True, kw_only=True)
class MerchantChanged(Event):
    """Name, kind, region or another public fact of a merchant is another now."""

    merchant_id: UUID
