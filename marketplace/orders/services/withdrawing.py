"""What happens to a payment when an order that waits for it is called off (R16).

Locks: the payment first, then its orders by ascending id. So whoever calls an unpaid order off withdraws the payment before
the order is locked.
"""

from __future__ import annotations

from billing.payments import services as payments
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderState


def withdraw(*, order: Order) -> None:
    """Take back the payment that an order waits for, before the order is called off; its sisters get a payment of their own.

    Raises the refusal of billing when the money is on its way already.
    """
    payments.cancel_intent(reference=order.payment_reference)
    sisters = [one for one in queries.of_reference(order.payment_reference, lock=True) if one.id != order.id]
    for one in sisters:
        if one.state is OrderState.PAYMENT:
            one.payment_reference = next_reference(order.payment_reference)


def next_reference(reference: str) -> str:
    """The name of the next payment for what is left: `purchase:…`, `purchase:…:2`, `purchase:…:3`."""
    first, _, round_number = reference.partition(":")[2].partition(":")
    kind = reference.partition(":")[0]
    return f"{kind}:{first}:{int(round_number or 1) + 1}"
