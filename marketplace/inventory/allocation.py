"""Allocation of a quantity to stock levels, without database access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSource:
    """The available quantity of a variant at one location; sources are listed in the order in which they are used."""

    level_id: UUID
    merchant_id: UUID
    variant_id: UUID
    location_id: UUID
    available: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """A quantity taken from one stock source."""

    source: StockSource
    quantity: Decimal


def allocate(quantity: Decimal, sources: Sequence[StockSource]) -> list[Allocation] | None:
    """Choose the sources of `quantity`: the first that has all of it, else as few as the order allows.

    Returns:
        None when all sources together have too little.
    """
    for source in sources:
        if source.available >= quantity:
            return [Allocation(source, quantity)]
    allocations, remaining = [], quantity
    for source in sources:
        part = min(remaining, source.available)
        if part > 0:
            allocations.append(Allocation(source, part))
            remaining -= part
        if remaining <= 0:
            return allocations
    return None
