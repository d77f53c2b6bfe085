"""The history of movements, which explains every stock level (inbound and outbound log, IN4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.models import Product, Unit, Variant
from marketplace.inventory.models import Location, MovementKind, StockLevel, StockMovement, StockReservation
from marketplace.inventory.queries.stock import text_filter
from marketplace.kernel import clock
from marketplace.kernel.db import db

MAX_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementLine:
    """One movement, with the total over all locations after it."""

    at: datetime
    kind: MovementKind
    quantity: Decimal
    location: str
    before: Decimal
    after: Decimal
    total: Decimal
    reference: str
    note: str
    unit_cost: int | None
    account_id: UUID | None


def get_variant_history(variant_id: UUID, *, limit: int = 200) -> list[MovementLine]:
    """Return the latest movements of a variant, newest first, each with the total over all locations after it.

    The totals are calculated backwards from the stock on hand, so that the total of the first line is the present stock.
    """
    rows = db.session.execute(movements_stmt(variant_id).limit(min(limit, MAX_ROWS))).all()
    total = db.session.scalar(_on_hand_stmt(variant_id)) or Decimal(0)
    lines: list[MovementLine] = []
    for row in rows:
        lines.append(_movement_line(row, total))
        total -= row.quantity
    return lines


def movements_stmt(variant_id: UUID | None = None) -> Select[*tuple[Any, ...]]:
    """Return the statement over movements with the names of their locations, newest first; of one variant or of all."""
    stmt = (
        select(
            StockMovement.id,
            StockMovement.variant_id,
            StockMovement.at,
            StockMovement.kind,
            StockMovement.quantity,
            StockMovement.before,
            StockMovement.after,
            StockMovement.reference,
            StockMovement.note,
            StockMovement.unit_cost,
            StockMovement.account_id,
            Location.name.label("location"),
        )
        .join(Location, Location.id == StockMovement.location_id)
        .order_by(StockMovement.at.desc(), StockMovement.id.desc())
    )
    return stmt if variant_id is None else stmt.where(StockMovement.variant_id == variant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """The filters of the movement list: text, kind, location, time range."""

    text: str = ""
    kind: MovementKind | None = None
    location_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_movements_stmt(filters: MovementFilter) -> Select[*tuple[Any, ...]]:
    """Return the statement of the movement list with product and location names, newest first (inbound and outbound log, IN4)."""
    stmt = (
        movements_stmt()
        .add_columns(Variant.sku, Variant.label, Product.title, Product.unit)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
    )
    return _apply_filters(stmt, filters)


def get_totals_by_kind(filters: MovementFilter, *, days: int = 30) -> dict[MovementKind, KindTotals]:
    """Return the number of movements of each kind, and their sums by unit (inbound and outbound log, IN4).

    The filter by kind is ignored; without a time range the latest `days` count.
    """
    since = filters.since if filters.since or filters.until else clock.now() - timedelta(days=days)
    stmt = (
        select(StockMovement.kind, Product.unit, func.count(), func.sum(StockMovement.quantity))
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .group_by(StockMovement.kind, Product.unit)
        .order_by(func.count().desc(), Product.unit)
    )
    totals_by_kind: dict[MovementKind, KindTotals] = {}
    for kind, unit, count, total in db.session.execute(_apply_filters(stmt, replace(filters, kind=None, since=since))):
        previous = totals_by_kind.get(kind, KindTotals(0, ()))
        totals_by_kind[kind] = KindTotals(previous.count + count, (*previous.totals, (unit, total)))
    return totals_by_kind


@dataclass(frozen=True, slots=True)
class KindTotals:
    """The number of movements of a kind, and their sums by unit."""

    count: int
    totals: tuple[tuple[Unit, Decimal], ...]


def _apply_filters(stmt: Select[*tuple[Any, ...]], filters: MovementFilter) -> Select[*tuple[Any, ...]]:
    if filters.text:
        stmt = stmt.where(text_filter(filters.text))
    if filters.kind is not None:
        stmt = stmt.where(StockMovement.kind == filters.kind)
    if filters.location_id is not None:
        stmt = stmt.where(StockMovement.location_id == filters.location_id)
    if filters.since is not None:
        stmt = stmt.where(StockMovement.at >= filters.since)
    return stmt if filters.until is None else stmt.where(StockMovement.at < filters.until)


def list_active_reservations(variant_id: UUID) -> Sequence[StockReservation]:
    """Return the active reservations of a variant, the soonest to expire first."""
    stmt = select(StockReservation).where(
        StockReservation.variant_id == variant_id,
        StockReservation.released_at.is_(None),
        StockReservation.consumed_at.is_(None),
        StockReservation.expires_at > clock.now(),
    )
    return db.session.scalars(stmt.order_by(StockReservation.expires_at).limit(MAX_ROWS)).all()


def _on_hand_stmt(variant_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == variant_id)


def _movement_line(row: Any, total: Decimal) -> MovementLine:
    return MovementLine(
        at=row.at,
        kind=row.kind,
        quantity=row.quantity,
        location=row.location,
        before=row.before,
        after=row.after,
        total=total,
        reference=row.reference,
        note=row.note,
        unit_cost=row.unit_cost,
        account_id=row.account_id,
    )
