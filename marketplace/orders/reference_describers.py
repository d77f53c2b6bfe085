"""Labels of orders and purchases in the ledger, which stores them as opaque references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import or_, select

from billing.reference_registry import ReferenceInfo
from marketplace.kernel.db import db
from marketplace.orders.models import Order


def describe_orders(references: Sequence[str], site: str) -> Mapping[str, ReferenceInfo]:
    """Return the number and the page at this site for each order reference."""
    ids, numbers = _parse_ids(references), _parse_numbers(references)
    criteria = or_(Order.id.in_(ids.values()), Order.number.in_(numbers.values()))
    numbers_by_key: dict[Any, str] = {}
    for row in db.session.execute(select(Order.id, Order.number).where(criteria)):
        numbers_by_key |= {row.id: row.number, row.number: row.number}
    return {
        reference: ReferenceInfo(numbers_by_key[key], url_for(f"{site}.orders.order", number=numbers_by_key[key]))
        for reference, key in {**ids, **numbers}.items()
        if key in numbers_by_key
    }


def find_by_number(search_text: str) -> list[str]:
    """Return the ledger references of the 200 newest orders whose number contains the text."""
    stmt = (
        select(Order.id).where(Order.number.contains(search_text.upper(), autoescape=True)).order_by(Order.id.desc()).limit(200)
    )
    return [f"order:{order_id}" for order_id in db.session.scalars(stmt)]


def describe_purchases(references: Sequence[str], site: str) -> Mapping[str, ReferenceInfo]:
    """Return the label of each purchase reference.

    Payments reference purchases by number; a suffix such as (2) marks the new payment of the remaining orders after one of
    them was cancelled. Stock references purchases by id; at a merchant's desk that is its one order of the purchase.
    """
    described = {reference: ReferenceInfo(number) for reference, number in _parse_numbers(references).items()}
    ids = _parse_ids(references)
    if not ids or site != "desk":
        return described
    stmt = select(Order.purchase_id, Order.number).where(Order.purchase_id.in_(ids.values()))
    order_numbers = {row.purchase_id: row.number for row in db.session.execute(stmt)}
    return described | {
        reference: ReferenceInfo(order_numbers[key], url_for("desk.orders.order", number=order_numbers[key]))
        for reference, key in ids.items()
        if key in order_numbers
    }


def _parse_numbers(references: Iterable[str]) -> dict[str, str]:
    """Return the number of each reference such as `order:20261122-1613-YSGRA-1` and `purchase:20261122-1613-YSGRA:2`."""
    numbers = {}
    for reference in references:
        _kind, number, *suffix = reference.split(":")
        if reference not in _parse_ids([reference]):
            numbers[reference] = f"{number} ({suffix[0]})" if suffix else number
    return numbers


def _parse_ids(references: Iterable[str]) -> dict[str, UUID]:
    ids = {}
    for reference in references:
        try:
            ids[reference] = UUID(reference.split(":")[1])
        except (IndexError, ValueError):
            continue
    return ids
