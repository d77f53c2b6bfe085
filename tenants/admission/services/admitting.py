"""The market admits a merchant that stands at its counter, papers in hand, without an application (MA3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.errors import Invalid
from tenants.accounts.rules import email_complaint
from tenants.admission import rules
from tenants.admission.fields import Step
from tenants.merchants import queries, records
from tenants.merchants import services as merchants
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, working_on
from tenants.staff import services as staff

STEPS = (Step.BUSINESS, Step.IDENTITY, Step.CONTACT, Step.GOODS)


def admit_here(*, entries: Mapping[str, Any], email: str, reason: str, admitted_by: tuple[UUID, str], locale: str) -> Merchant:
    """Make a merchant of what its form says, and invite its owner by mail, who takes the desk over with the letter's link.

    `admitted_by` is (account, name), `reason` what was looked at, for the audit. Raises Invalid by field.
    """
    errors = _complaints(entries, email, reason)
    if errors:
        raise Invalid(errors)
    with working_on(Purpose.ADMISSION):
        merchant = merchants.admit(
            public=records.public_of(entries), legal=records.legal_of(entries), scopes=entries["scopes"], reason=reason[:1000]
        )
    staff.invite_owner(merchant=merchant, email=email, invited_by=admitted_by, locale=locale)
    return merchant


def _complaints(entries: Mapping[str, Any], email: str, reason: str) -> dict[str, str]:
    year = clock.now().year
    found = {field: said for step in STEPS for field, said in rules.complaints(step, entries, year=year).items()}
    if "slug" not in found and queries.slug_taken(entries["slug"]):
        found["slug"] = _("This shop address is taken. Please choose another.")
    if complaint := email_complaint(email):
        found["owner_email"] = complaint
    if len(reason) < merchants.LEAST:
        found["reason"] = _("Please say which papers you have looked at.")
    return found
