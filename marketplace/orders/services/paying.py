"""What payments do to the orders they are for (R6, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.payments import services as payments
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderState
from marketplace.orders.rules import order_word
from marketplace.orders.services.doing import GATEWAY, at_work
from marketplace.orders.services.moving import make
from tenants.scope import Purpose, working_on


def settle(*, parts: Sequence[str]) -> None:
    """The money for these orders is in escrow: each that waits for it moves on, each that was called off gives it back.

    Run again it finds nothing waiting.
    """
    ids = sorted(UUID(part.removeprefix("order:")) for part in parts if part.startswith("order:"))
    with working_on(Purpose.FULFILMENT):
        for order_id in ids:
            with at_work(queries.get(order_id)):
                _settle_one(queries.get(order_id, lock=True))


def _settle_one(order: Order) -> None:
    if order.state is OrderState.PAYMENT:
        make(order=order, workflow=queries.workflow_of(order.workflow_id), name="pay", by=GATEWAY)
    elif order.paid_at is None:
        word = order_word(order.id)
        payments.refund(reference_part=word, amount=order.total, key=f"refund:{order.id}:late", reason="late")
