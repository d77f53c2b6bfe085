"""The rows of the shelves: read, locked in one order, promised by a guarded UPDATE. Everything that holds stock comes here.

The order of locks is: holds by id, then levels by id. A single level needs no lock before its guarded UPDATE; several are
locked in ascending order first, so that two buyers with the same goods in another order never wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Numeric, Select, Uuid, any_, bindparam, column, func, select, update

from marketplace.inventory.events import StockChanged
from marketplace.inventory.models import Location, StockLevel
from marketplace.inventory.rules import Shelf
from marketplace.kernel.db import db
from marketplace.kernel.events import publish

Shelves = dict[UUID, list[Shelf]]


def shelves_of(variant_ids: Iterable[UUID], *, lock: bool = False) -> Shelves:
    """What is unpromised of each variant, by place in the order of taking; `lock` keeps everybody else from these rows."""
    rows = db.session.execute(_open_levels(lock), {"ids": list(variant_ids)}).all()
    found: Shelves = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.position, row.location_id)):
        shelf = Shelf(
            level_id=row.id,
            merchant_id=row.merchant_id,
            variant_id=row.variant_id,
            location_id=row.location_id,
            free=row.free,
        )
        found[row.variant_id].append(shelf)
    return found


@cache
def _open_levels(lock: bool) -> Select[*tuple[Any, ...]]:
    wanted = (
        select(
            StockLevel.id,
            StockLevel.merchant_id,
            StockLevel.variant_id,
            StockLevel.location_id,
            (StockLevel.on_hand - StockLevel.held).label("free"),
            Location.position,
        )
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id == any_(bindparam("ids", type_=ARRAY(Uuid))), Location.closed_at.is_(None))
    )
    return cast(Select[*tuple[Any, ...]], locking(wanted)) if lock else wanted


def locking(wanted: Any) -> Any:
    """The rows of a statement over levels, locked in ascending order of their ids."""
    return wanted.order_by(StockLevel.id).with_for_update(of=StockLevel)


def lock_levels(places: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """Lock the levels of (variant, location) pairs in ascending order; their ids by pair."""
    pairs = set(places)
    wanted = select(StockLevel.id, StockLevel.variant_id, StockLevel.location_id)
    wanted = wanted.where(
        StockLevel.variant_id.in_({variant for variant, _ in pairs}), StockLevel.location_id.in_({place for _, place in pairs})
    )
    rows = db.session.execute(locking(wanted)).all()
    return {(row.variant_id, row.location_id): row.id for row in rows if (row.variant_id, row.location_id) in pairs}


def promise(deltas: Mapping[UUID, Decimal]) -> bool:
    """Add to what is promised of each level (or give back, below zero): only where so much is free, in one statement.

    False, and the rows that did not fit unchanged, when somebody was faster. Callers with several rows have locked them.
    """
    done = db.session.execute(_promised(), {"ids": list(deltas), "amounts": list(deltas.values())}).all()
    crossed = {row.variant_id for row in done if row.free <= 0 or row.free + deltas[row.id] <= 0}
    if crossed:
        publish(StockChanged(variant_ids=tuple(sorted(crossed))))
    return len(done) == len(deltas)


@cache
def _promised() -> Any:
    ids, amounts = bindparam("ids", type_=ARRAY(Uuid())), bindparam("amounts", type_=ARRAY(Numeric(14, 3)))
    columns = column("id", Uuid()), column("delta", Numeric(14, 3))
    asked = func.unnest(ids, amounts).table_valued(*columns, name="asked").render_derived()
    return (
        update(StockLevel)
        .where(StockLevel.id == asked.c.id, StockLevel.on_hand - StockLevel.held >= asked.c.delta)
        .values(held=StockLevel.held + asked.c.delta)
        .returning(StockLevel.id, StockLevel.variant_id, (StockLevel.on_hand - StockLevel.held).label("free"))
        .execution_options(synchronize_session=False)
    )
