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
class MarketDecision(Event):
    """The market has decided on a merchant, which is told why."""

    merchant_id: UUID
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MerchantSuspended(MarketDecision):
    """The market has suspended a merchant: nothing of it is on sale, and nothing of it was edited."""


@dataclass(frozen=True, kw_only=True)
class MerchantReinstated(MarketDecision):
    """The suspension is over; what was on sale is on sale again."""


@dataclass(frozen=True, kw_only=True)
class MerchantClosed(MarketDecision):
    """The merchant trades no more; its orders are still finished."""


@dataclass(frozen=True, kw_only=True)
class MerchantReopened(MarketDecision):
    """A closed merchant trades again."""


@dataclass(frozen=True, kw_only=True)
class MerchantAwayChanged(Event):
    """The merchant has said when it is away, or that it is back."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantScopeChanged(MarketDecision):
    """The categories that a merchant may trade in are others now (MA5)."""

    added: list[str]
    removed: list[str]


@dataclass(frozen=True, kw_only=True)
class MerchantChanged(Event):
    """Name, kind, region or another public fact of a merchant is another now."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantRecordChanged(MarketDecision):
    """The market has changed what stands in a merchant's record: the names of the entries."""

    changed: list[str]
