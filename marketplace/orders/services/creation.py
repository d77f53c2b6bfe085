"""Creation of a purchase and its orders from the priced draft of checkout (order creation, OR2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import Table, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from billing.commissions import services as commission_services
from billing.commissions.domain import NewSale, SaleLine
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.orders import drafts, numbering, queries
from marketplace.orders.drafts import OrderDraft, PurchaseDraft
from marketplace.orders.events import OrderPlaced
from marketplace.orders.models import Order, OrderLine, OrderState, Purchase, WorkflowVersion
from marketplace.orders.services.transitions import timer_settings
from marketplace.orders.workflow import OrderFacts
from marketplace.orders.workflow.builder import WorkflowOptions, build_workflow

# Rows are inserted without the ORM's unit of work: none of it is needed, and it costs as much as the statements.
INSERT_ORDERS, INSERT_LINES = insert(cast(Table, Order.__table__)), insert(cast(Table, OrderLine.__table__))


def create_purchase(*, draft: PurchaseDraft) -> Purchase | None:
    """Insert one purchase with one order per merchant in three statements, and charge the commission of each order.

    The caller reserves the stock and computes the amounts, in the same transaction and with the purpose of checkout.

    Returns:
        The purchase, or None if the buyer's idempotency key was used before; then nothing was written.
    """
    moment = clock.now()
    number = numbering.generate_number(moment, current_app.config["SETTINGS"].timezone)
    purchase = _insert_purchase(draft, number, moment)
    if purchase is None:
        return None
    numbered_orders = list(zip(numbering.order_numbers(number, len(draft.orders)), draft.orders, strict=True))
    compiled_sql.bulk_insert(
        INSERT_ORDERS, [_order_row(purchase, draft, order, order_number, moment) for order_number, order in numbered_orders]
    )
    compiled_sql.bulk_insert(INSERT_LINES, [row for order in draft.orders for row in _line_rows(draft, order)])
    commission_services.charge_fees_bulk(sales=[_new_sale(order) for order in draft.orders])
    for order in draft.orders:
        publish(_order_placed(purchase, order))
    return purchase


def _insert_purchase(draft: PurchaseDraft, number: str, moment: datetime) -> Purchase | None:
    row = {
        "id": draft.id,
        "buyer_id": draft.buyer_id,
        "account_id": draft.account_id,
        "number": number,
        "idempotency_key": draft.idempotency_key,
        "currency": draft.currency,
        "total_minor": draft.total.minor,
        "orders_count": len(draft.orders),
        "placed_at": moment,
    }
    return db.session.scalars(_insert_purchase_stmt(), [row]).first()


@cache
def _insert_purchase_stmt() -> Any:
    """Return the statement, built once: building it costs as much as running it."""
    stmt = upsert(Purchase).on_conflict_do_nothing(index_elements=["buyer_id", "idempotency_key"])
    return stmt.returning(Purchase)


def create_default_workflow(*, merchant_id: UUID) -> UUID:
    """Insert the default workflow as a merchant's first version and return its id; concurrent calls insert one row."""
    options = WorkflowOptions()
    row = {"id": uuid7(), "merchant_id": merchant_id, "number": 1, "created_at": clock.now(), "created_by": None}
    row |= {"options": options.to_json(), "definition": build_workflow(options).to_json()}
    stmt = upsert(WorkflowVersion).values(row).on_conflict_do_nothing(index_elements=["merchant_id", "number"])
    db.session.execute(stmt)
    return queries.latest_workflow_versions([merchant_id])[merchant_id].id


def _order_row(purchase: Purchase, draft: PurchaseDraft, order: OrderDraft, number: str, moment: datetime) -> Mapping[str, Any]:
    state_times = {order.workflow.start: [moment.isoformat(), moment.isoformat()]}
    facts = OrderFacts(state_times={order.workflow.start: (moment, moment)})
    return {
        "id": order.id,
        "number": number,
        "purchase_id": purchase.id,
        "buyer_id": draft.buyer_id,
        "merchant_id": order.merchant_id,
        "account_id": draft.account_id,
        "workflow_id": order.workflow_id,
        "state": OrderState(order.workflow.start),
        "state_times": state_times,
        "due_at": order.workflow.due_at(order.workflow.start, facts, timer_settings()),
        "payment_reference": _payment_reference(purchase, order, number),
        "shipped_all": False,
        "currency": draft.currency,
        "subtotal_minor": order.subtotal.minor,
        "freight_minor": order.freight.minor,
        "total_minor": order.total.minor,
        "merchant_name": dict(order.merchant_name),
        "merchant_slug": order.merchant_slug,
        "buyer_name": draft.buyer_name,
        "ship_to": dict(draft.ship_to),
        "phone_digits": numbering.phone_digits(str(draft.ship_to.get("phone", ""))),
        "note": order.note,
        "lines_count": len(order.lines),
        "line_preview": drafts.line_preview(order.lines[0]),
        "search_text": drafts.search_text(
            number=number,
            buyer_name=draft.buyer_name,
            ship_to=draft.ship_to,
            lines=((line.title, line.sku) for line in order.lines),
        ),
        "placed_at": moment,
        "version": 1,
    }


def _payment_reference(purchase: Purchase, order: OrderDraft, number: str) -> str:
    """Return the payment reference: immediately payable orders share that of the purchase, others have their own."""
    return numbering.payment_reference(purchase.number) if order.workflow.start == OrderState.PAYMENT else f"order:{number}"


def _line_rows(draft: PurchaseDraft, order: OrderDraft) -> list[Mapping[str, Any]]:
    return [
        {
            "id": line.id,
            "order_id": order.id,
            "buyer_id": draft.buyer_id,
            "merchant_id": order.merchant_id,
            "position": position,
            "variant_id": line.variant_id,
            "product_id": line.product_id,
            "category_id": line.category_id,
            "title": dict(line.title),
            "options": dict(line.options),
            "sku": line.sku,
            "picture": dict(line.picture) if line.picture else None,
            "unit": line.unit,
            "quantity": line.quantity,
            "shipped": 0,
            "currency": draft.currency,
            "price_minor": line.price.minor,
            "amount_minor": line.amount.minor,
            "weight_grams": line.weight_grams,
        }
        for position, line in enumerate(order.lines)
    ]


def _new_sale(order: OrderDraft) -> NewSale:
    lines = [SaleLine(reference=str(line.id), amount=line.amount, category_path=line.category_path) for line in order.lines]
    return NewSale(order=numbering.ledger_reference(order.id), merchant_id=order.merchant_id, lines=lines)


def _order_placed(purchase: Purchase, order: OrderDraft) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.id,
        purchase_id=purchase.id,
        buyer_id=purchase.buyer_id,
        merchant_id=order.merchant_id,
        total=order.total,
    )
