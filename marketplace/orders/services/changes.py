"""Change of an order by its buyer: lines, freight, address, note (buyer order desk, OR3; order change moves stock, OR9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.commissions import services as commission_services
from billing.commissions.domain import SaleLine
from billing.payments import services as payment_services
from marketplace.inventory import services as inventory_services
from marketplace.inventory.services import ReservationLine
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.orders import changes, drafts, numbering, queries
from marketplace.orders.changes import OrderChange, allowed_changes
from marketplace.orders.errors import OrderLocked, StaleOrder
from marketplace.orders.events import OrderChanged
from marketplace.orders.models import Order, OrderLine, OrderState
from marketplace.orders.services.history import NamedActor, fulfilment_scope, log_event


def change_order(*, order_id: UUID, change: OrderChange, by: NamedActor) -> Order:
    """Apply a change to an order, and adjust its stock reservation and its commission.

    The caller has priced the lines and the freight. An open payment over other amounts is cancelled: the next one uses the
    new amounts. Lock order: payment, order, lines, stock.

    Raises:
        OrderNotFound: There is no such order for this buyer.
        StaleOrder: The order is not at the expected version.
        OrderLocked: The order has advanced too far for this change.
        OutOfStock: The new quantities are not available.
        PaymentInProgress: The gateway is processing a payment of the order.
    """
    unlocked = queries.get_order(order_id)
    with fulfilment_scope(unlocked):
        if unlocked.state is OrderState.PAYMENT and (change.lines or change.freight != unlocked.freight):
            payment_services.cancel_payment(reference=unlocked.payment_reference)
        order = queries.get_order(order_id, lock=True)
        lines = queries.get_lines([order_id], lock=True)
        if order.version != change.expected_version:
            raise StaleOrder
        _ensure_unlocked(order, change)
        entries = changes.change_log(order, lines, change)
        if entries:
            _apply(order, lines, change)
            order.changed_at = clock.now()
            log_event(order=order, kind="change", by=by, details=entries)
            db.session.flush()
            ids = {"order_id": order.id, "buyer_id": order.buyer_id, "merchant_id": order.merchant_id}
            publish(OrderChanged(**ids, total=order.total))
        return order


def _ensure_unlocked(order: Order, change: OrderChange) -> None:
    allowed = allowed_changes(order, queries.get_workflow(order.workflow_id))
    changes_total = change.lines or change.freight != order.freight
    if not allowed.delivery or (changes_total and not allowed.lines):
        raise OrderLocked


def _apply(order: Order, lines: Sequence[OrderLine], change: OrderChange) -> None:
    order.ship_to = dict(change.ship_to)
    order.phone_digits = numbering.phone_digits(str(change.ship_to.get("phone", "")))
    order.note = change.note
    remaining = _apply_lines(lines, change)
    order.subtotal_minor = sum(line.amount_minor for line in remaining)
    order.freight_minor = change.freight.minor
    order.total_minor = order.subtotal_minor + order.freight_minor
    order.lines_count, order.line_preview = len(remaining), drafts.line_preview(remaining[0])
    search_lines = [(line.title, line.sku) for line in remaining]
    order.search_text = drafts.search_text(
        number=order.number, buyer_name=order.buyer_name, ship_to=order.ship_to, lines=search_lines
    )
    if change.lines:
        _recharge_fees(order, change)
        _reserve_stock(order, remaining)


def _apply_lines(lines: Sequence[OrderLine], change: OrderChange) -> list[OrderLine]:
    """Apply the changes, and return the remaining lines."""
    changes_by_line = {line_change.line_id: line_change for line_change in change.lines}
    remaining = []
    for line in lines:
        line_change = changes_by_line.get(line.id)
        if line_change is not None and not line_change.quantity:
            db.session.delete(line)
            continue
        if line_change is not None:
            line.quantity, line.price_minor, line.amount_minor = (
                line_change.quantity,
                line_change.price.minor,
                line_change.amount.minor,
            )
        remaining.append(line)
    return remaining


def _recharge_fees(order: Order, change: OrderChange) -> None:
    removed = [str(line_change.line_id) for line_change in change.lines if not line_change.quantity]
    lines = [
        SaleLine(reference=str(line_change.line_id), category_path=line_change.category_path, amount=line_change.amount)
        for line_change in change.lines
        if line_change.quantity
    ]
    reference = numbering.ledger_reference(order.id)
    recharge_key = f"change:{order.id}:{order.version}"
    commission_services.recharge_fees(
        order=reference, merchant_id=order.merchant_id, removed=removed, lines=lines, cause=recharge_key
    )


def _reserve_stock(order: Order, lines: Sequence[OrderLine]) -> None:
    inventory_services.reserve(
        reference=numbering.reservation_reference(order.purchase_id),
        lines=[ReservationLine(variant_id=line.variant_id, quantity=line.quantity) for line in lines],
        expires_at=clock.now() + drafts.RESERVATION_PERIOD,
        merchant_id=order.merchant_id,
    )
