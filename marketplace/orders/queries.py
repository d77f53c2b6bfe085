"""Queries of orders, purchases and workflow versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.kernel.cache import VersionedCache
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from marketplace.orders.errors import OrderNotFound
from marketplace.orders.models import OPEN_STATES, Order, OrderEvent, OrderLine, OrderState, Purchase, WorkflowVersion
from marketplace.orders.workflow import Workflow

_workflows: VersionedCache[Workflow] = VersionedCache(500)


def select_orders() -> Select[Order]:
    """Return the select of all visible orders, newest first."""
    return select(Order).order_by(Order.placed_at.desc(), Order.id.desc())


def in_states(states: Iterable[OrderState]) -> ColumnElement[bool]:
    """Return the condition that an order is in one of these states."""
    return Order.state.in_(list(states))


def text_filter(search_text: str) -> ColumnElement[bool]:
    """Return the condition that number, buyer, telephone or product titles contain every search term."""
    terms = [term.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for term in search_text.lower().split()[:6]]
    clauses = [Order.search_text.like(f"%{term}%") for term in terms]
    return or_(
        Order.number == search_text.upper().strip(),
        *([clauses[0] if len(clauses) == 1 else _all_of(clauses)] if clauses else []),
    )


def _all_of(clauses: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    combined = clauses[0]
    for clause in clauses[1:]:
        combined = combined & clause
    return combined


def get_order(order_id: UUID, *, lock: bool = False) -> Order:
    """Return a visible order.

    Raises:
        OrderNotFound: There is no such order for this party.
    """
    return _get_one(select(Order).where(Order.id == order_id), lock)


def get_order_by_number(number: str, *, lock: bool = False) -> Order:
    """Return a visible order by its number.

    Raises:
        OrderNotFound: There is no such order for this party.
    """
    return _get_one(select(Order).where(Order.number == number.strip().upper()), lock)


def get_orders_by_number(numbers: Iterable[str]) -> Sequence[Order]:
    """Return visible orders by their numbers, by ascending id; unknown numbers are ignored."""
    return db.session.scalars(select(Order).where(Order.number.in_(list(numbers))).order_by(Order.id)).all()


def fetch_orders(stmt: Select[Order], limit: int) -> Sequence[Order]:
    """Return the first `limit` orders of a select."""
    return db.session.scalars(stmt.limit(limit)).all()


def get_orders(order_ids: Iterable[UUID], *, lock: bool = False) -> Sequence[Order]:
    """Return visible orders by ascending id, which is the lock order."""
    stmt = select(Order).where(Order.id.in_(list(order_ids))).order_by(Order.id)
    return db.session.scalars(_for_update(stmt) if lock else stmt).all()


def get_orders_by_payment_reference(reference: str, *, lock: bool = False) -> Sequence[Order]:
    """Return the orders of one payment by ascending id, refreshed from the database."""
    return db.session.scalars(_by_payment_reference_stmt(lock), {"reference": reference}).all()


@cache
def _by_payment_reference_stmt(lock: bool) -> Select[Order]:
    stmt = select(Order).where(Order.payment_reference == bindparam("reference")).order_by(Order.id)
    # An order may have been changed concurrently: its payment must not use totals cached in this session.
    return _for_update(stmt) if lock else stmt.execution_options(populate_existing=True)


def unpaid_references(purchase_id: UUID) -> list[str]:
    """Return the payment references of a purchase's unpaid orders."""
    stmt = select(Order.payment_reference).where(Order.purchase_id == purchase_id, Order.state == OrderState.PAYMENT)
    return list(db.session.scalars(stmt.distinct().order_by(Order.payment_reference)))


def payment_groups(orders: Iterable[Order]) -> dict[str, tuple[int, Money]]:
    """Return the number and the total of the orders that are paid together, by payment reference, for the unpaid of these."""
    references = {order.payment_reference for order in orders if order.state is OrderState.PAYMENT}
    if not references:
        return {}
    stmt = (
        select(Order.payment_reference, func.count(), func.sum(Order.total_minor), func.min(Order.currency))
        .where(Order.payment_reference.in_(references), Order.state == OrderState.PAYMENT)
        .group_by(Order.payment_reference)
    )
    return {reference: (count, Money(int(minor), currency)) for reference, count, minor, currency in db.session.execute(stmt)}


def get_orders_of_purchase(purchase_id: UUID) -> Sequence[Order]:
    """Return the orders of one purchase."""
    return db.session.scalars(select(Order).where(Order.purchase_id == purchase_id).order_by(Order.number)).all()


def get_purchase(number: str) -> Purchase | None:
    """Return a visible purchase by its number."""
    return db.session.scalars(select(Purchase).where(Purchase.number == number)).first()


def get_purchase_by_key(buyer_id: UUID, key: str) -> Purchase | None:
    """Return the purchase that this buyer placed with this idempotency key, if any."""
    stmt = select(Purchase).where(Purchase.buyer_id == buyer_id, Purchase.idempotency_key == key)
    return db.session.scalars(stmt).first()


