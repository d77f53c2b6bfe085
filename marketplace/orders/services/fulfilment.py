"""Shipped and delivered quantities of orders (order merge and multiple shipment, OR10; split shipment, OR11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.errors import ValidationError
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderLine, OrderState
from marketplace.orders.services.history import NamedActor, fulfilment_scope, log_event
from marketplace.orders.services.transitions import apply_transition, schedule_timer
from marketplace.orders.workflow import Actor, TransitionForbidden, UnknownTransition, Workflow


def mark_shipped(
    *,
    orders: Mapping[UUID, Order],
    lines: list[OrderLine],
    quantities: Mapping[UUID, Decimal],
    by: NamedActor,
    parcel_label: str,
) -> None:
    """Record the quantities of a parcel on the locked orders and lines; a completely shipped order advances.

    Raises:
        ValidationError: A quantity is more than what is left to ship, by line id.
        UnknownTransition: An order is not in the shipping step.
        TransitionForbidden: The actor may not ship.
    """
    errors = {str(line.id): _excess_message(line) for line in lines if quantities.get(line.id, Decimal(0)) > line.to_ship}
    if errors:
        raise ValidationError(errors=errors)
    for line in lines:
        line.shipped += quantities.get(line.id, Decimal(0))
    for order in orders.values():
        workflow = queries.get_workflow(order.workflow_id)
        _ensure_shippable(order, workflow, by.actor)
        order.shipped_at = order.shipped_at or clock.now()
        order.shipped_all = all(line.to_ship == 0 for line in lines if line.order_id == order.id)
        log_event(order=order, kind="parcel", by=by, comment=parcel_label)
        if order.shipped_all:
            apply_transition(order=order, workflow=workflow, name="ship", by=by)


def mark_delivered(*, order_id: UUID, delivered_at: datetime) -> None:
    """Record the delivery of a parcel: the receipt timer counts from the last delivery."""
    with fulfilment_scope(queries.get_order(order_id)):
        order = queries.get_order(order_id, lock=True)
        order.delivered_at = max(filter(None, (order.delivered_at, delivered_at)))
        schedule_timer(order=order, workflow=queries.get_workflow(order.workflow_id))


def _ensure_shippable(order: Order, workflow: Workflow, actor: Actor) -> None:
    transitions = [transition for transition in workflow.transitions_from(order.state.value) if transition.name == "ship"]
    if order.state is not OrderState.SHIPPING or not transitions:
        raise UnknownTransition
    if not any(transition.allowed_for(actor) for transition in transitions):
        raise TransitionForbidden


def _excess_message(line: OrderLine) -> str:
    return str(_("Only %(left)s are left to ship.", left=f"{line.to_ship.normalize():f}"))
