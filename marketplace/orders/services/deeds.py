"""The deeds that moves may cause: the fixed list of the engine, each done here once.

Money before stock: whoever touches both locks the payment first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from billing.payments import services as payments
from marketplace.inventory import services as stock
from marketplace.kernel import clock
from marketplace.orders.models import Order
from marketplace.orders.rules import hold_cause, order_word
from marketplace.orders.workflow import Deed, Move


def run(*, order: Order, step: Move) -> None:
    """Do what a move causes, in the engine's order."""
    for deed in sorted(step.does, key=list(DEEDS).index):
        DEEDS[deed](order)


def _note_payment(order: Order) -> None:
    order.paid_at = clock.now()


def _give_money_back(order: Order) -> None:
    """A paid order gets everything back; what was not paid has been withdrawn before (see paying.withdraw)."""
    if order.paid_at is not None:
        reason = str(order.cancel_reason.value) if order.cancel_reason else "cancelled"
        payments.refund(reference_part=order_word(order.id), amount=order.total, key=f"refund:{order.id}:all", reason=reason)


def _let_stock_go(order: Order) -> None:
    stock.release(cause=hold_cause(order.purchase_id), merchant_id=order.merchant_id)


def _hand_out_stock(order: Order) -> None:
    stock.consume(cause=hold_cause(order.purchase_id), note=order.number, merchant_id=order.merchant_id)


def _release_money(order: Order) -> None:
    if order.paid_at is not None:
        payments.release(order_reference=order_word(order.id), merchant_id=order.merchant_id, key=f"order:{order.id}")


DEEDS: Mapping[Deed, Callable[[Order], None]] = {
    Deed.NOTE_PAYMENT: _note_payment,
    Deed.GIVE_MONEY_BACK: _give_money_back,
    Deed.RELEASE_MONEY: _release_money,
    Deed.LET_STOCK_GO: _let_stock_go,
    Deed.HAND_OUT_STOCK: _hand_out_stock,
}
