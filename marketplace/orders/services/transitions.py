"""Workflow transitions of orders: checked by the engine, recorded in the history, with their effects (OR2, OR5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from marketplace.catalogue import services as catalogue_services
from marketplace.kernel import clock
from marketplace.kernel.events import publish
from marketplace.orders import queries
from marketplace.orders.errors import StaleOrder
from marketplace.orders.events import OrderCompleted, OrderTransitioned
from marketplace.orders.models import CancelReason, Order, OrderState
from marketplace.orders.services import effects, payment_withdrawal
from marketplace.orders.services.history import SYSTEM_TIMER, NamedActor, fulfilment_scope, log_event
from marketplace.orders.workflow import ActorKind, StateKind, Transition, Workflow
from tenants.platform_admin import queries as platform_settings

CANCEL_TRANSITIONS = frozenset({"cancel", "cancel_by_merchant"})


def transition_order(
    *,
    order_id: UUID,
    name: str,
    by: NamedActor,
    comment: str = "",
    reason: CancelReason | None = None,
    expected_content_version: str | None = None,
) -> Order:
    """Run a transition of the order's own workflow version.

    `expected_content_version` is the content version of the order as the actor saw it; None skips the check.

    Raises:
        OrderNotFound: There is no such order for this party.
        StaleOrder: The order was changed since.
        UnknownTransition: The current state has no such transition.
        TransitionForbidden: The actor may not run it.
        GuardFailed: A guard is not satisfied; its message states the reason.
    """
    unlocked = queries.get_order(order_id)
    with fulfilment_scope(unlocked):
        if unlocked.state is OrderState.PAYMENT and name in CANCEL_TRANSITIONS:
            payment_withdrawal.cancel_pending_payment(order=unlocked)
        order = queries.get_order(order_id, lock=True)
        if expected_content_version is not None and expected_content_version != order.content_version:
            raise StaleOrder
        workflow = queries.get_workflow(order.workflow_id)
        return apply_transition(order=order, workflow=workflow, name=name, by=by, comment=comment, reason=reason)


def apply_transition(
    *, order: Order, workflow: Workflow, name: str, by: NamedActor, comment: str = "", reason: CancelReason | None = None
) -> Order:
    """Run a transition of an order that is locked already, with its loaded workflow. Raises as `transition_order`."""
    transition = workflow.get_transition(order.state.value, name, actor=by.actor, facts=order.facts())
    order.cancel_reason = reason or order.cancel_reason
    order.enter_state(OrderState(transition.to_state), clock.now())
    schedule_timer(order=order, workflow=workflow)
    log_event(
        order=order, kind=transition.name, by=by, comment=comment, transition=(transition.from_state, transition.to_state)
    )
    effects.run_effects(order=order, transition=transition)
    _publish_transition(order, transition, workflow)
    return order


def cancel_order(*, order_id: UUID, by: NamedActor, reason: CancelReason, comment: str = "") -> Order:
    """Cancel an order before it is shipped: the stock is released and the whole payment is refunded."""
    name = "cancel" if by.actor.kind is ActorKind.BUYER else "cancel_by_merchant"
    return transition_order(order_id=order_id, name=name, by=by, comment=comment, reason=reason)


def fire_timer(*, order_id: UUID) -> str | None:
    """Run the transition of an expired timer and return its name, or None if no timer has expired. Idempotent."""
    unlocked = queries.get_order(order_id)
    with fulfilment_scope(unlocked):
        workflow = queries.get_workflow(unlocked.workflow_id)
        if unlocked.state is OrderState.PAYMENT and _due_transition(unlocked, workflow):
            payment_withdrawal.cancel_pending_payment(order=unlocked)
        order = queries.get_order(order_id, lock=True)
        due = _due_transition(order, workflow)
        if due is None:
            schedule_timer(order=order, workflow=workflow)
            return None
        apply_transition(
            order=order, workflow=workflow, name=due, by=SYSTEM_TIMER, reason=CancelReason.UNPAID if due == "expire" else None
        )
        return due


def snooze_timer(*, order_id: UUID) -> None:
    """Postpone an expired timer whose transition is blocked (by a payment in progress) by ten minutes."""
    with fulfilment_scope(queries.get_order(order_id)):
        queries.get_order(order_id, lock=True).due_at = clock.now() + timedelta(minutes=10)


def add_note(*, order_id: UUID, by: NamedActor, comment: str, internal: bool = True) -> None:
    """Add a note to an order's history; `internal` notes are visible to the merchant only."""
    log_event(order=queries.get_order(order_id), kind="note", by=by, comment=comment, internal=internal)


def schedule_timer(*, order: Order, workflow: Workflow) -> None:
    """Set the time at which the timer of the order's current state expires."""
    order.due_at = workflow.due_at(order.state.value, order.facts(), timer_settings())


def timer_settings() -> Mapping[str, int]:
    """Return the platform's timeouts in minutes, by the setting names that workflow timers use."""
    return {"unpaid_minutes": platform_settings.get_settings().unpaid_minutes}


def _due_transition(order: Order, workflow: Workflow) -> str | None:
    return workflow.due_transition(order.state.value, order.facts(), timer_settings(), clock.now())


def _publish_transition(order: Order, transition: Transition, workflow: Workflow) -> None:
    ids = {"order_id": order.id, "buyer_id": order.buyer_id, "merchant_id": order.merchant_id}
    publish(
        OrderTransitioned(**ids, transition=transition.name, from_state=transition.from_state, to_state=transition.to_state)
    )
    if workflow.by_name[transition.to_state].kind is StateKind.DONE:
        catalogue_services.increment_sales_counts(product_ids={line.product_id for line in queries.get_lines([order.id])})
        publish(OrderCompleted(**ids, total=order.total))
