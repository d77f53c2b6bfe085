"""The stock book: why there are as many as there are (IN4, behaviour 34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.models import Product, Variant
from marketplace.inventory.models import Location, MovementKind, StockHold, StockLevel, StockMovement
from marketplace.kernel import clock
from marketplace.kernel.db import db

LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the book: what moved, and how many lay in all places together afterwards."""

    at: datetime
    kind: MovementKind
    quantity: Decimal
    location: str
    before: Decimal
    after: Decimal
    total: Decimal
    cause: str
    note: str
    unit_cost: int | None
    account_id: UUID | None


def timeline(variant_id: UUID, *, limit: int = 200) -> list[Line]:
    """ "Why is it 47": the latest movements of a variant, newest first, each with the sum over all places after it.

    The sums are worked out backwards from what lies there now, so the first line's total is the present stock.
    """
    rows = db.session.execute(movements(variant_id).limit(min(limit, LONGEST))).all()
    total = db.session.scalar(_on_hand(variant_id)) or Decimal(0)
    lines: list[Line] = []
    for row in rows:
        lines.append(_line(row, total))
        total -= row.quantity
    return lines


def movements(variant_id: UUID | None = None) -> Select[*tuple[Any, ...]]:
    """Movements with the names of their places, newest first; of one variant or of all."""
    wanted = (
        select(
            StockMovement.id,
            StockMovement.variant_id,
            StockMovement.at,
            StockMovement.kind,
            StockMovement.quantity,
            StockMovement.before,
            StockMovement.after,
            StockMovement.cause,
            StockMovement.note,
            StockMovement.unit_cost,
            StockMovement.account_id,
            Location.name.label("location"),
        )
        .join(Location, Location.id == StockMovement.location_id)
        .order_by(StockMovement.at.desc(), StockMovement.id.desc())
    )
    return wanted if variant_id is None else wanted.where(StockMovement.variant_id == variant_id)


def book_rows(*, kind: MovementKind | None = None, location_id: UUID | None = None) -> Select[*tuple[Any, ...]]:
    """The whole book with the names of goods and places, newest first (IN4)."""
    wanted = (
        movements()
        .add_columns(Variant.sku, Variant.label, Product.title, Product.unit)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
    )
    if kind is not None:
        wanted = wanted.where(StockMovement.kind == kind)
    return wanted if location_id is None else wanted.where(StockMovement.location_id == location_id)


def sums_by_kind(days: int = 30) -> dict[MovementKind, tuple[int, Decimal]]:
    """How many movements of each kind there were lately, and what they come to (IN4: inbound and outbound statistics)."""
    since = clock.now() - timedelta(days=days)
    wanted = select(StockMovement.kind, func.count(), func.sum(StockMovement.quantity)).where(StockMovement.at >= since)
    return {kind: (count, total) for kind, count, total in db.session.execute(wanted.group_by(StockMovement.kind))}


def open_holds(variant_id: UUID) -> Sequence[StockHold]:
    """Who has goods of this variant kept for them now, the soonest to lapse first."""
    wanted = select(StockHold).where(
        StockHold.variant_id == variant_id,
        StockHold.released_at.is_(None),
        StockHold.consumed_at.is_(None),
        StockHold.until > clock.now(),
    )
    return db.session.scalars(wanted.order_by(StockHold.until).limit(LONGEST)).all()


def _on_hand(variant_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == variant_id)


def _line(row: Any, total: Decimal) -> Line:
    return Line(
        at=row.at,
        kind=row.kind,
        quantity=row.quantity,
        location=row.location,
        before=row.before,
        after=row.after,
        total=total,
        cause=row.cause,
        note=row.note,
        unit_cost=row.unit_cost,
        account_id=row.account_id,
    )
