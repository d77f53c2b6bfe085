"""Numbers of orders, what is kept for finding them, and how the cents of a purchase add up: pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.kernel.forms import narrow
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money, total
from marketplace.orders.workflow import Workflow

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBER = re.compile(r"^\d{8}-\d{4}-[2-9A-Z]{5}(-\d{1,2})?$")


# The order's own clocks let the goods go; this only says when a forgotten hold ends by itself.
HELD_FOR = timedelta(days=366)


class Goods(Protocol):
    """A line, as far as lists show it."""

    @property
    def title(self) -> Mapping[str, str]:
        """What it is called, by language."""

    @property
    def picture(self) -> Mapping[str, Any] | None:
        """What it looks like."""

    @property
    def quantity(self) -> Decimal:
        """How much."""

    @property
    def unit(self) -> str:
        """Of what measure."""


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """One line of an order that is about to be placed: what it was called and cost at this moment."""

    variant_id: UUID
    product_id: UUID
    category_id: UUID | None
    category_path: tuple[str, ...]
    title: Mapping[str, str]
    options: Mapping[str, str]
    sku: str
    picture: Mapping[str, Any] | None
    unit: str
    quantity: Decimal
    price: Money
    weight_grams: int
    id: UUID = field(default_factory=uuid7)

    @property
    def amount(self) -> Money:
        """The price times the quantity, rounded once."""
        return self.price.times(self.quantity)


@dataclass(frozen=True, kw_only=True)
class OrderDraft:
    """What goes to one merchant."""

    merchant_id: UUID
    merchant_slug: str
    merchant_name: Mapping[str, str]
    workflow_id: UUID
    workflow: Workflow
    lines: Sequence[LineDraft]
    freight: Money
    note: str = ""
    id: UUID = field(default_factory=uuid7)

    @property
    def goods(self) -> Money:
        """What its lines cost."""
        return total((line.amount for line in self.lines), self.freight.currency)

    @property
    def total(self) -> Money:
        """Goods and freight."""
        return self.goods + self.freight


@dataclass(frozen=True, kw_only=True)
class PurchaseDraft:
    """What one buyer orders at once."""

    key: str
    buyer_id: UUID
    account_id: UUID
    buyer_name: str
    ship_to: Mapping[str, Any]
    currency: str
    orders: Sequence[OrderDraft]
    id: UUID = field(default_factory=uuid7)

    @property
    def total(self) -> Money:
        """What all its orders cost."""
        return total((order.total for order in self.orders), self.currency)


def new_number(moment: datetime, zone: str) -> str:
    """A number that people can read aloud: day, minute, five letters that no two purchases of a minute share."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y%m%d-%H%M}-" + "".join(secrets.choice(LETTERS) for _ in range(5))


def digits(phone: str) -> str:
    """A telephone number as its last eleven digits, so that +86, spaces, dashes and full width do not matter."""
    return re.sub(r"\D", "", narrow(phone))[-11:]


def sought(*, number: str, buyer: str, ship_to: Mapping[str, Any], goods: Iterable[tuple[Mapping[str, str], str]]) -> str:
    """What a merchant may type to find an order: number, buyer, recipient, telephone, goods (titles and SKU of each line)."""
    words = [number, buyer, str(ship_to.get("name", "")), str(ship_to.get("phone", ""))]
    for title, sku in goods:
        words += [*title.values(), sku]
    return " ".join(word for word in words if word).lower()[:4000]


def first_line(line: Goods) -> dict[str, Any]:
    """What lists show of an order: its first line."""
    picture = dict(line.picture) if line.picture else None
    return {"title": dict(line.title), "picture": picture, "quantity": f"{line.quantity.normalize():f}", "unit": line.unit}


def order_word(order_id: UUID) -> str:
    """What billing calls an order."""
    return f"order:{order_id}"


def hold_cause(purchase_id: UUID) -> str:
    """For what the stock-keeper keeps the goods of a purchase."""
    return f"purchase:{purchase_id}"


def first_reference(purchase_number: str) -> str:
    """What the payment of a purchase's orders is called, as far as they are paid at once."""
    return f"purchase:{purchase_number}"


def order_numbers(purchase_number: str, count: int) -> list[str]:
    """The numbers of a purchase's orders, in the order in which they are written."""
    return [f"{purchase_number}-{place}" for place in range(1, count + 1)]
