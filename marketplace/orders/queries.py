"""Every SELECT about orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.kernel.db import db
from marketplace.kernel.memo import Ready
from marketplace.kernel.money import Money
from marketplace.orders.errors import NoSuchOrder
from marketplace.orders.models import OPEN_STATES, Order, OrderEvent, OrderLine, OrderState, Purchase, WorkflowVersion
from marketplace.orders.workflow import Workflow

_workflows: Ready[Workflow] = Ready(500)


def orders() -> Select[Order]:
    """The orders in scope, newest first."""
    return select(Order).order_by(Order.placed_at.desc(), Order.id.desc())


def in_states(states: Iterable[OrderState]) -> ColumnElement[bool]:
    """Orders that stand in one of these states."""
    return Order.state.in_(list(states))


def matching(words: str) -> ColumnElement[bool]:
    """Orders whose number, buyer, telephone or goods contain every word."""
    safe = [word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for word in words.lower().split()[:6]]
    clauses = [Order.sought.like(f"%{word}%") for word in safe]
    return or_(
        Order.number == words.upper().strip(), *([clauses[0] if len(clauses) == 1 else _all(clauses)] if clauses else [])
    )


def _all(clauses: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    found = clauses[0]
    for clause in clauses[1:]:
        found = found & clause
    return found


def get(order_id: UUID, *, lock: bool = False) -> Order:
    """One order of the scope. Raises NoSuchOrder."""
    return _one(select(Order).where(Order.id == order_id), lock)


def by_number(number: str, *, lock: bool = False) -> Order:
    """One order of the scope by its number. Raises NoSuchOrder."""
    return _one(select(Order).where(Order.number == number.strip().upper()), lock)


def by_numbers(numbers: Iterable[str]) -> Sequence[Order]:
    """Orders of the scope by their numbers, by ascending id; what is unknown is left out."""
    return db.session.scalars(select(Order).where(Order.number.in_(list(numbers))).order_by(Order.id)).all()


def some(wanted: Select[Order], most: int) -> Sequence[Order]:
    """At most so many orders of a statement."""
    return db.session.scalars(wanted.limit(most)).all()


def several(order_ids: Iterable[UUID], *, lock: bool = False) -> Sequence[Order]:
    """Orders of the scope by ascending id, which is the order they are locked in."""
    wanted = select(Order).where(Order.id.in_(list(order_ids))).order_by(Order.id)
    return db.session.scalars(_fresh(wanted) if lock else wanted).all()


def of_reference(reference: str, *, lock: bool = False) -> Sequence[Order]:
    """The orders that one payment is for, by ascending id, as they are now."""
    return db.session.scalars(_of_reference(lock), {"reference": reference}).all()


@cache
def _of_reference(lock: bool) -> Select[Order]:
    wanted = select(Order).where(Order.payment_reference == bindparam("reference")).order_by(Order.id)
    # Who asks for the money of an order that was changed meanwhile must not ask for what this session remembers.
    return _fresh(wanted) if lock else wanted.execution_options(populate_existing=True)


def references_to_pay(purchase_id: UUID) -> list[str]:
    """Under which words the orders of one purchase wait to be paid."""
    waiting = select(Order.payment_reference).where(Order.purchase_id == purchase_id, Order.state == OrderState.PAYMENT)
    return list(db.session.scalars(waiting.distinct().order_by(Order.payment_reference)))


def due_together(orders: Iterable[Order]) -> dict[str, tuple[int, Money]]:
    """How many orders are paid together with each of these that wait for it, and what they cost: by the word of the payment."""
    references = {one.payment_reference for one in orders if one.state is OrderState.PAYMENT}
    if not references:
        return {}
    wanted = (
        select(Order.payment_reference, func.count(), func.sum(Order.total_minor), func.min(Order.currency))
        .where(Order.payment_reference.in_(references), Order.state == OrderState.PAYMENT)
        .group_by(Order.payment_reference)
    )
    return {word: (number, Money(int(minor), code)) for word, number, minor, code in db.session.execute(wanted)}


def of_purchase(purchase_id: UUID) -> Sequence[Order]:
    """The orders of one purchase."""
    return db.session.scalars(select(Order).where(Order.purchase_id == purchase_id).order_by(Order.number)).all()


def purchase(number: str) -> Purchase | None:
    """A purchase of the scope by its number."""
    return db.session.scalars(select(Purchase).where(Purchase.number == number)).first()


def purchase_by_key(buyer_id: UUID, key: str) -> Purchase | None:
    """The purchase that this buyer placed with this key, if any."""
    wanted = select(Purchase).where(Purchase.buyer_id == buyer_id, Purchase.idempotency_key == key)
    return db.session.scalars(wanted).first()


def lines_of(order_ids: Iterable[UUID], *, lock: bool = False) -> Sequence[OrderLine]:
    """The lines of some orders, in their order."""
    wanted = select(OrderLine).where(OrderLine.order_id.in_(list(order_ids))).order_by(OrderLine.order_id, OrderLine.position)
    return db.session.scalars(_fresh(wanted) if lock else wanted).all()


def history(order_id: UUID) -> Sequence[OrderEvent]:
    """What happened to an order, newest first."""
    wanted = select(OrderEvent).where(OrderEvent.order_id == order_id).order_by(OrderEvent.at.desc(), OrderEvent.id.desc())
    return db.session.scalars(wanted.limit(200)).all()


def workflow_of(version: UUID) -> Workflow:
    """The workflow of a version that an order pinned."""
    return workflows_of([version])[version]


def workflows_of(versions: Iterable[UUID]) -> dict[UUID, Workflow]:
    """The workflows of several pinned versions; each is read once in a process, since no version ever changes."""
    found = {version: _workflows.get(version) for version in versions}
    unknown = [version for version, workflow in found.items() if workflow is None]
    if unknown:
        wanted = select(WorkflowVersion.id, WorkflowVersion.definition).where(WorkflowVersion.id.in_(unknown))
        for version, definition in db.session.execute(wanted):
            found[version] = _workflows.keep(version, Workflow.from_json(definition))
    return {version: workflow for version, workflow in found.items() if workflow is not None}


def newest_versions(merchant_ids: Iterable[UUID]) -> dict[UUID, WorkflowVersion]:
    """The version that holds for new orders of each merchant."""
    wanted = (
        select(WorkflowVersion)
        .where(WorkflowVersion.merchant_id.in_(list(merchant_ids)))
        .ext(distinct_on(WorkflowVersion.merchant_id))
        .order_by(WorkflowVersion.merchant_id, WorkflowVersion.number.desc())
    )
    return {one.merchant_id: one for one in db.session.scalars(wanted)}


def counts_by_state() -> dict[OrderState, int]:
    """How many orders of the scope stand in each open state."""
    wanted = select(Order.state, func.count()).where(in_states(OPEN_STATES)).group_by(Order.state)
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def waiting() -> dict[OrderState, Any]:
    """For each open state: how many orders wait, since when, and what they are worth."""
    since = func.min(func.coalesce(Order.paid_at, Order.placed_at))
    wanted = (
        select(Order.state, func.count().label("count"), since.label("since"), func.sum(Order.total_minor).label("minor"))
        .where(in_states(OPEN_STATES))
        .group_by(Order.state)
    )
    return {row.state: row for row in db.session.execute(wanted)}


def in_use(workflow_states: Iterable[str]) -> dict[str, int]:
    """How many open orders of the merchant in scope stand in these states."""
    wanted = select(Order.state, func.count()).where(Order.state.in_([OrderState(s) for s in workflow_states]))
    return {state.value: count for state, count in db.session.execute(wanted.group_by(Order.state))}


def overdue(moment: datetime, limit: int) -> Sequence[UUID]:
    """Orders whose clock has run out, the oldest first."""
    wanted = select(Order.id).where(Order.due_at <= moment).order_by(Order.due_at).limit(limit)
    return db.session.scalars(wanted).all()


def by_day(since: datetime, zone: str) -> Sequence[Any]:
    """Orders and their worth for each day of the market's calendar since a moment, cancelled ones left out."""
    day = func.date(func.timezone(zone, Order.placed_at)).label("day")
    gone = (OrderState.CANCELLED, OrderState.CLOSED)
    wanted = (
        select(day, func.count().label("count"), func.sum(Order.total_minor).label("minor"))
        .where(Order.placed_at >= since, Order.state.not_in(gone))
        .group_by(day)
        .order_by(day)
    )
    return db.session.execute(wanted).all()


def same_recipient(order: Order, states: Iterable[OrderState], days: int = 30) -> Sequence[Order]:
    """Other orders of the same buyer to the same address, which could travel in one parcel."""
    wanted = (
        orders()
        .where(Order.buyer_id == order.buyer_id, Order.id != order.id, in_states(states))
        .where(Order.ship_to == order.ship_to)
        .where(Order.placed_at >= order.placed_at - timedelta(days=days))
        .limit(20)
    )
    return db.session.scalars(wanted).all()


def _one(wanted: Select[Order], lock: bool) -> Order:
    found: Order | None = db.session.scalars(_fresh(wanted) if lock else wanted).first()
    if found is None:
        raise NoSuchOrder
    return found


def _fresh(wanted: Select[Any]) -> Select[Any]:
    """Lock, and read what is there now rather than what this session remembers."""
    return wanted.with_for_update().execution_options(populate_existing=True)
