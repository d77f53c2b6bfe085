"""Keeping goods for somebody until a moment: carts, checkouts, deals, quotes (behaviours 33, 35; safety §1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, insert, select, update

from marketplace.inventory.errors import SoldOut
from marketplace.inventory.models import StockHold
from marketplace.inventory.rules import Take, allocate
from marketplace.inventory.services.shelves import Shelves, lock_levels, promise, shelves_of
from marketplace.kernel import clock, quick
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.ids import uuid7

TRIES = 4
BATCH = 500
HOLDS = insert(cast(Table, StockHold.__table__))
OPEN = (StockHold.released_at.is_(None), StockHold.consumed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """So much of a variant."""

    variant_id: UUID
    quantity: Decimal


def hold(
    *,
    cause: str,
    lines: Sequence[HoldLine],
    until: datetime,
    seen: Shelves | None = None,
    fresh: bool = False,
    merchant_id: UUID | None = None,
) -> None:
    """Keep all lines for `cause` until a moment, or none of them.

    Again with the same cause: what is kept already stays kept (until the new moment), only what differs is taken or given
    back. Lines of several merchants are welcome under a purpose. Raises SoldOut with the variants of which there is too
    little; then nothing was taken. `seen` is what `look` found in the same transaction; `fresh` says that this transaction
    made the cause, so that nothing can be kept for it yet. With `merchant_id` the lines are those of this merchant alone,
    and what others keep for the cause is left as it is.
    """
    wanted = _summed(lines)
    if any(quantity <= 0 for quantity in wanted.values()):
        raise ValueError("a hold needs quantities above zero")
    if fresh:
        rest: Mapping[UUID, Decimal] = wanted
    else:
        advisory_lock("hold", cause)
        rest = _keep_known(cause, merchant_id, wanted, until)
    if rest:
        _note(cause, _take(rest, seen), until)


def look(*, lines: Sequence[HoldLine]) -> Shelves:
    """What lies there for these lines, without keeping anybody from it. Raises SoldOut when there is too little.

    Only `hold` decides, and takes the answer as its first reading; goods of overdue holds may still be given back there.
    """
    wanted = _summed(lines)
    shelves = shelves_of(wanted)
    _, short = plan(wanted=wanted, shelves=shelves)
    if short and not _some_overdue(short):
        raise SoldOut(variants=frozenset(short))
    return shelves


def extend_hold(*, cause: str, until: datetime) -> int:
    """Let what is kept for `cause` be kept until another moment; how many holds there are. 0: nothing is kept any more."""
    done = db.session.execute(_change(StockHold.cause == cause, *OPEN).values(until=until))
    return int(getattr(done, "rowcount", 0))


def release(*, cause: str, merchant_id: UUID | None = None) -> int:
    """Give back what is kept for `cause` (at one merchant, if given); how many holds that were. Again: nothing happens."""
    return _release(_of(cause, merchant_id))


def release_overdue(*, limit: int = BATCH) -> int:
    """Give back what nobody claimed in time. Only cleaning up: overdue holds count as free from their moment on."""
    overdue = select(StockHold.id).where(*OPEN, StockHold.until <= clock.now()).order_by(StockHold.id).limit(limit)
    ids = db.session.scalars(overdue.with_for_update(skip_locked=True)).all()
    return _release([StockHold.id.in_(ids)]) if ids else 0


def _summed(lines: Sequence[HoldLine]) -> dict[UUID, Decimal]:
    wanted: dict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return wanted


def _of(cause: str, merchant_id: UUID | None) -> list[Any]:
    return [StockHold.cause == cause, *([StockHold.merchant_id == merchant_id] if merchant_id else [])]


def _change(*where: Any) -> Any:
    return update(StockHold).where(*where).execution_options(synchronize_session=False)


def _keep_known(cause: str, merchant_id: UUID | None, wanted: Mapping[UUID, Decimal], until: datetime) -> dict[UUID, Decimal]:
    """What must still be taken for `cause`; what is kept too much, or for lines that are gone, is given back."""
    known = select(StockHold).where(*_of(cause, merchant_id), StockHold.released_at.is_(None))
    rows = db.session.scalars(known.order_by(StockHold.id).with_for_update()).all()
    if not rows:
        return dict(wanted)
    kept: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in rows:
        kept[row.variant_id] += row.quantity
    fitting = {variant_id for variant_id, quantity in kept.items() if wanted.get(variant_id) == quantity}
    wrong = [row.id for row in rows if row.variant_id not in fitting and row.consumed_at is None]
    right = [row.id for row in rows if row.variant_id in fitting and row.consumed_at is None and row.until != until]
    if wrong:
        _release([StockHold.id.in_(wrong)])
    if right:
        db.session.execute(_change(StockHold.id.in_(right)).values(until=until))
    return {variant_id: quantity for variant_id, quantity in wanted.items() if variant_id not in fitting}


def _note(cause: str, takes: Sequence[Take], until: datetime) -> None:
    moment = clock.now()
    quick.write(
        HOLDS,
        [
            {
                "id": uuid7(),
                "merchant_id": take.shelf.merchant_id,
                "cause": cause,
                "variant_id": take.shelf.variant_id,
                "location_id": take.shelf.location_id,
                "quantity": take.quantity,
                "until": until,
                "created_at": moment,
            }
            for take in takes
        ],
    )


def _take(wanted: Mapping[UUID, Decimal], seen: Shelves | None) -> list[Take]:
    """Promise everything wanted. One level: a guarded UPDATE alone. Several: locked in order first, then the same UPDATE."""
    for _try in range(TRIES):
        takes, short = plan(wanted=wanted, shelves=shelves_of(wanted) if seen is None else seen)
        seen = None
        if short and not _some_overdue(short):
            raise SoldOut(variants=frozenset(short))
        if short or len(takes) > 1:
            break
        if _promise(takes):
            return takes
    takes, short = plan(wanted=wanted, shelves=shelves_of(wanted, lock=True))
    if short and _reclaim(short):
        takes, short = plan(wanted=wanted, shelves=shelves_of(wanted))
    if short or not _promise(takes):
        raise SoldOut(variants=frozenset(short or wanted))
    return takes


def _promise(takes: Sequence[Take]) -> bool:
    return promise({take.shelf.level_id: take.quantity for take in takes})


def plan(*, wanted: Mapping[UUID, Decimal], shelves: Shelves) -> tuple[list[Take], set[UUID]]:
    """From which shelves to take what is wanted, and of which variants there is too little."""
    takes: list[Take] = []
    short: set[UUID] = set()
    for variant_id, quantity in wanted.items():
        found = allocate(quantity, shelves.get(variant_id, []))
        if found is None:
            short.add(variant_id)
        takes += found or []
    return takes, short


def _reclaim(short: Iterable[UUID]) -> bool:
    """Give back overdue holds at once: an expired promise must not refuse a buyer until the sweep comes.

    The caller has locked all levels that it wants, so that whoever comes second finds what the first gave back. Levels before
    holds cannot end in waiting for each other, because for holds nobody waits here: those in other hands are passed over.
    """
    ids = db.session.scalars(_overdue(short).order_by(StockHold.id).with_for_update(skip_locked=True)).all()
    return bool(ids) and _release([StockHold.id.in_(ids)]) > 0


def _some_overdue(variant_ids: Iterable[UUID]) -> bool:
    return db.session.scalar(_overdue(variant_ids).limit(1)) is not None


def _overdue(variant_ids: Iterable[UUID]) -> Select[UUID]:
    return select(StockHold.id).where(*OPEN, StockHold.until <= clock.now(), StockHold.variant_id.in_(list(variant_ids)))


def _release(which: Sequence[Any]) -> int:
    """End open holds and give their goods back: holds first, then their levels in ascending order."""
    done = db.session.execute(
        _change(*which, *OPEN)
        .values(released_at=clock.now())
        .returning(StockHold.variant_id, StockHold.location_id, StockHold.quantity)
    ).all()
    if done:
        give_back(done)
    return len(done)


def give_back(ended: Sequence[Any]) -> None:
    """Take the quantities of ended holds off what is promised at their places."""
    levels = lock_levels((row.variant_id, row.location_id) for row in ended)
    deltas: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in ended:
        deltas[levels[row.variant_id, row.location_id]] -= row.quantity
    promise(deltas)
