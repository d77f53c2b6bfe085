"""The rows of stock levels: read, locked in one order, reserved by a guarded UPDATE. All reservations use this module.

The lock order is: reservations by id, then levels by id. A single level needs no lock before its guarded UPDATE; several are
locked in ascending order first, so that two buyers with the same variants in another order never deadlock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Numeric, Select, Uuid, any_, bindparam, column, func, select, update

from marketplace.inventory.allocation import StockSource
from marketplace.inventory.events import StockChanged
from marketplace.inventory.models import Location, StockLevel
from marketplace.kernel.db import db
from marketplace.kernel.events import publish

StockSources = dict[UUID, list[StockSource]]


def get_stock_sources(variant_ids: Iterable[UUID], *, lock: bool = False) -> StockSources:
    """Return what is available of each variant by location, in the order of use; `lock` locks the rows."""
    rows = db.session.execute(_levels_stmt(lock), {"ids": list(variant_ids)}).all()
    sources: StockSources = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.position, row.location_id)):
        source = StockSource(
            level_id=row.id,
            merchant_id=row.merchant_id,
            variant_id=row.variant_id,
            location_id=row.location_id,
            available=row.free,
        )
        sources[row.variant_id].append(source)
    return sources


@cache
def _levels_stmt(lock: bool) -> Select[*tuple[Any, ...]]:
    stmt = (
        select(
            StockLevel.id,
            StockLevel.merchant_id,
            StockLevel.variant_id,
            StockLevel.location_id,
            (StockLevel.on_hand - StockLevel.reserved).label("free"),
            Location.position,
        )
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id == any_(bindparam("ids", type_=ARRAY(Uuid))), Location.closed_at.is_(None))
    )
    return cast(Select[*tuple[Any, ...]], lock_in_order(stmt)) if lock else stmt


def lock_in_order(stmt: Any) -> Any:
    """Lock the rows of a statement over levels in ascending order of their ids."""
    return stmt.order_by(StockLevel.id).with_for_update(of=StockLevel)


def lock_levels(level_keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """Lock the levels of (variant, location) pairs in ascending order, and return their ids by pair."""
    pairs = set(level_keys)
    stmt = select(StockLevel.id, StockLevel.variant_id, StockLevel.location_id)
    stmt = stmt.where(
        StockLevel.variant_id.in_({variant_id for variant_id, _ in pairs}),
        StockLevel.location_id.in_({location_id for _, location_id in pairs}),
    )
    rows = db.session.execute(lock_in_order(stmt)).all()
    return {(row.variant_id, row.location_id): row.id for row in rows if (row.variant_id, row.location_id) in pairs}


def update_reserved(deltas: Mapping[UUID, Decimal]) -> bool:
    """Add to the reserved quantity of each level (subtract, if negative) in one statement, where that much is available.

    Callers with several rows have locked them.

    Returns:
        False when a concurrent transaction took the stock; the rows concerned are unchanged.
    """
    updated = db.session.execute(_update_reserved_stmt(), {"ids": list(deltas), "amounts": list(deltas.values())}).all()
    changed_variant_ids = {row.variant_id for row in updated if row.free <= 0 or row.free + deltas[row.id] <= 0}
    if changed_variant_ids:
        publish(StockChanged(variant_ids=tuple(sorted(changed_variant_ids))))
    return len(updated) == len(deltas)


@cache
def _update_reserved_stmt() -> Any:
    ids, amounts = bindparam("ids", type_=ARRAY(Uuid())), bindparam("amounts", type_=ARRAY(Numeric(14, 3)))
    columns = column("id", Uuid()), column("delta", Numeric(14, 3))
    changes = func.unnest(ids, amounts).table_valued(*columns, name="asked").render_derived()
    return (
        update(StockLevel)
        .where(StockLevel.id == changes.c.id, StockLevel.on_hand - StockLevel.reserved >= changes.c.delta)
        .values(reserved=StockLevel.reserved + changes.c.delta)
        .returning(StockLevel.id, StockLevel.variant_id, (StockLevel.on_hand - StockLevel.reserved).label("free"))
        .execution_options(synchronize_session=False)
    )
