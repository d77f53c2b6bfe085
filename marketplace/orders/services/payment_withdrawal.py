"""Cancellation of the pending payment of an order that is being cancelled.

Lock order: the payment first, then its orders by ascending id. So the payment of an unpaid order is cancelled before the order
is locked.
"""

from __future__ import annotations

from billing.payments import services as payment_services
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderState


def cancel_pending_payment(*, order: Order) -> None:
    """Cancel the payment of an unpaid order before the order; the other orders of the payment get a new payment reference.

    Raises:
        PaymentInProgress: The gateway is processing the payment already.
    """
    payment_services.cancel_payment(reference=order.payment_reference)
    other_orders = [
        other_order
        for other_order in queries.get_orders_by_payment_reference(order.payment_reference, lock=True)
        if other_order.id != order.id
    ]
    for other_order in other_orders:
        if other_order.state is OrderState.PAYMENT:
            other_order.payment_reference = next_payment_reference(order.payment_reference)


def next_payment_reference(reference: str) -> str:
    """Return the reference of the next payment of the remaining orders: `purchase:…`, `purchase:…:2`, `purchase:…:3`."""
    number, _, round_number = reference.partition(":")[2].partition(":")
    kind = reference.partition(":")[0]
    return f"{kind}:{number}:{int(round_number or 1) + 1}"
