"""What the market decides on an application. Every decision is about the round that was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as accounts
from tenants.admission import letters, queries
from tenants.admission.errors import AnotherRound, WrongState
from tenants.admission.events import ApplicationDecided
from tenants.admission.fields import BY_NAME
from tenants.admission.models import Application, ApplicationState
from tenants.merchants import records
from tenants.merchants import services as merchants
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, acting_for, working_on
from tenants.staff.models import Staff


def approve(*, application_id: UUID, number: int, reviewer_id: UUID, scopes: Sequence[str], said: str = "") -> Merchant:
    """Admit the applicant as a merchant with these categories; the applicant becomes the owner at its desk.

    Raises Invalid, AnotherRound, WrongState, AddressTaken.
    """
    application = _waiting(application_id, number)
    wanted = [code for code in application.answers.get("scopes", []) if code in set(scopes)]
    if not wanted:
        raise Invalid({"scopes": _("Please leave at least one category.")})
    with working_on(Purpose.ADMISSION):
        public, legal = records.public_of(application.answers), records.legal_of(application.answers)
        merchant = merchants.admit(public=public, legal=legal, scopes=wanted)
    account = accounts.account_by_id(application.account_id)
    owner = Staff(
        id=uuid7(),
        merchant_id=merchant.id,
        account_id=account.id,
        role=StaffRole.OWNER,
        name=account.name,
        email=account.email,
    )
    with acting_for(merchant.id):
        db.session.add(owner)
        db.session.flush()
    application.merchant_id = merchant.id
    _decide(application, ApplicationState.APPROVED, reviewer_id=reviewer_id, remarks={}, said=said)
    return merchant


def reject(*, application_id: UUID, number: int, reviewer_id: UUID, said: str) -> Application:
    """Refuse the application for good, and say why. Raises Invalid, AnotherRound, WrongState."""
    application = _waiting(application_id, number)
    if len(said) < 2:
        raise Invalid({"said": _("Please say why; the applicant will read it.")})
    _decide(application, ApplicationState.REJECTED, reviewer_id=reviewer_id, remarks={}, said=said)
    return application


def request_changes(
    *, application_id: UUID, number: int, reviewer_id: UUID, remarks: Mapping[str, str], said: str = ""
) -> Application:
    """Send the application back with a comment at each field that should change. Raises Invalid, AnotherRound, WrongState."""
    application = _waiting(application_id, number)
    kept = {name: text[:500] for name, text in remarks.items() if name in BY_NAME and text}
    if not kept:
        raise Invalid({"said": _("Please comment on at least one field, so that the applicant knows what to change.")})
    _decide(application, ApplicationState.CHANGES_REQUESTED, reviewer_id=reviewer_id, remarks=kept, said=said)
    return application


def _waiting(application_id: UUID, number: int) -> Application:
    application = queries.get(application_id, lock=True)
    if not application.is_waiting:
        raise WrongState(state=application.state.label)
    if application.rounds != number:
        raise AnotherRound
    return application


def _decide(
    application: Application, decision: ApplicationState, *, reviewer_id: UUID, remarks: dict[str, str], said: str
) -> None:
    moment, said = clock.now(), said[:2000]
    application.move(decision)
    application.remarks, application.said, application.decided_at = remarks, said, moment
    read = next(one for one in queries.rounds_of(application.id) if one.number == application.rounds)
    read.decision, read.remarks, read.said = decision, remarks, said
    read.decided_by, read.decided_at = reviewer_id, moment
    db.session.flush()
    subject, after = ("application", application.id), {"round": application.rounds, "remarks": remarks}
    audit.record(f"application.{decision.value}", subject=subject, after=after, reason=said or None)
    letters.decided(application)
    publish(ApplicationDecided(application_id=application.id, number=application.rounds, decision=decision.value))
