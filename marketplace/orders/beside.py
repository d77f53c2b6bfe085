"""What other features show beside an order: they stand above orders, so they register themselves here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Parcels = Callable[[Sequence[UUID]], Sequence[Any]]


@dataclass
class Beside:
    """What is shown beside orders so far: their parcels, and how the carriers are called."""

    parcels: Parcels
    carriers: dict[str, Any] = field(default_factory=dict)


BESIDE = Beside(parcels=lambda _order_ids: ())


def show_parcels(source: Parcels) -> Parcels:
    """Decorator: this function answers the parcels of some orders, as the page's partial takes them."""
    BESIDE.parcels = source
    return source
