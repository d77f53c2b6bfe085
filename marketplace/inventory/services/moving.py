"""Goods come, go and are put right: every change of a level is one line of the stock book (IN2, IN4, behaviour 34)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Variant
from marketplace.inventory.errors import BelowPromised, BookedAlready, HoldLapsed, NoSuchStock, NotThatMany, NotThatManyThere
from marketplace.inventory.events import StockChanged
from marketplace.inventory.models import Location, MovementKind, StockHold, StockLevel, StockMovement
from marketplace.inventory.services.costs import count_in
from marketplace.inventory.services.holding import OPEN, give_back
from marketplace.inventory.services.shelves import lock_levels
from marketplace.kernel import clock, rows
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money

LARGEST = Decimal(10) ** 10


def receive(
    *, variant_id: UUID, location_id: UUID, quantity: Decimal, note: str = "", cause: str = "", cost: Money | None = None
) -> None:
    """Goods arrive and are put on the shelf; `cost` is what one unit of them has cost, where that is known (IN1).

    For a `cause` goods arrive once: again raises BookedAlready. Raises NoSuchStock for a foreign place or variant, Invalid
    for the quantity or the cost.
    """
    _check(quantity)
    _once(variant_id, cause, MovementKind.RECEIVED)
    if cost is not None and cost.minor < 0:
        raise Invalid({"cost": _("Enter an amount of zero or more.")})
    if cost is not None:
        advisory_lock("stock-cost", variant_id)
    level = _level(variant_id, location_id)
    _move(level, MovementKind.RECEIVED, quantity, note=note, cause=cause, cost=cost)
    if cost is not None:
        count_in(variant_id=variant_id, merchant_id=level.merchant_id, quantity=quantity, cost=cost)


def write_off(*, variant_id: UUID, location_id: UUID, quantity: Decimal, note: str, cause: str = "") -> None:
    """Goods are lost, spoiled or given away; for a `cause` once, again raises BookedAlready.

    Raises NotThatMany when fewer are free, Invalid without a reason.
    """
    _check(quantity)
    _check_note(note)
    _once(variant_id, cause, MovementKind.WRITTEN_OFF)
    level = _level(variant_id, location_id)
    _check_free(level, quantity)
    _move(level, MovementKind.WRITTEN_OFF, -quantity, note=note, cause=cause)


def correct(*, variant_id: UUID, location_id: UUID, to: Decimal, note: str, counted: bool = False) -> None:
    """Say how many really lie there; the difference is booked. Raises BelowPromised, Invalid."""
    if not 0 <= to < LARGEST or to != round(to, 3):
        raise Invalid({"quantity": _("Enter a quantity of zero or more, with at most three decimals.")})
    if not counted:
        _check_note(note)
    level = _level(variant_id, location_id)
    if to < level.held:
        raise BelowPromised(held=_plain(level.held))
    if to != level.on_hand:
        kind = MovementKind.COUNTED if counted else MovementKind.CORRECTED
        _move(level, kind, to - level.on_hand, note=note)


def transfer(*, variant_id: UUID, source_id: UUID, target_id: UUID, quantity: Decimal, note: str = "", cause: str = "") -> None:
    """Move goods from one place to another; for a `cause` once, again raises BookedAlready.

    Raises NotThatMany, Invalid, NoSuchStock.
    """
    _check(quantity)
    if source_id == target_id:
        raise Invalid({"target_id": _("Choose another place.")})
    _once(variant_id, cause, MovementKind.TRANSFERRED)
    for location_id in (source_id, target_id):
        _ensure_level(variant_id, location_id)
    lock_levels([(variant_id, source_id), (variant_id, target_id)])
    source, target = _level(variant_id, source_id), _level(variant_id, target_id)
    _check_free(source, quantity)
    _move(source, MovementKind.TRANSFERRED, -quantity, note=note, cause=cause)
    _move(target, MovementKind.TRANSFERRED, quantity, note=note, cause=cause)


def consume(*, cause: str, note: str = "", merchant_id: UUID | None = None) -> int:
    """Turn what is kept for `cause` (at one merchant, if given) into goods sold; how many lines that were.

    Again: nothing happens. Raises HoldLapsed when nothing is kept for this cause any more and nothing was sold: the time
    was over and somebody else may have them; hold anew or give the money back.
    """
    mine = [StockHold.cause == cause, *([StockHold.merchant_id == merchant_id] if merchant_id else [])]
    ended = db.session.execute(
        update(StockHold)
        .where(*mine, *OPEN)
        .values(consumed_at=clock.now())
        .returning(StockHold.merchant_id, StockHold.variant_id, StockHold.location_id, StockHold.quantity)
        .execution_options(synchronize_session=False)
    ).all()
    if not ended:
        if db.session.scalar(select(StockHold.id).where(*mine, StockHold.consumed_at.is_not(None)).limit(1)) is None:
            raise HoldLapsed
        return 0
    give_back(ended)
    _book(ended, MovementKind.SOLD, sign=-1, cause=cause, note=note)
    return len(ended)


def restock(*, cause: str, note: str = "", merchant_id: UUID | None = None) -> int:
    """Put what was sold for `cause` (at one merchant, if given) back where it came from; how many lines. Again: nothing."""
    advisory_lock("restock", cause)
    booked = select(StockMovement).where(
        StockMovement.cause == cause, StockMovement.kind.in_((MovementKind.SOLD, MovementKind.RETURNED))
    )
    if merchant_id:
        booked = booked.where(StockMovement.merchant_id == merchant_id)
    lines = db.session.scalars(booked).all()
    back = {(line.variant_id, line.location_id) for line in lines if line.kind is MovementKind.RETURNED}
    sold = [line for line in lines if line.kind is MovementKind.SOLD and (line.variant_id, line.location_id) not in back]
    if sold:
        lock_levels((line.variant_id, line.location_id) for line in sold)
        _book(sold, MovementKind.RETURNED, sign=-1, cause=cause, note=note)
    return len(sold)


def _book(lines: Sequence[Any], kind: MovementKind, *, sign: int, cause: str, note: str, cost: Money | None = None) -> None:
    """Write one movement for each line, whose levels are locked already."""
    moment, account = clock.now(), rows.current().account
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
                "cause": cause,
                "note": note[:300],
                "unit_cost": cost.minor if cost is not None else None,
                "account_id": account,
                "at": moment,
            }
            for line in lines
        ],
    )
    publish(StockChanged(variant_ids=tuple(sorted({line.variant_id for line in lines}))))


def _move(
    level: StockLevel, kind: MovementKind, quantity: Decimal, *, note: str, cause: str = "", cost: Money | None = None
) -> None:
    _check_room(level, quantity)
    line = StockMovement(
        merchant_id=level.merchant_id, variant_id=level.variant_id, location_id=level.location_id, quantity=quantity
    )
    _book([line], kind, sign=1, cause=cause, note=note.strip(), cost=cost)


def _level(variant_id: UUID, location_id: UUID) -> StockLevel:
    """The level of a variant at a place, locked; made when the variant never lay there. Raises NoSuchStock."""
    _ensure_level(variant_id, location_id)
    wanted = select(StockLevel).where(StockLevel.variant_id == variant_id, StockLevel.location_id == location_id)
    found = db.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).first()
    if found is None:
        raise NoSuchStock
    return found


def _ensure_level(variant_id: UUID, location_id: UUID) -> None:
    owner = (
        select(Variant.merchant_id)
        .join(Location, Location.merchant_id == Variant.merchant_id)
        .where(Variant.id == variant_id, Location.id == location_id, Location.closed_at.is_(None))
    )
    merchant_id = db.session.scalar(owner)
    if merchant_id is None:
        raise NoSuchStock
    fresh = {"id": uuid7(), "merchant_id": merchant_id, "variant_id": variant_id, "location_id": location_id}
    db.session.execute(insert(StockLevel).values(**fresh).on_conflict_do_nothing())


def _once(variant_id: UUID, cause: str, kind: MovementKind) -> None:
    """Refuse what was booked in this manner for this cause before; whoever gives no cause may book as often as they like."""
    if not cause:
        return
    advisory_lock("stock-once", cause)
    known = select(StockMovement.id).where(StockMovement.variant_id == variant_id, StockMovement.cause == cause)
    if db.session.scalar(known.where(StockMovement.kind == kind).limit(1)) is not None:
        raise BookedAlready


def _check(quantity: Decimal) -> None:
    if not quantity.is_finite() or not 0 < quantity < LARGEST or quantity != round(quantity, 3):
        raise Invalid({"quantity": _("Enter a quantity greater than zero, with at most three decimals.")})


def _check_note(note: str) -> None:
    if not note.strip():
        raise Invalid({"note": _("Say why: the stock book keeps it.")})


def _check_free(level: StockLevel, quantity: Decimal) -> None:
    free = level.on_hand - level.held
    if quantity > free:
        raise (NotThatMany if level.held else NotThatManyThere)(free=_plain(free))


def _check_room(level: StockLevel, quantity: Decimal) -> None:
    if level.on_hand + quantity >= LARGEST:
        raise Invalid({"quantity": _("There cannot be that many.")})


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
