"""Moves: the engine decides, the order stands elsewhere, the history says so, the deeds follow (OR2, OR5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.orders import queries
from marketplace.orders.errors import ChangedMeanwhile
from marketplace.orders.events import OrderCompleted, OrderMoved
from marketplace.orders.models import CancelReason, Order, OrderState
from marketplace.orders.services import deeds, withdrawing
from marketplace.orders.services.doing import CLOCK, Doer, at_work, write_history
from marketplace.orders.workflow import Kind, Move, Who, Workflow
from tenants.market import queries as market

CALLS_OFF = frozenset({"cancel", "call_off"})


def move(
    *, order_id: UUID, name: str, by: Doer, said: str = "", reason: CancelReason | None = None, reading: str | None = None
) -> Order:
    """Make one move of the order's own workflow version; `reading` is that of the order as its reader saw it.

    Raises NoSuchOrder, ChangedMeanwhile, NoSuchMove, NotYours, NotYet: the sentence says what stands in the way.
    """
    seen = queries.get(order_id)
    with at_work(seen):
        if seen.state is OrderState.PAYMENT and name in CALLS_OFF:
            withdrawing.withdraw(order=seen)
        order = queries.get(order_id, lock=True)
        if reading is not None and reading != order.reading:
            raise ChangedMeanwhile
        workflow = queries.workflow_of(order.workflow_id)
        return make(order=order, workflow=workflow, name=name, by=by, said=said, reason=reason)


def make(*, order: Order, workflow: Workflow, name: str, by: Doer, said: str = "", reason: CancelReason | None = None) -> Order:
    """The same for an order that is locked already, with its workflow at hand."""
    step = workflow.move(order.state.value, name, actor=by.actor, facts=order.facts())
    order.cancel_reason = reason or order.cancel_reason
    order.enter(OrderState(step.reaches), clock.now())
    set_clock(order=order, workflow=workflow)
    write_history(order=order, kind=step.name, by=by, said=said, way=(step.leaves, step.reaches))
    deeds.run(order=order, step=step)
    _announce(order, step, workflow)
    return order


def cancel(*, order_id: UUID, by: Doer, reason: CancelReason, said: str = "") -> Order:
    """Call an order off before it is shipped: the stock goes back, and so does the whole payment."""
    name = "cancel" if by.actor.who is Who.BUYER else "call_off"
    return move(order_id=order_id, name=name, by=by, said=said, reason=reason)


def fire(*, order_id: UUID) -> str | None:
    """Make the move of a clock that has run out; returns its name. Safe to run twice: the second finds nothing due."""
    seen = queries.get(order_id)
    with at_work(seen):
        workflow = queries.workflow_of(seen.workflow_id)
        if seen.state is OrderState.PAYMENT and _due(seen, workflow):
            withdrawing.withdraw(order=seen)
        order = queries.get(order_id, lock=True)
        due = _due(order, workflow)
        if due is None:
            set_clock(order=order, workflow=workflow)
            return None
        make(order=order, workflow=workflow, name=due, by=CLOCK, reason=CancelReason.UNPAID if due == "expire" else None)
        return due


def postpone(*, order_id: UUID) -> None:
    """A clock has run out, but something stands in its way (a payment under way): look again in ten minutes."""
    with at_work(queries.get(order_id)):
        queries.get(order_id, lock=True).due_at = clock.now() + timedelta(minutes=10)


def remark(*, order_id: UUID, by: Doer, said: str, inside: bool = True) -> None:
    """Note something on an order; `inside` notes stay with the merchant."""
    write_history(order=queries.get(order_id), kind="remark", by=by, said=said, inside=inside)


def set_clock(*, order: Order, workflow: Workflow) -> None:
    """Say when the order's present clock runs out."""
    order.due_at = workflow.due(order.state.value, order.facts(), settings())


def settings() -> Mapping[str, int]:
    """The market's times, in minutes, by the names that workflows use."""
    return {"unpaid_minutes": market.values().unpaid_minutes}


def _due(order: Order, workflow: Workflow) -> str | None:
    return workflow.fired(order.state.value, order.facts(), settings(), clock.now())


def _announce(order: Order, step: Move, workflow: Workflow) -> None:
    ids = {"order_id": order.id, "buyer_id": order.buyer_id, "merchant_id": order.merchant_id}
    publish(OrderMoved(**ids, move=step.name, leaves=step.leaves, reaches=step.reaches))
    if workflow.by_name[step.reaches].kind is Kind.DONE:
        catalogue.count_sale(product_ids={line.product_id for line in queries.lines_of([order.id])})
        publish(OrderCompleted(**ids, total=order.total))
