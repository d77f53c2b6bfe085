"""Writing a purchase and its orders: what checkout has counted is frozen here (OR2, behaviours 41, 65)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import Table, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from billing.commissions import services as commissions
from billing.commissions.rules import FreshSale, SaleLine
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.orders import queries, rules
from marketplace.orders.events import OrderPlaced
from marketplace.orders.models import Order, OrderLine, OrderState, Purchase, WorkflowVersion
from marketplace.orders.rules import OrderDraft, PurchaseDraft
from marketplace.orders.services.moving import settings
from marketplace.orders.workflow import Facts
from marketplace.orders.workflow.standard import Choices, build

# Rows go in past the unit of work: nothing of it is needed, and it costs as much as the statements.
ORDERS, LINES = insert(cast(Table, Order.__table__)), insert(cast(Table, OrderLine.__table__))


def place(*, draft: PurchaseDraft) -> Purchase | None:
    """Write one purchase with one order for each merchant, in three statements, and freeze the commission of each.

    The stock is held and the sums are counted by the caller, in the same transaction and under the purpose of checkout.
    None when the buyer's key was used before: then nothing was written.
    """
    moment = clock.now()
    number = rules.new_number(moment, current_app.config["SETTINGS"].timezone)
    purchase = _write_purchase(draft, number, moment)
    if purchase is None:
        return None
    numbered = list(zip(rules.order_numbers(number, len(draft.orders)), draft.orders, strict=True))
    quick.write(ORDERS, [_order_row(purchase, draft, order, name, moment) for name, order in numbered])
    quick.write(LINES, [row for order in draft.orders for row in _line_rows(draft, order)])
    commissions.freeze_fresh(sales=[_fresh_sale(order) for order in draft.orders])
    for order in draft.orders:
        publish(_placed(purchase, order))
    return purchase


def _write_purchase(draft: PurchaseDraft, number: str, moment: datetime) -> Purchase | None:
    row = {
        "id": draft.id,
        "buyer_id": draft.buyer_id,
        "account_id": draft.account_id,
        "number": number,
        "idempotency_key": draft.key,
        "currency": draft.currency,
        "total_minor": draft.total.minor,
        "orders_count": len(draft.orders),
        "placed_at": moment,
    }
    return db.session.scalars(_written(), [row]).first()


@cache
def _written() -> Any:
    """Put together once: this costs as much as running it."""
    once = upsert(Purchase).on_conflict_do_nothing(index_elements=["buyer_id", "idempotency_key"])
    return once.returning(Purchase)


def first_version(*, merchant_id: UUID) -> UUID:
    """Write the standard workflow as a merchant's first version; of several who come at once, one writes it. Its id."""
    choices = Choices()
    row = {"id": uuid7(), "merchant_id": merchant_id, "number": 1, "created_at": clock.now(), "created_by": None}
    row |= {"choices": choices.to_json(), "definition": build(choices).to_json()}
    written = upsert(WorkflowVersion).values(row).on_conflict_do_nothing(index_elements=["merchant_id", "number"])
    db.session.execute(written)
    return queries.newest_versions([merchant_id])[merchant_id].id


def _order_row(purchase: Purchase, draft: PurchaseDraft, order: OrderDraft, number: str, moment: datetime) -> Mapping[str, Any]:
    entered = {order.workflow.start: [moment.isoformat(), moment.isoformat()]}
    facts = Facts(entered={order.workflow.start: (moment, moment)})
    return {
        "id": order.id,
        "number": number,
        "purchase_id": purchase.id,
        "buyer_id": draft.buyer_id,
        "merchant_id": order.merchant_id,
        "account_id": draft.account_id,
        "workflow_id": order.workflow_id,
        "state": OrderState(order.workflow.start),
        "entered": entered,
        "due_at": order.workflow.due(order.workflow.start, facts, settings()),
        "payment_reference": _payment_reference(purchase, order, number),
        "shipped_all": False,
        "currency": draft.currency,
        "goods_minor": order.goods.minor,
        "freight_minor": order.freight.minor,
        "total_minor": order.total.minor,
        "merchant_name": dict(order.merchant_name),
        "merchant_slug": order.merchant_slug,
        "buyer_name": draft.buyer_name,
        "ship_to": dict(draft.ship_to),
        "phone_digits": rules.digits(str(draft.ship_to.get("phone", ""))),
        "note": order.note,
        "flag": "",
        "lines_count": len(order.lines),
        "first_line": rules.first_line(order.lines[0]),
        "sought": rules.sought(
            number=number,
            buyer=draft.buyer_name,
            ship_to=draft.ship_to,
            goods=((line.title, line.sku) for line in order.lines),
        ),
        "placed_at": moment,
        "version": 1,
    }


def _payment_reference(purchase: Purchase, order: OrderDraft, number: str) -> str:
    """What the payment is called: orders that are paid at once share the purchase's, others have their own."""
    return rules.first_reference(purchase.number) if order.workflow.start == OrderState.PAYMENT else f"order:{number}"


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


def _fresh_sale(order: OrderDraft) -> FreshSale:
    lines = [SaleLine(reference=str(line.id), amount=line.amount, category_path=line.category_path) for line in order.lines]
    return FreshSale(order=rules.order_word(order.id), merchant_id=order.merchant_id, lines=lines)


def _placed(purchase: Purchase, order: OrderDraft) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.id,
        purchase_id=purchase.id,
        buyer_id=purchase.buyer_id,
        merchant_id=order.merchant_id,
        total=order.total,
    )
