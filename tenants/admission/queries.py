"""Every SELECT about applications; an applicant sees its own by the wall, the market all of them by its purpose."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.admission.models import OPEN, WAITING, Application, ApplicationState, Round


def latest_of(account_id: UUID, *, lock: bool = False) -> Application | None:
    """The application this person is busy with, else the last one."""
    wanted = (
        select(Application)
        .where(Application.account_id == account_id)
        .order_by(Application.state.in_(OPEN).desc(), Application.created_at.desc())
        .limit(1)
    )
    return db.session.scalars(wanted.with_for_update() if lock else wanted).first()


def mine(account_id: UUID, *, lock: bool = True) -> Application:
    """The same, which must be there. Raises NotFound."""
    found = latest_of(account_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def get(application_id: UUID, *, lock: bool = False) -> Application:
    """One application. Raises NotFound."""
    wanted = select(Application).where(Application.id == application_id)
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def rounds_of(application_id: UUID) -> list[Round]:
    """The rounds, latest first."""
    wanted = select(Round).where(Round.application_id == application_id).order_by(Round.number.desc())
    return list(db.session.scalars(wanted))


def at_market(*, state: str = "", find: str = "") -> Select[Application]:
    """What the market has before it: everything that was handed in, the longest waiting first where it waits."""
    wanted = select(Application).where(Application.rounds > 0)
    if state == "waiting":
        wanted = wanted.where(Application.state.in_(WAITING))
    elif state in set(ApplicationState):
        wanted = wanted.where(Application.state == state)
    if find:
        pattern = f"%{find.replace('%', '').replace('_', '')}%"
        company = Application.answers["company_name"].astext
        code = Application.answers["credit_code"].astext
        wanted = wanted.where(or_(Application.title.ilike(pattern), company.ilike(pattern), code == find.upper()))
    order = Application.submitted_at.asc() if state == "waiting" else Application.submitted_at.desc()
    return wanted.order_by(order, Application.id)


def counts() -> dict[str, int]:
    """How many stand where, and how many wait."""
    wanted = select(Application.state, func.count()).where(Application.rounds > 0).group_by(Application.state)
    found = {state.value: number for state, number in db.session.execute(wanted)}
    return {**found, "waiting": sum(found.get(state.value, 0) for state in WAITING)}
