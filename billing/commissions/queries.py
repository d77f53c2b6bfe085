"""Queries of rates and commission entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from billing.commissions.domain import CommissionEntryKind
from billing.commissions.models import CommissionEntry, CommissionRate, RateSet
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def get_newest_set() -> RateSet | None:
    """Return the current rate set, or None if no set was published."""
    return db.session.scalars(_newest_set_stmt()).first()


@cache
def _newest_set_stmt() -> Select[RateSet]:
    """Build the statement once: every sale executes it."""
    return select(RateSet).order_by(RateSet.number.desc()).limit(1)


def select_sets() -> Select[RateSet]:
    """Return the query for all published sets, newest first."""
    return select(RateSet).order_by(RateSet.number.desc())


def get_rate_set(number: int) -> RateSet | None:
    """Return the published set with this number, or None."""
    return db.session.scalars(select(RateSet).where(RateSet.number == number)).one_or_none()


def list_rates(number: int) -> Sequence[CommissionRate]:
    """Return the rates of a set in the order in which they are tried."""
    return db.session.scalars(_rates_stmt(), {"number": number}).all()


@cache
def _rates_stmt() -> Select[CommissionRate]:
    stmt = select(CommissionRate).where(CommissionRate.set_number == bindparam("number"))
    return stmt.order_by(CommissionRate.position)


def list_charges(order: str) -> Sequence[CommissionEntry]:
    """Return the charges of an order, line by line, as fixed at the sale."""
    stmt = (
        select(CommissionEntry)
        .where(CommissionEntry.order == order, CommissionEntry.kind == CommissionEntryKind.CHARGE)
        .order_by(CommissionEntry.line)
    )
    return db.session.scalars(stmt).all()


def get_reversed_amounts(order: str) -> dict[UUID, int]:
    """Return how much of each charge was reversed, in positive minor units."""
    stmt = (
        select(CommissionEntry.reverses_id, -func.sum(CommissionEntry.amount))
        .where(CommissionEntry.order == order, CommissionEntry.kind == CommissionEntryKind.REVERSAL)
        .group_by(CommissionEntry.reverses_id)
    )
    return {charge: int(amount) for charge, amount in db.session.execute(stmt) if charge is not None}


def get_net_fee(order: str, currency: str) -> Money:
    """Return the fee of an order: its charges less all reversals."""
    stmt = select(func.sum(CommissionEntry.amount)).where(CommissionEntry.order == order, CommissionEntry.currency == currency)
    return Money(int(db.session.scalar(stmt) or 0), currency)


def select_entries(order: str) -> Select[CommissionEntry]:
    """Return the query for the charges and reversals of an order, in the order of writing."""
    return (
        select(CommissionEntry).where(CommissionEntry.order == order).order_by(CommissionEntry.created_at, CommissionEntry.id)
    )
