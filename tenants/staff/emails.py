"""E-mails to a merchant's owners and managers about the platform's decisions, in each reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask_babel import force_locale

from marketplace.kernel import mail
from marketplace.kernel.localized_text import localize
from tenants.access.permissions import StaffRole
from tenants.accounts.queries import get_account
from tenants.isolation import as_merchant
from tenants.merchants import business_scopes, profile_form
from tenants.merchants import queries as merchant_queries
from tenants.staff.queries import list_staff

RECIPIENT_ROLES = (StaffRole.OWNER, StaffRole.MANAGER)


@dataclass(frozen=True, kw_only=True)
class DecisionSummary:
    """A decision of the platform, translated for one reader.

    `kind` is one of suspended, reinstated, closed, reopened, scopes, record.
    """

    kind: str
    shop: str
    reason: str
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()


def send_decision_email(
    *,
    merchant_id: UUID,
    kind: str,
    reason: str,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    changed: Sequence[str] = (),
) -> None:
    """Notify owners and managers of a decision.

    Args:
        merchant_id: The merchant concerned.
        kind: The kind of decision, as in `DecisionSummary`.
        reason: The reason given by the platform.
        added: Codes of added categories.
        removed: Codes of removed categories.
        changed: Names of changed profile fields.
    """
    with as_merchant(merchant_id):
        merchant = merchant_queries.get_merchant(merchant_id)
        recipient_ids = [member.account_id for member in list_staff(merchant_id) if member.role in RECIPIENT_ROLES]
    link = url_for("desk.dashboard.index", merchant=merchant.slug, _external=True)
    for account in map(get_account, recipient_ids):
        with force_locale(account.locale):
            decision = DecisionSummary(
                kind=kind,
                shop=localize(merchant.name, account.locale),
                reason=reason,
                added=business_scopes.scope_labels(added),
                removed=business_scopes.scope_labels(removed),
                changed=profile_form.field_labels(changed),
            )
        values = {"name": account.name, "decision": decision, "link": link}
        mail.queue_email(to=account.email, kind="merchant_decision", locale=account.locale, **values)
