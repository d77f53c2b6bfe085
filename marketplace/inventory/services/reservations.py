"""Reservations: stock reserved for a reference until a moment, and never more than is available (inventory management, IN1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, insert, select, update

from marketplace.inventory.allocation import Allocation, allocate
from marketplace.inventory.errors import OutOfStock
from marketplace.inventory.models import StockReservation
from marketplace.inventory.services.stock_levels import StockSources, get_stock_sources, lock_levels, update_reserved
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.ids import uuid7

MAX_ATTEMPTS = 4
BATCH_SIZE = 500
INSERT_RESERVATIONS = insert(cast(Table, StockReservation.__table__))
ACTIVE_CRITERIA = (StockReservation.released_at.is_(None), StockReservation.consumed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationLine:
    """A variant and a quantity."""

    variant_id: UUID
    quantity: Decimal


def reserve(
    *,
    reference: str,
    lines: Sequence[ReservationLine],
    expires_at: datetime,
    sources: StockSources | None = None,
    is_new_reference: bool = False,
    merchant_id: UUID | None = None,
) -> None:
    """Reserve all lines for `reference` until `expires_at`, or none of them.

    Called again with the same reference it reserves or releases only the difference, and moves the expiry. Lines of several
    merchants are allowed under an access purpose. `sources` is the result of `check_availability` in the same transaction;
    `is_new_reference` says that this transaction created the reference, so that nothing can be reserved for it yet. With
    `merchant_id` the lines are those of this merchant alone, and reservations at other merchants stay unchanged.

    Raises:
        OutOfStock: too little of the variants it lists; nothing was reserved.
    """
    quantities = _total_quantities(lines)
    if any(quantity <= 0 for quantity in quantities.values()):
        raise ValueError("a hold needs quantities above zero")
    if is_new_reference:
        missing: Mapping[UUID, Decimal] = quantities
    else:
        advisory_lock("hold", reference)
        missing = _reconcile_existing(reference, merchant_id, quantities, expires_at)
    if missing:
        _insert_reservations(reference, _allocate_and_commit(missing, sources), expires_at)


def check_availability(*, lines: Sequence[ReservationLine]) -> StockSources:
    """Return the stock sources of these lines without reserving anything.

    Only `reserve` decides; it uses the result as its first reading, and may still release expired reservations.

    Raises:
        OutOfStock: too little of the variants it lists.
    """
    quantities = _total_quantities(lines)
    sources = get_stock_sources(quantities)
    _, insufficient = plan_allocation(quantities=quantities, sources=sources)
    if insufficient and not _has_expired(insufficient):
        raise OutOfStock(variants=frozenset(insufficient))
    return sources


def extend_reservation(*, reference: str, expires_at: datetime) -> int:
    """Move the expiry of the reservations with `reference`.

    Returns:
        The number of active reservations; 0 when nothing is reserved any more.
    """
    result = db.session.execute(
        _update_stmt(StockReservation.reference == reference, *ACTIVE_CRITERIA).values(expires_at=expires_at)
    )
    return int(getattr(result, "rowcount", 0))


def release(*, reference: str, merchant_id: UUID | None = None) -> int:
    """Release the reservations with `reference` (at one merchant, if given). Idempotent.

    Returns:
        The number of reservations released.
    """
    return _release_matching(_reference_criteria(reference, merchant_id))


def release_expired(*, limit: int = BATCH_SIZE) -> int:
    """Release expired reservations; only cleaning up, as they count as available from their expiry on.

    Returns:
        The number of reservations released.
    """
    expired = (
        select(StockReservation.id)
        .where(*ACTIVE_CRITERIA, StockReservation.expires_at <= clock.now())
        .order_by(StockReservation.id)
        .limit(limit)
    )
    ids = db.session.scalars(expired.with_for_update(skip_locked=True)).all()
    return _release_matching([StockReservation.id.in_(ids)]) if ids else 0


def _total_quantities(lines: Sequence[ReservationLine]) -> dict[UUID, Decimal]:
    quantities: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        quantities[line.variant_id] += line.quantity
    return quantities


def _reference_criteria(reference: str, merchant_id: UUID | None) -> list[Any]:
    return [StockReservation.reference == reference, *([StockReservation.merchant_id == merchant_id] if merchant_id else [])]


def _update_stmt(*criteria: Any) -> Any:
    return update(StockReservation).where(*criteria).execution_options(synchronize_session=False)


def _reconcile_existing(
    reference: str, merchant_id: UUID | None, quantities: Mapping[UUID, Decimal], expires_at: datetime
) -> dict[UUID, Decimal]:
    """Return what must still be reserved for `reference`, and release what is reserved beyond `quantities`."""
    stmt = select(StockReservation).where(*_reference_criteria(reference, merchant_id), StockReservation.released_at.is_(None))
    rows = db.session.scalars(stmt.order_by(StockReservation.id).with_for_update()).all()
    if not rows:
        return dict(quantities)
    reserved: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in rows:
        reserved[row.variant_id] += row.quantity
    matching = {variant_id for variant_id, quantity in reserved.items() if quantities.get(variant_id) == quantity}
    surplus_ids = [row.id for row in rows if row.variant_id not in matching and row.consumed_at is None]
    extended_ids = [
        row.id for row in rows if row.variant_id in matching and row.consumed_at is None and row.expires_at != expires_at
    ]
    if surplus_ids:
        _release_matching([StockReservation.id.in_(surplus_ids)])
    if extended_ids:
        db.session.execute(_update_stmt(StockReservation.id.in_(extended_ids)).values(expires_at=expires_at))
    return {variant_id: quantity for variant_id, quantity in quantities.items() if variant_id not in matching}


def _insert_reservations(reference: str, allocations: Sequence[Allocation], expires_at: datetime) -> None:
    now = clock.now()
    compiled_sql.bulk_insert(
        INSERT_RESERVATIONS,
        [
            {
                "id": uuid7(),
                "merchant_id": allocation.source.merchant_id,
                "reference": reference,
                "variant_id": allocation.source.variant_id,
                "location_id": allocation.source.location_id,
                "quantity": allocation.quantity,
                "expires_at": expires_at,
                "created_at": now,
            }
            for allocation in allocations
        ],
    )


def _allocate_and_commit(quantities: Mapping[UUID, Decimal], sources: StockSources | None) -> list[Allocation]:
    """Reserve all quantities. One level: a guarded UPDATE alone. Several: lock them in order first."""
    for _try in range(MAX_ATTEMPTS):
        allocations, insufficient = plan_allocation(
            quantities=quantities, sources=get_stock_sources(quantities) if sources is None else sources
        )
        sources = None
        if insufficient and not _has_expired(insufficient):
            raise OutOfStock(variants=frozenset(insufficient))
        if insufficient or len(allocations) > 1:
            break
        if _commit_allocations(allocations):
            return allocations
    allocations, insufficient = plan_allocation(quantities=quantities, sources=get_stock_sources(quantities, lock=True))
    if insufficient and _reclaim_expired(insufficient):
        allocations, insufficient = plan_allocation(quantities=quantities, sources=get_stock_sources(quantities))
    if insufficient or not _commit_allocations(allocations):
        raise OutOfStock(variants=frozenset(insufficient or quantities))
    return allocations


def _commit_allocations(allocations: Sequence[Allocation]) -> bool:
    return update_reserved({allocation.source.level_id: allocation.quantity for allocation in allocations})


def plan_allocation(*, quantities: Mapping[UUID, Decimal], sources: StockSources) -> tuple[list[Allocation], set[UUID]]:
    """Return the allocations of the quantities, and the variants of which there is too little."""
    allocations: list[Allocation] = []
    insufficient: set[UUID] = set()
    for variant_id, quantity in quantities.items():
        allocated = allocate(quantity, sources.get(variant_id, []))
        if allocated is None:
            insufficient.add(variant_id)
        allocations += allocated or []
    return allocations, insufficient


def _reclaim_expired(insufficient: Iterable[UUID]) -> bool:
    """Release expired reservations at once: they must not make a sale fail until the scheduled task has run.

    The caller has locked all levels that it needs, so that a concurrent caller sees what this one released. Locking levels
    before reservations cannot deadlock here, because locked reservations are skipped instead of waited for.
    """
    ids = db.session.scalars(_expired_stmt(insufficient).order_by(StockReservation.id).with_for_update(skip_locked=True)).all()
    return bool(ids) and _release_matching([StockReservation.id.in_(ids)]) > 0


def _has_expired(variant_ids: Iterable[UUID]) -> bool:
    return db.session.scalar(_expired_stmt(variant_ids).limit(1)) is not None


def _expired_stmt(variant_ids: Iterable[UUID]) -> Select[UUID]:
    return select(StockReservation.id).where(
        *ACTIVE_CRITERIA, StockReservation.expires_at <= clock.now(), StockReservation.variant_id.in_(list(variant_ids))
    )


def _release_matching(criteria: Sequence[Any]) -> int:
    """End active reservations and return their quantities: first the reservations, then their levels in ascending order."""
    released = db.session.execute(
        _update_stmt(*criteria, *ACTIVE_CRITERIA)
        .values(released_at=clock.now())
        .returning(StockReservation.variant_id, StockReservation.location_id, StockReservation.quantity)
    ).all()
    if released:
        subtract_reserved(released)
    return len(released)


def subtract_reserved(ended_reservations: Sequence[Any]) -> None:
    """Subtract the quantities of ended reservations from what is reserved at their locations."""
    levels = lock_levels((row.variant_id, row.location_id) for row in ended_reservations)
    deltas: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in ended_reservations:
        deltas[levels[row.variant_id, row.location_id]] -= row.quantity
    update_reserved(deltas)
