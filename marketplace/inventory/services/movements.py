"""Stock movements: every change of a level is one row of the movement history (stocktake IN2, movement log IN4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Variant
from marketplace.inventory.errors import (
    BelowReserved,
    DuplicateMovement,
    InsufficientAvailable,
    InsufficientOnHand,
    ReservationExpired,
    StockNotFound,
)
from marketplace.inventory.events import StockChanged
from marketplace.inventory.models import Location, MovementKind, StockLevel, StockMovement, StockReservation
from marketplace.inventory.services.costs import update_average_cost
from marketplace.inventory.services.reservations import ACTIVE_CRITERIA, subtract_reserved
from marketplace.inventory.services.stock_levels import lock_levels
from marketplace.kernel import clock, tenancy
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money

MAX_QUANTITY = Decimal(10) ** 10


def receive(
    *, variant_id: UUID, location_id: UUID, quantity: Decimal, note: str = "", reference: str = "", cost: Money | None = None
) -> None:
    """Record the receipt of goods; `cost` is the cost of one unit, where it is known (inventory management, IN1).

    Raises:
        DuplicateMovement: a receipt with this `reference` was recorded before.
        StockNotFound: the location or variant does not exist, or belongs to another merchant.
        ValidationError: by field.
    """
    _check_quantity(quantity)
    _check_not_duplicate(variant_id, reference, MovementKind.RECEIVED)
    if cost is not None and cost.minor < 0:
        raise ValidationError({"cost": _("Enter an amount of zero or more.")})
    if cost is not None:
        advisory_lock("stock-cost", variant_id)
    level = _lock_level(variant_id, location_id)
    _record_movement(level, MovementKind.RECEIVED, quantity, note=note, reference=reference, cost=cost)
    if cost is not None:
        update_average_cost(variant_id=variant_id, merchant_id=level.merchant_id, quantity=quantity, cost=cost)


def write_off(*, variant_id: UUID, location_id: UUID, quantity: Decimal, note: str, reference: str = "") -> None:
    """Record goods that were lost, spoiled or given away.

    Raises:
        DuplicateMovement: a write-off with this `reference` was recorded before.
        InsufficientAvailable: less is available.
        ValidationError: the quantity, or no reason.
    """
    _check_quantity(quantity)
    _check_note(note)
    _check_not_duplicate(variant_id, reference, MovementKind.WRITTEN_OFF)
    level = _lock_level(variant_id, location_id)
    _check_available(level, quantity)
    _record_movement(level, MovementKind.WRITTEN_OFF, -quantity, note=note, reference=reference)


def adjust(*, variant_id: UUID, location_id: UUID, new_quantity: Decimal, note: str, is_count: bool = False) -> None:
    """Set the quantity on hand; the difference is recorded as a correction, or as a count with `is_count`.

    Raises:
        BelowReserved: more is reserved.
        ValidationError: by field.
    """
    if not 0 <= new_quantity < MAX_QUANTITY or new_quantity != round(new_quantity, 3):
        raise ValidationError({"quantity": _("Enter a quantity of zero or more, with at most three decimals.")})
    if not is_count:
        _check_note(note)
    level = _lock_level(variant_id, location_id)
    if new_quantity < level.reserved:
        raise BelowReserved(held=_format_quantity(level.reserved))
    if new_quantity != level.on_hand:
        kind = MovementKind.COUNTED if is_count else MovementKind.CORRECTED
        _record_movement(level, kind, new_quantity - level.on_hand, note=note)


def transfer(
    *, variant_id: UUID, source_id: UUID, target_id: UUID, quantity: Decimal, note: str = "", reference: str = ""
) -> None:
    """Move goods from one location to another.

    Raises:
        DuplicateMovement: a transfer with this `reference` was recorded before.
        InsufficientAvailable: less is available at the source.
        StockNotFound: no such location or variant.
        ValidationError: by field.
    """
    _check_quantity(quantity)
    if source_id == target_id:
        raise ValidationError({"target_id": _("Choose another place.")})
    _check_not_duplicate(variant_id, reference, MovementKind.TRANSFERRED)
    for location_id in (source_id, target_id):
        _ensure_level(variant_id, location_id)
    lock_levels([(variant_id, source_id), (variant_id, target_id)])
    source, target = _lock_level(variant_id, source_id), _lock_level(variant_id, target_id)
    _check_available(source, quantity)
    _record_movement(source, MovementKind.TRANSFERRED, -quantity, note=note, reference=reference)
    _record_movement(target, MovementKind.TRANSFERRED, quantity, note=note, reference=reference)


def consume(*, reference: str, note: str = "", merchant_id: UUID | None = None) -> int:
    """Turn the reservations with `reference` (at one merchant, if given) into sales. Idempotent.

    Returns:
        The number of reservations consumed.

    Raises:
        ReservationExpired: nothing is reserved for this reference any more and nothing was sold. Another buyer may have the
            goods: reserve again or refund.
    """
    criteria = [
        StockReservation.reference == reference,
        *([StockReservation.merchant_id == merchant_id] if merchant_id else []),
    ]
    ended_reservations = db.session.execute(
        update(StockReservation)
        .where(*criteria, *ACTIVE_CRITERIA)
        .values(consumed_at=clock.now())
        .returning(
            StockReservation.merchant_id, StockReservation.variant_id, StockReservation.location_id, StockReservation.quantity
        )
        .execution_options(synchronize_session=False)
    ).all()
    if not ended_reservations:
        if (
            db.session.scalar(select(StockReservation.id).where(*criteria, StockReservation.consumed_at.is_not(None)).limit(1))
            is None
        ):
            raise ReservationExpired
        return 0
    subtract_reserved(ended_reservations)
    _record_movements(ended_reservations, MovementKind.SOLD, sign=-1, reference=reference, note=note)
    return len(ended_reservations)


def restock(*, reference: str, note: str = "", merchant_id: UUID | None = None) -> int:
    """Return what was sold for `reference` (at one merchant, if given) to its locations. Idempotent.

    Returns:
        The number of sales reversed.
    """
    advisory_lock("restock", reference)
    stmt = select(StockMovement).where(
        StockMovement.reference == reference, StockMovement.kind.in_((MovementKind.SOLD, MovementKind.RETURNED))
    )
    if merchant_id:
        stmt = stmt.where(StockMovement.merchant_id == merchant_id)
    movements = db.session.scalars(stmt).all()
    returned = {(movement.variant_id, movement.location_id) for movement in movements if movement.kind is MovementKind.RETURNED}
    sold = [
        movement
        for movement in movements
        if movement.kind is MovementKind.SOLD and (movement.variant_id, movement.location_id) not in returned
    ]
    if sold:
        lock_levels((movement.variant_id, movement.location_id) for movement in sold)
        _record_movements(sold, MovementKind.RETURNED, sign=-1, reference=reference, note=note)
    return len(sold)


def _record_movements(
    lines: Sequence[Any], kind: MovementKind, *, sign: int, reference: str, note: str, cost: Money | None = None
) -> None:
    """Insert one movement for each line. The levels of the lines are locked already."""
    now, account_id = clock.now(), tenancy.get_context().account
    db.session.execute(
        insert(StockMovement),
        [
            {
                "id": uuid7(),
                "merchant_id": line.merchant_id,
                "variant_id": line.variant_id,
                "location_id": line.location_id,
                "kind": kind,
                "quantity": sign * line.quantity,
                "reference": reference,
                "note": note[:300],
                "unit_cost": cost.minor if cost is not None else None,
                "account_id": account_id,
                "at": now,
            }
            for line in lines
        ],
    )
    publish(StockChanged(variant_ids=tuple(sorted({line.variant_id for line in lines}))))


def _record_movement(
    level: StockLevel, kind: MovementKind, quantity: Decimal, *, note: str, reference: str = "", cost: Money | None = None
) -> None:
    _check_max_quantity(level, quantity)
    movement = StockMovement(
        merchant_id=level.merchant_id, variant_id=level.variant_id, location_id=level.location_id, quantity=quantity
    )
    _record_movements([movement], kind, sign=1, reference=reference, note=note.strip(), cost=cost)


def _lock_level(variant_id: UUID, location_id: UUID) -> StockLevel:
    """Return the level of a variant at a location, locked; create it if the variant was never stored there.

    Raises:
        StockNotFound: no such variant or location.
    """
    _ensure_level(variant_id, location_id)
    stmt = select(StockLevel).where(StockLevel.variant_id == variant_id, StockLevel.location_id == location_id)
    level = db.session.scalars(stmt.with_for_update().execution_options(populate_existing=True)).first()
    if level is None:
        raise StockNotFound
    return level


def _ensure_level(variant_id: UUID, location_id: UUID) -> None:
    stmt = (
        select(Variant.merchant_id)
        .join(Location, Location.merchant_id == Variant.merchant_id)
        .where(Variant.id == variant_id, Location.id == location_id, Location.closed_at.is_(None))
    )
    merchant_id = db.session.scalar(stmt)
    if merchant_id is None:
        raise StockNotFound
    values = {"id": uuid7(), "merchant_id": merchant_id, "variant_id": variant_id, "location_id": location_id}
    db.session.execute(insert(StockLevel).values(**values).on_conflict_do_nothing())


def _check_not_duplicate(variant_id: UUID, reference: str, kind: MovementKind) -> None:
    """Raise `DuplicateMovement` if a movement of this kind has this reference; without a reference nothing is checked."""
    if not reference:
        return
    advisory_lock("stock-once", reference)
    stmt = select(StockMovement.id).where(StockMovement.variant_id == variant_id, StockMovement.reference == reference)
    if db.session.scalar(stmt.where(StockMovement.kind == kind).limit(1)) is not None:
        raise DuplicateMovement


def _check_quantity(quantity: Decimal) -> None:
    if not quantity.is_finite() or not 0 < quantity < MAX_QUANTITY or quantity != round(quantity, 3):
        raise ValidationError({"quantity": _("Enter a quantity greater than zero, with at most three decimals.")})


def _check_note(note: str) -> None:
    if not note.strip():
        raise ValidationError({"note": _("Say why: the stock book keeps it.")})


def _check_available(level: StockLevel, quantity: Decimal) -> None:
    available = level.on_hand - level.reserved
    if quantity > available:
        raise (InsufficientAvailable if level.reserved else InsufficientOnHand)(free=_format_quantity(available))


def _check_max_quantity(level: StockLevel, quantity: Decimal) -> None:
    if level.on_hand + quantity >= MAX_QUANTITY:
        raise ValidationError({"quantity": _("There cannot be that many.")})


def _format_quantity(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
