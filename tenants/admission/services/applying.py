"""What an applicant does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from tenants.admission import letters, queries, rules
from tenants.admission.errors import WrongState
from tenants.admission.events import ApplicationSubmitted
from tenants.admission.fields import PAPERS, Step, of_step
from tenants.admission.models import Application, ApplicationState, Round
from tenants.merchants import queries as merchants


def start(*, buyer_id: UUID, account_id: UUID, answers: Mapping[str, Any]) -> Application:
    """Begin an application, or go on with the open one; `answers` are what is known already."""
    found = queries.latest_of(account_id)
    if found is not None and (found.is_editable or found.is_waiting):
        return found
    application = Application(id=uuid7(), buyer_id=buyer_id, account_id=account_id, answers=dict(answers))
    try:
        with db.session.begin_nested():
            db.session.add(application)
    except IntegrityError:
        raise Conflict from None
    return application


def save(*, account_id: UUID, step: Step, answers: Mapping[str, Any]) -> Application:
    """Write the answers of one page; papers are kept by `keep_paper`.

    They are kept as typed even when they are refused, so that nothing is lost. Raises WrongState.
    """
    application = _editable(account_id)
    names = {field.name for field in of_step(step)} - set(PAPERS)
    application.answers = {**application.answers, **{name: value for name, value in answers.items() if name in names}}
    application.title = str(application.answers.get("name_zh", ""))[:120]
    db.session.flush()
    return application


def keep_paper(*, account_id: UUID, name: str, document: Mapping[str, Any] | None) -> Application:
    """Put a paper into the application, or take it out."""
    application = _editable(account_id)
    if name in PAPERS:
        kept = {key: value for key, value in application.answers.items() if key != name}
        application.answers = {**kept, name: dict(document)} if document else kept
        db.session.flush()
    return application


def complaints(*, application: Application, step: Step | None = None) -> dict[str, str]:
    """Why the answers (of one page, or all) cannot be handed in yet, by field."""
    year = clock.now().year
    pages = [step] if step else list(Step)
    found = {field: said for page in pages for field, said in rules.complaints(page, application.answers, year=year).items()}
    if Step.BUSINESS in pages and "slug" not in found:
        slug = application.answers.get("slug", "")
        if merchants.slug_taken(slug):
            found["slug"] = _("This shop address is taken. Please choose another.")
    return found


def submit(*, account_id: UUID) -> Application:
    """Hand it in: a round of its own, which never changes. Raises Invalid, WrongState."""
    application = _editable(account_id)
    errors = complaints(application=application)
    if errors:
        raise Invalid(errors)
    again = application.state is ApplicationState.CHANGES_REQUESTED
    application.move(ApplicationState.RESUBMITTED if again else ApplicationState.SUBMITTED)
    application.rounds += 1
    application.submitted_at, application.remarks, application.said = clock.now(), {}, ""
    db.session.flush()
    handed_in = Round(
        id=uuid7(),
        application_id=application.id,
        buyer_id=application.buyer_id,
        number=application.rounds,
        answers=application.answers,
    )
    db.session.add(handed_in)
    db.session.flush()
    audit.record("application.submitted", subject=("application", application.id), after={"round": application.rounds})
    letters.received(application)
    publish(ApplicationSubmitted(application_id=application.id, number=application.rounds))
    return application


def withdraw(*, account_id: UUID) -> Application:
    """Take the application back. Raises WrongState."""
    application = queries.mine(account_id)
    application.move(ApplicationState.WITHDRAWN)
    db.session.flush()
    audit.record("application.withdrawn", subject=("application", application.id))
    return application


def again(*, buyer_id: UUID, account_id: UUID) -> Application:
    """Begin anew after a refusal or a withdrawal, with the old answers. Raises WrongState."""
    last = queries.mine(account_id, lock=False)
    if last.state not in (ApplicationState.REJECTED, ApplicationState.WITHDRAWN):
        raise WrongState(state=last.state.label)
    answers = {name: value for name, value in last.answers.items() if name != "agreement"}
    return start(buyer_id=buyer_id, account_id=account_id, answers=answers)


def _editable(account_id: UUID) -> Application:
    application = queries.mine(account_id)
    if not application.is_editable:
        raise WrongState(state=application.state.label)
    return application
