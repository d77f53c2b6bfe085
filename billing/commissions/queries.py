"""Every question to rates and fees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from billing.commissions.models import CommissionRate, FeeLine, RateSet
from billing.commissions.rules import FeeKind
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def newest_set() -> RateSet | None:
    """The rates that hold now."""
    return db.session.scalars(_newest()).first()


@cache
def _newest() -> Select[RateSet]:
    """Put together once: every sale asks."""
    return select(RateSet).order_by(RateSet.number.desc()).limit(1)


def sets() -> Select[RateSet]:
    """Every set that was ever published, newest first."""
    return select(RateSet).order_by(RateSet.number.desc())


def rate_set(number: int) -> RateSet | None:
    """One published set."""
    return db.session.scalars(select(RateSet).where(RateSet.number == number)).one_or_none()


def rates_of(number: int) -> Sequence[CommissionRate]:
    """The rates of a set in the order in which they are tried."""
    return db.session.scalars(_rates(), {"number": number}).all()


@cache
def _rates() -> Select[CommissionRate]:
    wanted = select(CommissionRate).where(CommissionRate.set_number == bindparam("number"))
    return wanted.order_by(CommissionRate.position)


def charges(order: str) -> Sequence[FeeLine]:
    """What the market keeps of an order, line by line, as frozen at the sale."""
    wanted = select(FeeLine).where(FeeLine.order == order, FeeLine.kind == FeeKind.CHARGE).order_by(FeeLine.line)
    return db.session.scalars(wanted).all()


def reversed_so_far(order: str) -> dict[UUID, int]:
    """What was given back of each charge, in minor units above zero."""
    wanted = (
        select(FeeLine.reverses_id, -func.sum(FeeLine.amount))
        .where(FeeLine.order == order, FeeLine.kind == FeeKind.REVERSAL)
        .group_by(FeeLine.reverses_id)
    )
    return {charge: int(amount) for charge, amount in db.session.execute(wanted) if charge is not None}


def net_fee(order: str, currency: str) -> Money:
    """What the market keeps of an order after everything that was given back."""
    wanted = select(func.sum(FeeLine.amount)).where(FeeLine.order == order, FeeLine.currency == currency)
    return Money(int(db.session.scalar(wanted) or 0), currency)


def fee_lines(order: str) -> Select[FeeLine]:
    """Charges and what was given back, in the order of writing."""
    return select(FeeLine).where(FeeLine.order == order).order_by(FeeLine.created_at, FeeLine.id)
