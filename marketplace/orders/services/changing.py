"""The buyer changes an order that stands: its lines, its freight, its address, the word to the merchant (OR3, OR9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.commissions import services as commissions
from billing.commissions.rules import SaleLine
from billing.payments import services as payments
from marketplace.inventory import services as stock
from marketplace.inventory.services import HoldLine
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.orders import changes, queries, rules
from marketplace.orders.changes import OrderChange, may_change
from marketplace.orders.errors import ChangedMeanwhile, TooLateToChange
from marketplace.orders.events import OrderChanged
from marketplace.orders.models import Order, OrderLine, OrderState
from marketplace.orders.services.doing import Doer, at_work, write_history


def change(*, order_id: UUID, wanted: OrderChange, by: Doer) -> Order:
    """Make an order what the buyer wants now; the stock kept for it rises or falls with it, and so does the commission.

    The caller has counted what the lines and the freight cost. A payment that is open for other sums is withdrawn: the next
    one asks for the new ones. Locks: payment, order, lines, stock. Raises NoSuchOrder, ChangedMeanwhile, TooLateToChange,
    SoldOut, and billing's PaymentUnderway; then nothing was done.
    """
    seen = queries.get(order_id)
    with at_work(seen):
        if seen.state is OrderState.PAYMENT and (wanted.lines or wanted.freight != seen.freight):
            payments.cancel_intent(reference=seen.payment_reference)
        order = queries.get(order_id, lock=True)
        lines = queries.lines_of([order_id], lock=True)
        if order.version != wanted.seen:
            raise ChangedMeanwhile
        _refuse_late(order, wanted)
        told = changes.details(order, lines, wanted)
        if told:
            _write(order, lines, wanted)
            order.changed_at = clock.now()
            write_history(order=order, kind="change", by=by, details=told)
            db.session.flush()
            ids = {"order_id": order.id, "buyer_id": order.buyer_id, "merchant_id": order.merchant_id}
            publish(OrderChanged(**ids, total=order.total))
        return order


def _refuse_late(order: Order, wanted: OrderChange) -> None:
    may = may_change(order, queries.workflow_of(order.workflow_id))
    costs = wanted.lines or wanted.freight != order.freight
    if not may.delivery or (costs and not may.goods):
        raise TooLateToChange


def _write(order: Order, lines: Sequence[OrderLine], wanted: OrderChange) -> None:
    order.ship_to = dict(wanted.ship_to)
    order.phone_digits = rules.digits(str(wanted.ship_to.get("phone", "")))
    order.note = wanted.note
    left = _write_lines(lines, wanted)
    order.goods_minor = sum(line.amount_minor for line in left)
    order.freight_minor = wanted.freight.minor
    order.total_minor = order.goods_minor + order.freight_minor
    order.lines_count, order.first_line = len(left), rules.first_line(left[0])
    goods = [(line.title, line.sku) for line in left]
    order.sought = rules.sought(number=order.number, buyer=order.buyer_name, ship_to=order.ship_to, goods=goods)
    if wanted.lines:
        _amend_fees(order, wanted)
        _keep_goods(order, left)


def _write_lines(lines: Sequence[OrderLine], wanted: OrderChange) -> list[OrderLine]:
    """The lines that are left."""
    now = {one.line_id: one for one in wanted.lines}
    left = []
    for line in lines:
        one = now.get(line.id)
        if one is not None and not one.quantity:
            db.session.delete(line)
            continue
        if one is not None:
            line.quantity, line.price_minor, line.amount_minor = one.quantity, one.price.minor, one.amount.minor
        left.append(line)
    return left


def _amend_fees(order: Order, wanted: OrderChange) -> None:
    gone = [str(one.line_id) for one in wanted.lines if not one.quantity]
    lines = [
        SaleLine(reference=str(one.line_id), category_path=one.path, amount=one.amount) for one in wanted.lines if one.quantity
    ]
    word = rules.order_word(order.id)
    cause = f"change:{order.id}:{order.version}"
    commissions.amend(order=word, merchant_id=order.merchant_id, gone=gone, lines=lines, cause=cause)


def _keep_goods(order: Order, left: Sequence[OrderLine]) -> None:
    stock.hold(
        cause=rules.hold_cause(order.purchase_id),
        lines=[HoldLine(variant_id=line.variant_id, quantity=line.quantity) for line in left],
        until=clock.now() + rules.HELD_FOR,
        merchant_id=order.merchant_id,
    )
