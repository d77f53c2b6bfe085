"""Which other doors stand open for a person: the desks where they work, and the market's console."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.kernel import quick
from marketplace.kernel.db import db
from tenants.access.permissions import StaffRole
from tenants.accounts.models import MarketStaff
from tenants.merchants.models import Merchant
from tenants.scope import signed_in_as
from tenants.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A desk where a person works."""

    merchant_id: UUID
    slug: str
    name: dict[str, str]
    role: StaffRole


def desks_of(account_id: UUID) -> list[Desk]:
    """The desks where this person works, in the order of joining."""
    wanted = (
        select(Merchant.id, Merchant.slug, Merchant.name, Staff.role)
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Staff.account_id == account_id, Staff.removed_at.is_(None))
        .order_by(Staff.since, Staff.id)
    )
    with signed_in_as(account_id):
        rows = db.session.execute(wanted).all()
    return [Desk(merchant_id=row.id, slug=row.slug, name=row.name, role=row.role) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What stands open for a person besides the shop: the words of their desks, and the market's console."""

    desks: tuple[str, ...] = ()
    console: bool = False


def doors_of(account_id: UUID) -> Doors:
    """The same in one statement, asked once in a request: every page of a signed-in person shows these ways."""
    known: dict[UUID, Doors] = g.setdefault("doors", {})
    if account_id not in known:
        with signed_in_as(account_id):
            row = quick.ask(_doors(), account=account_id)[0]
        known[account_id] = Doors(desks=tuple(row.desks or ()), console=row.console)
    return known[account_id]


@cache
def _doors() -> Select[*tuple[Any, ...]]:
    account = bindparam("account", type_=Uuid())
    desks = (
        select(func.array_agg(aggregate_order_by(Merchant.slug, Staff.since, Staff.id)))
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Staff.account_id == account, Staff.removed_at.is_(None))
        .scalar_subquery()
    )
    works = select(MarketStaff.account_id).where(MarketStaff.account_id == account, MarketStaff.removed_at.is_(None))
    return select(desks.label("desks"), works.exists().label("console"))


def works_for_the_market(account_id: UUID) -> bool:
    """Whether the console is this person's."""
    wanted = select(MarketStaff.account_id).where(MarketStaff.account_id == account_id, MarketStaff.removed_at.is_(None))
    return db.session.scalar(wanted) is not None
