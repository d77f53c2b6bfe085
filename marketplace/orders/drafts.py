"""Plain values of an order that is about to be written, and the denormalized columns computed from its lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money, sum_money
from marketplace.orders.workflow import Workflow

# The timers of the order release the stock; this only bounds a reservation that was never released.
RESERVATION_PERIOD = timedelta(days=366)


class LinePreview(Protocol):
    """The fields of a line that order lists show."""

    @property
    def title(self) -> Mapping[str, str]:
        """Return the product's title by language."""

    @property
    def picture(self) -> Mapping[str, Any] | None:
        """Return the stored picture, if any."""

    @property
    def quantity(self) -> Decimal:
        """Return the ordered quantity."""

    @property
    def unit(self) -> str:
        """Return the unit of measure."""


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """One line of an order that is about to be placed, with the title and price of this moment."""

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
        """Return the price times the quantity, rounded once."""
        return self.price.times(self.quantity)


@dataclass(frozen=True, kw_only=True)
class OrderDraft:
    """The order to one merchant that is about to be placed."""

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
    def subtotal(self) -> Money:
        """Return the sum of the lines."""
        return sum_money((line.amount for line in self.lines), self.freight.currency)

    @property
    def total(self) -> Money:
        """Return the subtotal plus the freight."""
        return self.subtotal + self.freight


@dataclass(frozen=True, kw_only=True)
class PurchaseDraft:
    """Everything that one buyer orders in one checkout."""

    idempotency_key: str
    buyer_id: UUID
    account_id: UUID
    buyer_name: str
    ship_to: Mapping[str, Any]
    currency: str
    orders: Sequence[OrderDraft]
    id: UUID = field(default_factory=uuid7)

    @property
    def total(self) -> Money:
        """Return the sum of all its orders."""
        return sum_money((order.total for order in self.orders), self.currency)


def search_text(
    *, number: str, buyer_name: str, ship_to: Mapping[str, Any], lines: Iterable[tuple[Mapping[str, str], str]]
) -> str:
    """Return the searchable text of an order: number, buyer, recipient, telephone, title and SKU of each line."""
    terms = [number, buyer_name, str(ship_to.get("name", "")), str(ship_to.get("phone", ""))]
    for title, sku in lines:
        terms += [*title.values(), sku]
    return " ".join(term for term in terms if term).lower()[:4000]


def line_preview(line: LinePreview) -> dict[str, Any]:
    """Return the order's first line as stored for lists."""
    picture = dict(line.picture) if line.picture else None
    return {"title": dict(line.title), "picture": picture, "quantity": f"{line.quantity.normalize():f}", "unit": line.unit}
