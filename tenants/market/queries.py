"""Every SELECT about the market itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, and_, func, or_, select

from marketplace.kernel import quick
from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.db import db
from marketplace.kernel.mail import Mail
from tenants.access.permissions import MarketRole
from tenants.accounts.models import Account, MarketStaff
from tenants.market.models import THE_MARKET, MarketSettings
from tenants.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class Values:
    """The market's settings as everybody reads them. An order that is not paid within `unpaid_minutes` is called off."""

    announcement: dict[str, str] = field(default_factory=dict)
    unpaid_minutes: int = 60


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody who works for the market."""

    account_id: UUID
    name: str
    login: str
    email: str
    role: MarketRole
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Trail:
    """What the audit trail is narrowed to; `kind` is the first word of the deeds, `deeds` those that `find` names."""

    kind: str = ""
    account_id: UUID | None = None
    merchant_id: UUID | None = None
    find: str = ""
    deeds: Sequence[str] = ()


def values() -> Values:
    """The market's settings; read once a request (or task)."""
    known: Values | None = g.get("market_values")
    if known is None:
        found = quick.ask(_values())
        known = Values(announcement=found[0][0], unpaid_minutes=found[0][1]) if found else Values()
        g.market_values = known
    return known


@cache
def _values() -> Select[*tuple[Any, ...]]:
    return select(MarketSettings.announcement, MarketSettings.unpaid_minutes).where(MarketSettings.name == THE_MARKET)


def row_of(*, lock: bool = False) -> MarketSettings | None:
    """The row itself, for changing it."""
    wanted = select(MarketSettings).where(MarketSettings.name == THE_MARKET)
    return db.session.scalars(wanted.with_for_update() if lock else wanted).first()


def team() -> list[Colleague]:
    """Who works for the market, in the order of joining; under the console's purpose."""
    wanted = (
        select(Account.id, Account.name, Account.login, Account.email, MarketStaff.role, MarketStaff.since)
        .join(MarketStaff, MarketStaff.account_id == Account.id)
        .where(MarketStaff.removed_at.is_(None))
        .order_by(MarketStaff.since, Account.id)
    )
    return [
        Colleague(account_id=row.id, name=row.name, login=row.login, email=row.email, role=row.role, since=row.since)
        for row in db.session.execute(wanted)
    ]


def place_of(account_id: UUID) -> MarketStaff | None:
    """A person's place at the market, also a former one, locked."""
    return db.session.scalars(select(MarketStaff).where(MarketStaff.account_id == account_id).with_for_update()).first()


def administrators() -> int:
    """How many administrators the market has."""
    wanted = select(func.count()).where(MarketStaff.role == MarketRole.ADMINISTRATOR, MarketStaff.removed_at.is_(None))
    return db.session.scalar(wanted) or 0


def trail(wanted: Trail) -> Select[AuditEvent]:
    """The deeds, newest first."""
    found = select(AuditEvent)
    if wanted.kind:
        found = found.where(AuditEvent.action.like(f"{wanted.kind}.%"))
    if wanted.account_id:
        found = found.where(AuditEvent.account_id == wanted.account_id)
    if wanted.merchant_id:
        about = AuditEvent.subject_id == wanted.merchant_id
        found = found.where(or_(AuditEvent.merchant_id == wanted.merchant_id, about))
    if wanted.find:
        pattern = f"%{wanted.find.replace('%', '').replace('_', '')}%"
        deed = or_(AuditEvent.action.ilike(pattern), AuditEvent.action.in_(wanted.deeds))
        found = found.where(or_(AuditEvent.reason.ilike(pattern), deed))
    return found.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def at_desk(merchant_id: UUID, *, kinds: Collection[str], account_id: UUID | None = None) -> Select[AuditEvent]:
    """The deeds done at a merchant's desk, or by the market to the merchant, newest first; of these kinds."""
    about = and_(AuditEvent.subject_kind == "merchant", AuditEvent.subject_id == merchant_id)
    found = select(AuditEvent).where(or_(AuditEvent.merchant_id == merchant_id, about))
    found = found.where(func.split_part(AuditEvent.action, ".", 1).in_(list(kinds)))
    if account_id is not None:
        found = found.where(AuditEvent.account_id == account_id)
    return found.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def people_at(merchant_id: UUID) -> dict[UUID, str]:
    """Everybody who works or has worked at a merchant's desk, by account; under the merchant's scope."""
    wanted = select(Staff.account_id, Staff.name).where(Staff.merchant_id == merchant_id)
    return dict(db.session.execute(wanted.order_by(Staff.removed_at.is_not(None), Staff.name)).all())


def letters(find: str = "") -> Select[Mail]:
    """The letters written, newest first."""
    found = select(Mail)
    if find:
        pattern = f"%{find.replace('%', '').replace('_', '')}%"
        found = found.where(or_(Mail.to.ilike(pattern), Mail.subject.ilike(pattern)))
    return found.order_by(Mail.written_at.desc(), Mail.id.desc())


def letter(mail_id: UUID) -> Mail | None:
    """One letter."""
    return db.session.scalars(select(Mail).where(Mail.id == mail_id)).first()


def logins_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The login names of several people; under the console's purpose."""
    return dict(db.session.execute(select(Account.id, Account.login).where(Account.id.in_(ids))).all())
