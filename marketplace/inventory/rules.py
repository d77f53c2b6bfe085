"""From which places a quantity is taken: judgement without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


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
