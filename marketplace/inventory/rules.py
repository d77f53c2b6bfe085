"""From which places a quantity is taken, and what it has cost: judgement without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is free of a variant at one place; places come in the order in which they are taken from."""

    level_id: UUID
    merchant_id: UUID
    variant_id: UUID
    location_id: UUID
    free: Decimal


@dataclass(frozen=True, slots=True)
class Take:
    """So much from this shelf."""

    shelf: Shelf
    quantity: Decimal


def allocate(quantity: Decimal, shelves: Sequence[Shelf]) -> list[Take] | None:
    """From where to take `quantity`: the first place that has it all, else as few places as the order allows.

    None when all of them together have too little.
    """
    for shelf in shelves:
        if shelf.free >= quantity:
            return [Take(shelf, quantity)]
    takes, rest = [], quantity
    for shelf in shelves:
        part = min(rest, shelf.free)
        if part > 0:
            takes.append(Take(shelf, part))
            rest -= part
        if rest <= 0:
            return takes
    return None


def average_cost(*, known: Decimal | None, lying: Decimal, cost: int, quantity: Decimal) -> Decimal:
    """What one unit costs on average (minor units) when `quantity` at `cost` comes to what lies there: moving weighted average.

    Where nothing lies, or nobody has said what it cost, the new goods say it for all.
    """
    if known is None or lying <= 0:
        return Decimal(cost)
    return ((known * lying + cost * quantity) / (lying + quantity)).quantize(Decimal("0.000001"))


def worth(*, average: Decimal, quantity: Decimal, currency: str) -> Money:
    """What so many units have cost, rounded half-even once."""
    return Money(int((average * quantity).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency)
