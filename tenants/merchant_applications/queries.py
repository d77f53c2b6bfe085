"""Queries for merchant applications; applicants see their own by tenant isolation, the platform all of them by its purpose."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.merchant_applications.models import OPEN, WAITING, Application, ApplicationState, ApplicationSubmission


def find_latest_application(account_id: UUID, *, lock: bool = False) -> Application | None:
    """Return the account's open application, otherwise its latest one."""
    stmt = (
        select(Application)
        .where(Application.account_id == account_id)
        .order_by(Application.state.in_(OPEN).desc(), Application.created_at.desc())
        .limit(1)
    )
    return db.session.scalars(stmt.with_for_update() if lock else stmt).first()


def get_own_application(account_id: UUID, *, lock: bool = True) -> Application:
    """Return the account's open application, otherwise its latest one.

    Raises:
        NotFound: The account has no application.
    """
    application = find_latest_application(account_id, lock=lock)
    if application is None:
        raise NotFound
    return application


def get_application(application_id: UUID, *, lock: bool = False) -> Application:
    """Return one application.

    Raises:
        NotFound: There is no such application.
    """
    stmt = select(Application).where(Application.id == application_id)
    application = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if application is None:
        raise NotFound
    return application


def list_submissions(application_id: UUID) -> list[ApplicationSubmission]:
    """Return the submissions, latest first."""
    stmt = (
        select(ApplicationSubmission)
        .where(ApplicationSubmission.application_id == application_id)
        .order_by(ApplicationSubmission.number.desc())
    )
    return list(db.session.scalars(stmt))


def select_for_review(*, state: str = "", search_text: str = "") -> Select[Application]:
    """Return the statement for submitted applications; those that wait are sorted by waiting time, longest first."""
    stmt = select(Application).where(Application.submission_count > 0)
    if state == "waiting":
        stmt = stmt.where(Application.state.in_(WAITING))
    elif state in set(ApplicationState):
        stmt = stmt.where(Application.state == state)
    if search_text:
        pattern = f"%{search_text.replace('%', '').replace('_', '')}%"
        company_name = Application.answers["company_name"].astext
        credit_code = Application.answers["credit_code"].astext
        stmt = stmt.where(
            or_(Application.title.ilike(pattern), company_name.ilike(pattern), credit_code == search_text.upper())
        )
    order = Application.submitted_at.asc() if state == "waiting" else Application.submitted_at.desc()
    return stmt.order_by(order, Application.id)


def count_by_state() -> dict[str, int]:
    """Return the number of applications by state, and under "waiting" the number that wait for a decision."""
    stmt = select(Application.state, func.count()).where(Application.submission_count > 0).group_by(Application.state)
    counts_by_state = {state.value: number for state, number in db.session.execute(stmt)}
    return {**counts_by_state, "waiting": sum(counts_by_state.get(state.value, 0) for state in WAITING)}
