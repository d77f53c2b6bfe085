"""What shipping tells an order: so much of it is in a parcel, a parcel has arrived (OR10, OR11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.errors import Invalid
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderLine, OrderState
from marketplace.orders.services.doing import Doer, at_work, write_history
from marketplace.orders.services.moving import make, set_clock
from marketplace.orders.workflow import Actor, NoSuchMove, NotYours, Workflow


def take_for_parcel(
    *, orders: Mapping[UUID, Order], lines: list[OrderLine], quantities: Mapping[UUID, Decimal], by: Doer, parcel: str
) -> None:
    """Count what goes into a parcel against the locked orders and lines; an order that is complete moves on.

    Raises Invalid by line for more than is left, NoSuchMove when an order does not wait for shipping, NotYours.
    """
    wrong = {str(line.id): _too_much(line) for line in lines if quantities.get(line.id, Decimal(0)) > line.to_ship}
    if wrong:
        raise Invalid(errors=wrong)
    for line in lines:
        line.shipped += quantities.get(line.id, Decimal(0))
    for order in orders.values():
        workflow = queries.workflow_of(order.workflow_id)
        _check(order, workflow, by.actor)
        order.shipped_at = order.shipped_at or clock.now()
        order.shipped_all = all(line.to_ship == 0 for line in lines if line.order_id == order.id)
        write_history(order=order, kind="parcel", by=by, said=parcel)
        if order.shipped_all:
            make(order=order, workflow=workflow, name="ship", by=by)


def note_delivery(*, order_id: UUID, at: datetime) -> None:
    """A parcel of this order has arrived: the buyer's time to check the goods counts from the last one."""
    with at_work(queries.get(order_id)):
        order = queries.get(order_id, lock=True)
        order.delivered_at = max(filter(None, (order.delivered_at, at)))
        set_clock(order=order, workflow=queries.workflow_of(order.workflow_id))


def _check(order: Order, workflow: Workflow, actor: Actor) -> None:
    ship = [step for step in workflow.moves_from(order.state.value) if step.name == "ship"]
    if order.state is not OrderState.SHIPPING or not ship:
        raise NoSuchMove
    if not any(step.open_to(actor) for step in ship):
        raise NotYours


def _too_much(line: OrderLine) -> str:
    return str(_("Only %(left)s are left to ship.", left=f"{line.to_ship.normalize():f}"))
