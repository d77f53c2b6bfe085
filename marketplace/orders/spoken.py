"""How orders and purchases read in the market's books, which know them only by opaque words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from billing.references import Described
from marketplace.kernel.db import db
from marketplace.orders.models import Order, Purchase


def orders(references: Sequence[str], door: str) -> Mapping[str, Described]:
    """Orders by their numbers, each with its page at this door."""
    wanted = select(Order.id, Order.number).where(Order.id.in_(_ids(references).values()))
    numbers = {row.id: row.number for row in db.session.execute(wanted)}
    return {
        reference: Described(numbers[order_id], url_for(f"{door}.orders.order", number=numbers[order_id]))
        for reference, order_id in _ids(references).items()
        if order_id in numbers
    }


def purchases(references: Sequence[str], door: str) -> Mapping[str, Described]:
    """Purchases by their numbers; what is left of one after an order was called off has a payment of its own."""
    wanted = select(Purchase.id, Purchase.number).where(Purchase.id.in_(_ids(references).values()))
    numbers = {row.id: row.number for row in db.session.execute(wanted)}
    return {
        reference: Described(numbers[purchase_id])
        for reference, purchase_id in _ids(references).items()
        if purchase_id in numbers
    }


def _ids(references: Iterable[str]) -> dict[str, UUID]:
    found = {}
    for reference in references:
        try:
            found[reference] = UUID(reference.split(":")[1])
        except (IndexError, ValueError):
            continue
    return found
