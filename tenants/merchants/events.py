"""Events of merchants."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class MerchantAdmitted(Event):
    """The platform admitted a merchant; it may sell from now on. `introduction` comes from its application."""

    merchant_id: UUID
    slug: str
    introduction: str = ""


@dataclass(frozen=True, kw_only=True)
class MerchantDecision(Event):
    """A decision of the platform about a merchant, which is notified of the reason."""

    merchant_id: UUID
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MerchantSuspended(MerchantDecision):
    """The platform suspended a merchant: its products are off sale, but unchanged."""


@dataclass(frozen=True, kw_only=True)
class MerchantReinstated(MerchantDecision):
    """The suspension ended; the products are on sale again."""


@dataclass(frozen=True, kw_only=True)
class MerchantClosed(MerchantDecision):
    """The merchant was closed; its running orders are still completed."""


@dataclass(frozen=True, kw_only=True)
class MerchantReopened(MerchantDecision):
    """A closed merchant was reopened."""


@dataclass(frozen=True, kw_only=True)
class MerchantAbsenceChanged(Event):
    """The merchant set or ended its absence."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantScopeChanged(MerchantDecision):
    """The categories that a merchant may trade in changed (MA5)."""

    added: list[str]
    removed: list[str]


@dataclass(frozen=True, kw_only=True)
class MerchantChanged(Event):
    """Name, kind, region or another public field of a merchant changed."""

    merchant_id: UUID


@dataclass(frozen=True, kw_only=True)
class MerchantProfileChanged(MerchantDecision):
    """The platform changed fields of a merchant's profile; `changed` has their names."""

    changed: list[str]
