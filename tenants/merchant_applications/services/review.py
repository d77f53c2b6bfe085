"""The platform's decisions on applications; each refers to the submission that was reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.access.permissions import StaffRole
from tenants.accounts import queries as account_queries
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchant_applications import emails, queries
from tenants.merchant_applications.errors import InvalidApplicationState, StaleSubmission
from tenants.merchant_applications.events import ApplicationDecided
from tenants.merchant_applications.fields import FIELDS_BY_NAME
from tenants.merchant_applications.models import Application, ApplicationState
from tenants.merchants import profile_form
from tenants.merchants import services as merchants
from tenants.merchants.models import Merchant
from tenants.staff.models import Staff


def approve_application(
    *, application_id: UUID, number: int, reviewer_id: UUID, scopes: Sequence[str], decision_note: str = ""
) -> Merchant:
    """Admit the applicant as a merchant with these categories; the applicant becomes the owner.

    Raises:
        ValidationError: No category is left.
        StaleSubmission: The applicant has submitted a newer version.
        InvalidApplicationState: The application does not wait for a decision.
        SlugTaken: Another merchant has the shop address.
    """
    application = _get_pending_application(application_id, number)
    granted_scopes = [code for code in application.answers.get("scopes", []) if code in set(scopes)]
    if not granted_scopes:
        raise ValidationError({"scopes": _("Please leave at least one category.")})
    with with_purpose(AccessPurpose.ADMISSION):
        public, legal = profile_form.to_public_profile(application.answers), profile_form.to_legal_identity(application.answers)
        merchant = merchants.admit_merchant(public=public, legal=legal, scopes=granted_scopes)
    account = account_queries.get_account(application.account_id)
    owner = Staff(
        id=uuid7(),
        merchant_id=merchant.id,
        account_id=account.id,
        role=StaffRole.OWNER,
        name=account.name,
        email=account.email,
    )
    with as_merchant(merchant.id):
        db.session.add(owner)
        db.session.flush()
    application.merchant_id = merchant.id
    _decide(application, ApplicationState.APPROVED, reviewer_id=reviewer_id, field_comments={}, decision_note=decision_note)
    return merchant


def reject_application(*, application_id: UUID, number: int, reviewer_id: UUID, decision_note: str) -> Application:
    """Reject the application for good.

    Raises:
        ValidationError: The reason is missing.
        StaleSubmission: The applicant has submitted a newer version.
        InvalidApplicationState: The application does not wait for a decision.
    """
    application = _get_pending_application(application_id, number)
    if len(decision_note) < 2:
        raise ValidationError({"decision_note": _("Please say why; the applicant will read it.")})
    _decide(application, ApplicationState.REJECTED, reviewer_id=reviewer_id, field_comments={}, decision_note=decision_note)
    return application


def request_changes(
    *, application_id: UUID, number: int, reviewer_id: UUID, field_comments: Mapping[str, str], decision_note: str = ""
) -> Application:
    """Return the application with comments on the fields that should change.

    Raises:
        ValidationError: There is no comment.
        StaleSubmission: The applicant has submitted a newer version.
        InvalidApplicationState: The application does not wait for a decision.
    """
    application = _get_pending_application(application_id, number)
    valid_comments = {name: text[:500] for name, text in field_comments.items() if name in FIELDS_BY_NAME and text}
    if not valid_comments:
        raise ValidationError(
            {"decision_note": _("Please comment on at least one field, so that the applicant knows what to change.")}
        )
    _decide(
        application,
        ApplicationState.CHANGES_REQUESTED,
        reviewer_id=reviewer_id,
        field_comments=valid_comments,
        decision_note=decision_note,
    )
    return application


def _get_pending_application(application_id: UUID, number: int) -> Application:
    application = queries.get_application(application_id, lock=True)
    if not application.is_waiting:
        raise InvalidApplicationState(state=application.state.label)
    if application.submission_count != number:
        raise StaleSubmission
    return application


def _decide(
    application: Application,
    decision: ApplicationState,
    *,
    reviewer_id: UUID,
    field_comments: dict[str, str],
    decision_note: str,
) -> None:
    now, decision_note = clock.now(), decision_note[:2000]
    application.transition_to(decision)
    application.field_comments, application.decision_note, application.decided_at = field_comments, decision_note, now
    submission = next(
        candidate for candidate in queries.list_submissions(application.id) if candidate.number == application.submission_count
    )
    submission.decision, submission.field_comments, submission.decision_note = decision, field_comments, decision_note
    submission.decided_by, submission.decided_at = reviewer_id, now
    db.session.flush()
    subject, after = ("application", application.id), {"round": application.submission_count, "remarks": field_comments}
    audit.record(f"application.{decision.value}", subject=subject, after=after, reason=decision_note or None)
    emails.send_decision(application)
    publish(ApplicationDecided(application_id=application.id, number=application.submission_count, decision=decision.value))
