"""What a buyer may still change of an order, and how a change is written down (OR3, behaviour 45). Plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.money import Money
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.workflow import Actor, Who, Workflow

BUYER = Actor(who=Who.BUYER)


@dataclass(frozen=True, kw_only=True)
class May:
    """What is open. `goods`: quantities and lines; `delivery`: the address and the word to the merchant."""

    goods: bool
    delivery: bool


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """What a line is now. `path` is where its goods stand in the category tree, for the commission; no quantity: it goes."""

    line_id: UUID
    quantity: Decimal
    price: Money
    amount: Money
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderChange:
    """What an order shall be. `lines` are those alone that become otherwise; `seen` is the version that the buyer saw."""

    seen: int
    lines: Sequence[LineChange]
    freight: Money
    ship_to: Mapping[str, Any]
    note: str


def may_change(order: Order, workflow: Workflow) -> May:
    """What the buyer may change now: goods until somebody has paid or looked at them, the delivery until it is under way.

    What both sides have agreed on and what was paid for is not changed by one of them.
    """
    moves = workflow.open_moves(order.state.value, BUYER, order.facts())
    waits = any(move.name == "cancel" for move in moves) and order.shipped_at is None
    return May(goods=waits and order.state.value == workflow.start and order.paid_at is None, delivery=waits)


def details(order: Order, lines: Sequence[OrderLine], wanted: OrderChange) -> dict[str, Any]:
    """What is otherwise, for the history: each as [what it was, what it is]. Empty when nothing is."""
    by_id = {line.id: line for line in lines}
    told: dict[str, Any] = {}
    changed = [_line(by_id[one.line_id], one) for one in wanted.lines]
    if changed:
        told["lines"] = changed
    if dict(order.ship_to) != dict(wanted.ship_to):
        told["ship_to"] = [dict(order.ship_to), dict(wanted.ship_to)]
    if order.note != wanted.note:
        told["note"] = [order.note, wanted.note]
    total = new_total(order, lines, wanted)
    if total != order.total:
        told["total"] = [order.total_minor, total.minor]
    return told


def new_total(order: Order, lines: Sequence[OrderLine], wanted: OrderChange) -> Money:
    """What the order costs after the change."""
    now = {one.line_id: one.amount.minor for one in wanted.lines}
    return Money(sum(now.get(line.id, line.amount_minor) for line in lines), order.currency) + wanted.freight


def _line(line: OrderLine, now: LineChange) -> dict[str, Any]:
    return {
        "title": line.title,
        "options": line.options,
        "unit": line.unit,
        "quantity": [str(line.quantity), str(now.quantity)],
        "price": [line.price_minor, now.price.minor],
    }
