"""Changes of an order by its buyer: what may be changed, and the record of it (buyer order desk, OR3). No database access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.money import Money
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.workflow import Actor, ActorKind, Workflow

BUYER = Actor(kind=ActorKind.BUYER)


@dataclass(frozen=True, kw_only=True)
class ChangePermissions:
    """Which parts of an order its buyer may change.

    `lines`: lines and quantities; `delivery`: the address and the note to the merchant.
    """

    lines: bool
    delivery: bool


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """The new state of a changed line; with quantity 0 the line is removed.

    `category_path` is the position of the product in the category tree, from which the commission follows.
    """

    line_id: UUID
    quantity: Decimal
    price: Money
    amount: Money
    category_path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderChange:
    """The new content of an order. `lines` holds only changed lines; `expected_version` is the version shown to the buyer."""

    expected_version: int
    lines: Sequence[LineChange]
    freight: Money
    ship_to: Mapping[str, Any]
    note: str


def allowed_changes(order: Order, workflow: Workflow) -> ChangePermissions:
    """Return what the buyer may change now: lines until payment or the first review, the delivery until shipping.

    Lines that were agreed on or paid for are not changed by one party alone.
    """
    transitions = workflow.available_transitions(order.state.value, BUYER, order.facts())
    can_cancel = any(transition.name == "cancel" for transition in transitions) and order.shipped_at is None
    return ChangePermissions(
        lines=can_cancel and order.state.value == workflow.start and order.paid_at is None, delivery=can_cancel
    )


def change_log(order: Order, lines: Sequence[OrderLine], change: OrderChange) -> dict[str, Any]:
    """Return the differences for the order's history, each as [old, new]; empty if the change has no effect."""
    by_id = {line.id: line for line in lines}
    entries: dict[str, Any] = {}
    changed = [_line_entry(by_id[line_change.line_id], line_change) for line_change in change.lines]
    if changed:
        entries["lines"] = changed
    if dict(order.ship_to) != dict(change.ship_to):
        entries["ship_to"] = [dict(order.ship_to), dict(change.ship_to)]
    if order.note != change.note:
        entries["note"] = [order.note, change.note]
    total = new_total(order, lines, change)
    if total != order.total:
        entries["total"] = [order.total_minor, total.minor]
    return entries


def new_total(order: Order, lines: Sequence[OrderLine], change: OrderChange) -> Money:
    """Return the total of the order after the change."""
    new_amounts = {line_change.line_id: line_change.amount.minor for line_change in change.lines}
    return Money(sum(new_amounts.get(line.id, line.amount_minor) for line in lines), order.currency) + change.freight


def _line_entry(line: OrderLine, line_change: LineChange) -> dict[str, Any]:
    return {
        "title": line.title,
        "options": line.options,
        "unit": line.unit,
        "quantity": [str(line.quantity), str(line_change.quantity)],
        "price": [line.price_minor, line_change.price.minor],
    }
