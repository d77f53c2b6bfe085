"""What orders announce."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event
from marketplace.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer has ordered from a merchant."""

    order_id: UUID
    purchase_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderMoved(Event):
    """An order left one state for another."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    move: str
    leaves: str
    reaches: str


@dataclass(frozen=True, kw_only=True)
class OrderChanged(Event):
    """The buyer changed an order: quantities, the address, the word to the merchant."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """The buyer has the goods; nothing more is expected."""

    order_id: UUID
    buyer_id: UUID
    merchant_id: UUID
    total: Money


@dataclass(frozen=True, kw_only=True)
class OrderNews(Event):
    """Something that people want to be told: placed, changed, due, paid, shipped, received, cancelled.

    `theirs`: the merchant did it.
    """

    order_id: UUID
    word: str
    theirs: bool = False
    tracking: str = ""
