"""What a staff does when it hears of something."""

from __future__ import annotations

from marketplace.kernel.events import durably, together_with
from tenants.accounts.events import ProfileChanged
from tenants.merchants.events import (
    MarketDecision,
    MerchantClosed,
    MerchantRecordChanged,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.staff import letters, services

WORDS: dict[type[MarketDecision], str] = {
    MerchantSuspended: "suspended",
    MerchantReinstated: "reinstated",
    MerchantClosed: "closed",
    MerchantReopened: "reopened",
}


@together_with(ProfileChanged)
def keep_names(fact: ProfileChanged) -> None:
    """The desks show what a person is called now."""
    services.keep_names(account_id=fact.account_id, name=fact.name, email=fact.email)


@durably(MerchantSuspended, MerchantReinstated, MerchantClosed, MerchantReopened)
def tell_of_decision(fact: MarketDecision) -> None:
    """Whoever runs the desk reads what the market decided, and why."""
    letters.decided(merchant_id=fact.merchant_id, word=WORDS[type(fact)], reason=fact.reason)


@durably(MerchantScopeChanged)
def tell_of_scopes(fact: MerchantScopeChanged) -> None:
    """The same about the categories to trade in (MA5)."""
    letters.decided(merchant_id=fact.merchant_id, word="scopes", reason=fact.reason, added=fact.added, removed=fact.removed)


@durably(MerchantRecordChanged)
def tell_of_record(fact: MerchantRecordChanged) -> None:
    """The same about what stands in the merchant's record (MA3)."""
    letters.decided(merchant_id=fact.merchant_id, word="record", reason=fact.reason, changed=fact.changed)
