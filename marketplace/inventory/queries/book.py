"""The stock book: why there are as many as there are (IN4, behaviour 34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.models import Product, Unit, Variant
from marketplace.inventory.models import Location, MovementKind, StockHold, StockLevel, StockMovement
from marketplace.inventory.queries.levels import says
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Which part of the book somebody reads: of some goods, at a place, of a kind, from one moment to another."""

    text: str = ""
    kind: MovementKind | None = None
    location_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def book_rows(wanted: Pages) -> Select[*tuple[Any, ...]]:
    """The book with the names of goods and places, newest first (IN4)."""
    rows = (
        movements()
        .add_columns(Variant.sku, Variant.label, Product.title, Product.unit)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
    )
    return _narrowed(rows, wanted)


def sums_by_kind(wanted: Pages, *, days: int = 30) -> dict[MovementKind, Sum]:
    """How many movements of each kind there were, and what came in or went out by them in each unit (IN4).

    Of the pages that are read, whatever their kind; of the latest `days` when no day is named.
    """
    since = wanted.since if wanted.since or wanted.until else clock.now() - timedelta(days=days)
    asked = (
        select(StockMovement.kind, Product.unit, func.count(), func.sum(StockMovement.quantity))
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .group_by(StockMovement.kind, Product.unit)
        .order_by(func.count().desc(), Product.unit)
    )
    found: dict[MovementKind, Sum] = {}
    for kind, unit, count, total in db.session.execute(_narrowed(asked, replace(wanted, kind=None, since=since))):
        before = found.get(kind, Sum(0, ()))
        found[kind] = Sum(before.count + count, (*before.totals, (unit, total)))
    return found


@dataclass(frozen=True, slots=True)
class Sum:
    """So many movements, and what they come to by unit."""

    count: int
    totals: tuple[tuple[Unit, Decimal], ...]


def _narrowed(rows: Select[*tuple[Any, ...]], wanted: Pages) -> Select[*tuple[Any, ...]]:
    if wanted.text:
        rows = rows.where(says(wanted.text))
    if wanted.kind is not None:
        rows = rows.where(StockMovement.kind == wanted.kind)
    if wanted.location_id is not None:
        rows = rows.where(StockMovement.location_id == wanted.location_id)
    if wanted.since is not None:
        rows = rows.where(StockMovement.at >= wanted.since)
    return rows if wanted.until is None else rows.where(StockMovement.at < wanted.until)


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
