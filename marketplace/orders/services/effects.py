"""Implementations of the workflow engine's effects.

Payments are locked before stock: a transaction that changes both must lock the payment first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from billing.payments import services as payment_services
from marketplace.inventory import services as inventory_services
from marketplace.kernel import clock
from marketplace.orders.models import Order
from marketplace.orders.numbering import ledger_reference, reservation_reference
from marketplace.orders.workflow import Effect, Transition


def run_effects(*, order: Order, transition: Transition) -> None:
    """Run the effects of a transition, in the order of `EFFECTS`."""
    for effect in sorted(transition.effects, key=list(EFFECTS).index):
        EFFECTS[effect](order)


def _mark_paid(order: Order) -> None:
    order.paid_at = clock.now()


def _refund(order: Order) -> None:
    """Refund a paid order; the payment of an unpaid one was cancelled before (see `payment_withdrawal`)."""
    if order.paid_at is not None:
        reason = str(order.cancel_reason.value) if order.cancel_reason else "cancelled"
        payment_services.create_refund(
            order_reference=ledger_reference(order.id), amount=order.total, key=f"refund:{order.id}:all", reason=reason
        )


def _release_stock(order: Order) -> None:
    inventory_services.release(reference=reservation_reference(order.purchase_id), merchant_id=order.merchant_id)


def _consume_stock(order: Order) -> None:
    inventory_services.consume(
        reference=reservation_reference(order.purchase_id), note=order.number, merchant_id=order.merchant_id
    )


def _release_escrow(order: Order) -> None:
    if order.paid_at is not None:
        payment_services.release_escrow(
            order_reference=ledger_reference(order.id), merchant_id=order.merchant_id, key=f"order:{order.id}"
        )


EFFECTS: Mapping[Effect, Callable[[Order], None]] = {
    Effect.MARK_PAID: _mark_paid,
    Effect.REFUND: _refund,
    Effect.RELEASE_ESCROW: _release_escrow,
    Effect.RELEASE_STOCK: _release_stock,
    Effect.CONSUME_STOCK: _consume_stock,
}
