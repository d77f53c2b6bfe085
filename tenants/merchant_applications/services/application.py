"""The applicant's actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db, keep_on_error
from marketplace.kernel.errors import Conflict, ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.merchant_applications import emails, queries, validators
from tenants.merchant_applications.errors import InvalidApplicationState
from tenants.merchant_applications.events import ApplicationSubmitted
from tenants.merchant_applications.fields import DOCUMENT_FIELDS, Step, fields_of_step
from tenants.merchant_applications.models import Application, ApplicationState, ApplicationSubmission
from tenants.merchants import queries as merchant_queries


def start_application(*, buyer_id: UUID, account_id: UUID, answers: Mapping[str, Any]) -> Application:
    """Start an application, or return the open one; `answers` are values known already."""
    existing = queries.find_latest_application(account_id)
    if existing is not None and (existing.is_editable or existing.is_waiting):
        return existing
    application = Application(id=uuid7(), buyer_id=buyer_id, account_id=account_id, answers=dict(answers))
    try:
        with db.session.begin_nested():
            db.session.add(application)
    except IntegrityError:
        raise Conflict from None
    return application


@keep_on_error
def save_answers(*, account_id: UUID, step: Step, answers: Mapping[str, Any]) -> Application:
    """Save the answers of one page; documents are saved by `save_document`.

    Invalid answers are saved and kept too, so that nothing typed is lost.

    Raises:
        InvalidApplicationState: The application is not editable.
    """
    application = _get_editable_application(account_id)
    names = {field.name for field in fields_of_step(step)} - set(DOCUMENT_FIELDS)
    application.answers = {**application.answers, **{name: value for name, value in answers.items() if name in names}}
    application.title = str(application.answers.get("name_zh", ""))[:120]
    db.session.flush()
    return application


@keep_on_error
def save_document(*, account_id: UUID, name: str, document: Mapping[str, Any] | None) -> Application:
    """Add a document to the application, or remove it."""
    application = _get_editable_application(account_id)
    if name in DOCUMENT_FIELDS:
        other_answers = {key: value for key, value in application.answers.items() if key != name}
        application.answers = {**other_answers, name: dict(document)} if document else other_answers
        db.session.flush()
    return application


def validate_application(*, application: Application, step: Step | None = None) -> dict[str, str]:
    """Return the errors that prevent a submission (of one page, or all) by field."""
    year = clock.now().year
    steps = [step] if step else list(Step)
    errors = {
        field: message
        for current_step in steps
        for field, message in validators.validate_step(current_step, application.answers, year=year).items()
    }
    if Step.BUSINESS in steps and "slug" not in errors:
        slug = application.answers.get("slug", "")
        if merchant_queries.slug_exists(slug):
            errors["slug"] = _("This shop address is taken. Please choose another.")
    return errors


def submit_application(*, account_id: UUID) -> Application:
    """Submit the answers: they are stored as a submission, which never changes.

    Raises:
        ValidationError: An answer is missing or invalid.
        InvalidApplicationState: The application is not editable.
    """
    application = _get_editable_application(account_id)
    errors = validate_application(application=application)
    if errors:
        raise ValidationError(errors)
    is_resubmission = application.state is ApplicationState.CHANGES_REQUESTED
    application.transition_to(ApplicationState.RESUBMITTED if is_resubmission else ApplicationState.SUBMITTED)
    application.submission_count += 1
    application.submitted_at, application.field_comments, application.decision_note = clock.now(), {}, ""
    db.session.flush()
    submission = ApplicationSubmission(
        id=uuid7(),
        application_id=application.id,
        buyer_id=application.buyer_id,
        number=application.submission_count,
        answers=application.answers,
    )
    db.session.add(submission)
    db.session.flush()
    audit.record(
        "application.submitted", subject=("application", application.id), after={"round": application.submission_count}
    )
    emails.send_received_notice(application)
    publish(ApplicationSubmitted(application_id=application.id, number=application.submission_count))
    return application


def withdraw_application(*, account_id: UUID) -> Application:
    """Withdraw the application.

    Raises:
        InvalidApplicationState: The application was decided.
    """
    application = queries.get_own_application(account_id)
    application.transition_to(ApplicationState.WITHDRAWN)
    db.session.flush()
    audit.record("application.withdrawn", subject=("application", application.id))
    return application


def reapply(*, buyer_id: UUID, account_id: UUID) -> Application:
    """Start a new application with the answers of a rejected or withdrawn one.

    Raises:
        InvalidApplicationState: The latest application is still open or was approved.
    """
    previous = queries.get_own_application(account_id, lock=False)
    if previous.state not in (ApplicationState.REJECTED, ApplicationState.WITHDRAWN):
        raise InvalidApplicationState(state=previous.state.label)
    answers = {name: value for name, value in previous.answers.items() if name != "agreement"}
    return start_application(buyer_id=buyer_id, account_id=account_id, answers=answers)


def _get_editable_application(account_id: UUID) -> Application:
    application = queries.get_own_application(account_id)
    if not application.is_editable:
        raise InvalidApplicationState(state=application.state.label)
    return application
