"""Event listeners of the staff feature."""

from __future__ import annotations

from marketplace.kernel.events import on_event_async, on_event_in_transaction
from tenants.accounts.events import ProfileChanged
from tenants.merchants.events import (
    MerchantClosed,
    MerchantDecision,
    MerchantProfileChanged,
    MerchantReinstated,
    MerchantReopened,
    MerchantScopeChanged,
    MerchantSuspended,
)
from tenants.staff import emails, services

DECISION_KINDS: dict[type[MerchantDecision], str] = {
    MerchantSuspended: "suspended",
    MerchantReinstated: "reinstated",
    MerchantClosed: "closed",
    MerchantReopened: "reopened",
}


@on_event_in_transaction(ProfileChanged)
def sync_member_names(event: ProfileChanged) -> None:
    """Update the copies of a changed name and address at the desks."""
    services.sync_member_names(account_id=event.account_id, name=event.name, email=event.email)


@on_event_async(MerchantSuspended, MerchantReinstated, MerchantClosed, MerchantReopened)
def email_decision(event: MerchantDecision) -> None:
    """Send the platform's decision and its reason to the merchant's owners and managers."""
    emails.send_decision_email(merchant_id=event.merchant_id, kind=DECISION_KINDS[type(event)], reason=event.reason)


@on_event_async(MerchantScopeChanged)
def email_scope_change(event: MerchantScopeChanged) -> None:
    """Send a change of the merchant's categories (MA5) to its owners and managers."""
    emails.send_decision_email(
        merchant_id=event.merchant_id, kind="scopes", reason=event.reason, added=event.added, removed=event.removed
    )


@on_event_async(MerchantProfileChanged)
def email_profile_change(event: MerchantProfileChanged) -> None:
    """Send a change of the merchant's legal profile (MA3) to its owners and managers."""
    emails.send_decision_email(merchant_id=event.merchant_id, kind="record", reason=event.reason, changed=event.changed)