def get_lines(order_ids: Iterable[UUID], *, lock: bool = False) -> Sequence[OrderLine]:
    """Return the lines of some orders, by position."""
    stmt = select(OrderLine).where(OrderLine.order_id.in_(list(order_ids))).order_by(OrderLine.order_id, OrderLine.position)
    return db.session.scalars(_for_update(stmt) if lock else stmt).all()


def list_events(order_id: UUID) -> Sequence[OrderEvent]:
    """Return an order's history, newest first, at most 200 entries."""
    stmt = select(OrderEvent).where(OrderEvent.order_id == order_id).order_by(OrderEvent.at.desc(), OrderEvent.id.desc())
    return db.session.scalars(stmt.limit(200)).all()


def get_workflow(version_id: UUID) -> Workflow:
    """Return the workflow of a version."""
    return get_workflows([version_id])[version_id]


def get_workflows(version_ids: Iterable[UUID]) -> dict[UUID, Workflow]:
    """Return the workflows of several versions, cached per process: versions are immutable."""
    workflows = {version_id: _workflows.get(version_id) for version_id in version_ids}
    missing = [version_id for version_id, workflow in workflows.items() if workflow is None]
    if missing:
        stmt = select(WorkflowVersion.id, WorkflowVersion.definition).where(WorkflowVersion.id.in_(missing))
        for version_id, definition in db.session.execute(stmt):
            workflows[version_id] = _workflows.set(version_id, Workflow.from_json(definition))
    return {version_id: workflow for version_id, workflow in workflows.items() if workflow is not None}


def latest_workflow_versions(merchant_ids: Iterable[UUID]) -> dict[UUID, WorkflowVersion]:
    """Return the newest workflow version of each merchant, which new orders use."""
    stmt = (
        select(WorkflowVersion)
        .where(WorkflowVersion.merchant_id.in_(list(merchant_ids)))
        .ext(distinct_on(WorkflowVersion.merchant_id))
        .order_by(WorkflowVersion.merchant_id, WorkflowVersion.number.desc())
    )
    return {version.merchant_id: version for version in db.session.scalars(stmt)}


def counts_by_state() -> dict[OrderState, int]:
    """Return the number of visible orders in each open state."""
    stmt = select(Order.state, func.count()).where(in_states(OPEN_STATES)).group_by(Order.state)
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def waiting_summary() -> dict[OrderState, Any]:
    """Return for each open state the number of orders, the time of the oldest and the sum of the totals."""
    since = func.min(func.coalesce(Order.paid_at, Order.placed_at))
    stmt = (
        select(Order.state, func.count().label("count"), since.label("since"), func.sum(Order.total_minor).label("minor"))
        .where(in_states(OPEN_STATES))
        .group_by(Order.state)
    )
    return {row.state: row for row in db.session.execute(stmt)}


def steps_in_use(states: Iterable[str]) -> dict[str, int]:
    """Return the number of the merchant's open orders in each of these states."""
    stmt = select(Order.state, func.count()).where(Order.state.in_([OrderState(name) for name in states]))
    return {state.value: count for state, count in db.session.execute(stmt.group_by(Order.state))}


def due_timers(moment: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of orders whose timer has expired, the longest overdue first."""
    stmt = select(Order.id).where(Order.due_at <= moment).order_by(Order.due_at).limit(limit)
    return db.session.scalars(stmt).all()


def daily_totals(since: datetime, zone: str) -> Sequence[Any]:
    """Return the number and sum of orders per day in the platform's time zone since a moment, without cancelled ones."""
    day = func.date(func.timezone(zone, Order.placed_at)).label("day")
    cancelled_states = (OrderState.CANCELLED, OrderState.CLOSED)
    stmt = (
        select(day, func.count().label("count"), func.sum(Order.total_minor).label("minor"))
        .where(Order.placed_at >= since, Order.state.not_in(cancelled_states))
        .group_by(day)
        .order_by(day)
    )
    return db.session.execute(stmt).all()


def combinable_orders(order: Order, states: Iterable[OrderState], days: int = 30) -> Sequence[Order]:
    """Return other orders of the same buyer to the same address, which could be shipped in one parcel."""
    stmt = (
        select_orders()
        .where(Order.buyer_id == order.buyer_id, Order.id != order.id, in_states(states))
        .where(Order.ship_to == order.ship_to)
        .where(Order.placed_at >= order.placed_at - timedelta(days=days))
        .limit(20)
    )
    return db.session.scalars(stmt).all()


def _get_one(stmt: Select[Order], lock: bool) -> Order:
    order: Order | None = db.session.scalars(_for_update(stmt) if lock else stmt).first()
    if order is None:
        raise OrderNotFound
    return order


def _for_update(stmt: Select[Any]) -> Select[Any]:
    """Add a row lock, and refresh rows that this session has cached."""
    return stmt.with_for_update().execution_options(populate_existing=True)
