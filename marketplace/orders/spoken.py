"""How orders and purchases read in the market's books, which know them only by opaque words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import or_, select

from billing.references import Described
from marketplace.kernel.db import db
from marketplace.orders.models import Order


def orders(references: Sequence[str], door: str) -> Mapping[str, Described]:
    """Orders by their numbers, each with its page at this door."""
    ids, numbered = _ids(references), _numbered(references)
    wanted = or_(Order.id.in_(ids.values()), Order.number.in_(numbered.values()))
    known: dict[Any, str] = {}
    for row in db.session.execute(select(Order.id, Order.number).where(wanted)):
        known |= {row.id: row.number, row.number: row.number}
    return {
        reference: Described(known[mark], url_for(f"{door}.orders.order", number=known[mark]))
        for reference, mark in {**ids, **numbered}.items()
        if mark in known
    }


def numbered(text: str) -> list[str]:
    """References of the orders whose number holds the text, the newest two hundred."""
    wanted = select(Order.id).where(Order.number.contains(text.upper(), autoescape=True)).order_by(Order.id.desc()).limit(200)
    return [f"order:{order_id}" for order_id in db.session.scalars(wanted)]


def purchases(references: Sequence[str], door: str) -> Mapping[str, Described]:
    """Payments name purchases by their numbers; what is left of one after an order was called off is paid anew, as (2).

    Stock names them by their ids; at a merchant's desk that is its one order of the purchase.
    """
    said = {reference: Described(number) for reference, number in _numbered(references).items()}
    ids = _ids(references)
    if not ids or door != "desk":
        return said
    wanted = select(Order.purchase_id, Order.number).where(Order.purchase_id.in_(ids.values()))
    mine = {row.purchase_id: row.number for row in db.session.execute(wanted)}
    return said | {
        reference: Described(mine[key], url_for("desk.orders.order", number=mine[key]))
        for reference, key in ids.items()
        if key in mine
    }


def _numbered(references: Iterable[str]) -> dict[str, str]:
    """The numbers in `order:20261122-1613-YSGRA-1` and `purchase:20261122-1613-YSGRA:2`."""
    said = {}
    for reference in references:
        _kind, number, *again = reference.split(":")
        if reference not in _ids([reference]):
            said[reference] = f"{number} ({again[0]})" if again else number
    return said


def _ids(references: Iterable[str]) -> dict[str, UUID]:
    found = {}
    for reference in references:
        try:
            found[reference] = UUID(reference.split(":")[1])
        except (IndexError, ValueError):
            continue
    return found
