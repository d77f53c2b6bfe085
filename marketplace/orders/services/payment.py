"""Effects of captured payments on their orders."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.payments import services as payment_services
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderState
from marketplace.orders.numbering import ledger_reference
from marketplace.orders.services.history import SYSTEM_GATEWAY, fulfilment_scope
from marketplace.orders.services.transitions import apply_transition
from tenants.isolation import AccessPurpose, with_purpose


def mark_orders_paid(*, parts: Sequence[str]) -> None:
    """Advance the orders of a captured payment; an order that was cancelled in the meantime is refunded.

    Idempotent: a second call finds no order in the payment step.
    """
    ids = sorted(UUID(part.removeprefix("order:")) for part in parts if part.startswith("order:"))
    with with_purpose(AccessPurpose.FULFILMENT):
        for order_id in ids:
            with fulfilment_scope(queries.get_order(order_id)):
                _mark_paid(queries.get_order(order_id, lock=True))


def _mark_paid(order: Order) -> None:
    if order.state is OrderState.PAYMENT:
        apply_transition(order=order, workflow=queries.get_workflow(order.workflow_id), name="pay", by=SYSTEM_GATEWAY)
    elif order.paid_at is None:
        reference = ledger_reference(order.id)
        payment_services.create_refund(
            order_reference=reference, amount=order.total, key=f"refund:{order.id}:late", reason="late"
        )
