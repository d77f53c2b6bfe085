"""Events of orders."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event
from marketplace.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer placed an order with a merchant."""

    order_id: UUID
    purchase_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderTransitioned(Event):
    """An order changed its state."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    transition: str
    from_state: str
    to_state: str


@dataclass(frozen=True, kw_only=True)
class OrderChanged(Event):
    """The buyer changed an order: quantities, the address or the note to the merchant."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """An order reached its successful final state: the buyer has received it."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderNotificationRequested(Event):
    """A change of an order that its parties are emailed about.

    `kind`: placed, changed, payment_due, paid, shipped, received or cancelled; `by_merchant`: the merchant made the change.
    """

    order_id: UUID
    kind: str
    by_merchant: bool = False
    tracking_number: str = ""
