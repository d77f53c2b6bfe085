"""Every question to the payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, or_, select

from billing.payments.errors import NoSuchPayment, NothingHeld
from billing.payments.models import Allocation, GatewayLetter, Intent, Operation, Refund
from billing.payments.rules import LIVE, OperationState, RefundState, State
from billing.seeking import NOTHING, Sought
from marketplace.kernel.db import db


def intent(intent_id: UUID, *, lock: bool = False) -> Intent:
    """One payment. Raises NoSuchPayment."""
    found: Intent | None = db.session.scalars(_by_id(Intent, lock), {"id": intent_id}).one_or_none()
    if found is None:
        raise NoSuchPayment
    return found


@cache
def _by_id(model: Any, lock: bool) -> Select[Any]:
    """One row, read anew: built once, because building it costs as much as running it."""
    wanted = select(model).where(model.id == bindparam("id")).execution_options(populate_existing=True)
    return wanted.with_for_update() if lock else wanted


def live_intent(reference: str, *, lock: bool = False) -> Intent | None:
    """The one attempt that may still be paid."""
    return db.session.scalars(_live(lock), {"reference": reference}).one_or_none()


@cache
def _live(lock: bool) -> Select[Intent]:
    wanted = select(Intent).where(Intent.reference == bindparam("reference"), Intent.state.in_(LIVE))
    wanted = wanted.execution_options(populate_existing=True)
    return wanted.with_for_update() if lock else wanted


def captured_intent(reference: str) -> Intent | None:
    """The one attempt that was paid and kept."""
    return db.session.scalars(select(Intent).where(Intent.reference == reference, Intent.state == State.CAPTURED)).one_or_none()


def latest_intent(reference: str) -> Intent | None:
    """The newest attempt for a reference: the captured one if there is one."""
    wanted = select(Intent).where(Intent.reference == reference)
    order = (Intent.state == State.CAPTURED).desc(), Intent.created_at.desc(), Intent.id.desc()
    return db.session.scalars(wanted.order_by(*order).limit(1)).first()


def intent_of_letter(*, gateway_id: str, client_id: str) -> Intent | None:
    """The payment a letter is about, by the gateway's name for it or by ours (its create call may have lost the answer)."""
    found = db.session.scalars(select(Intent).where(Intent.gateway_id == gateway_id)).one_or_none()
    if found is not None:
        return found
    try:
        ours = UUID(client_id)
    except ValueError:
        return None
    return db.session.scalars(select(Intent).where(Intent.id == ours, Intent.gateway_id.is_(None))).one_or_none()


def allocations_of(intent_id: UUID) -> Sequence[Allocation]:
    """The parts of a payment, always in the same order."""
    wanted = select(Allocation).where(Allocation.intent_id == intent_id).order_by(Allocation.reference)
    return db.session.scalars(wanted).all()


def captured_allocation(reference: str, *, lock: bool = False) -> Allocation:
    """The paid part of an order. Raises NothingHeld."""
    wanted = (
        select(Allocation)
        .join(Intent, Intent.id == Allocation.intent_id)
        .where(Allocation.reference == reference, Intent.state == State.CAPTURED)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(wanted.with_for_update(of=Allocation) if lock else wanted).one_or_none()
    if found is None:
        raise NothingHeld
    return found


def released_allocation(reference: str) -> Allocation | None:
    """The paid part of an order that its merchant has been given."""
    wanted = select(Allocation).where(Allocation.reference == reference, Allocation.released_at.is_not(None))
    return db.session.scalars(wanted).one_or_none()


def refund_by_key(key: str) -> Refund | None:
    """The refund that was asked under this key."""
    return db.session.scalars(select(Refund).where(Refund.key == key)).one_or_none()


def refund(refund_id: UUID, *, lock: bool = False) -> Refund:
    """One refund. Raises NoSuchPayment."""
    found: Refund | None = db.session.scalars(_by_id(Refund, lock), {"id": refund_id}).one_or_none()
    if found is None:
        raise NoSuchPayment
    return found


def refunds_of(reference: str) -> Select[Refund]:
    """What was sent back of an order, oldest first."""
    return select(Refund).where(Refund.reference == reference).order_by(Refund.created_at, Refund.id)


def operation(operation_id: UUID, *, lock: bool = False) -> Operation | None:
    """One thing asked of the gateway."""
    return db.session.scalars(_by_id(Operation, lock), {"id": operation_id}).one_or_none()


def asked(operation_id: UUID) -> tuple[Intent, Operation] | None:
    """A thing asked of the gateway with its payment, both locked, in one statement."""
    row = db.session.execute(_asked(), {"id": operation_id}).one_or_none()
    return (row[0], row[1]) if row is not None else None


@cache
def _asked() -> Select[Intent, Operation]:
    wanted = select(Intent, Operation).join(Operation, Operation.intent_id == Intent.id)
    return wanted.where(Operation.id == bindparam("id")).with_for_update().execution_options(populate_existing=True)


def operation_by_key(key: str) -> Operation | None:
    """The same by its key."""
    return db.session.scalars(select(Operation).where(Operation.key == key)).one_or_none()


def stale_operations(moment: datetime, *, after: timedelta, limit: int = 100) -> Sequence[UUID]:
    """Operations that were asked and never answered."""
    touched = func.coalesce(Operation.tried_at, Operation.created_at)
    wanted = select(Operation.id).where(Operation.state == OperationState.PENDING, touched <= moment - after)
    return db.session.scalars(wanted.order_by(Operation.created_at).limit(limit)).all()


def waiting_letters(moment: datetime, *, after: timedelta, limit: int = 100) -> Sequence[str]:
    """Letters that nobody has handled yet."""
    wanted = select(GatewayLetter.event_id).where(
        GatewayLetter.handled_at.is_(None), GatewayLetter.received_at <= moment - after
    )
    return db.session.scalars(wanted.order_by(GatewayLetter.received_at).limit(limit)).all()


def letter(event_id: str) -> GatewayLetter | None:
    """One letter of the gateway."""
    wanted = select(GatewayLetter).where(GatewayLetter.event_id == event_id).execution_options(populate_existing=True)
    return db.session.scalars(wanted).one_or_none()


def letters_of(gateway_id: str) -> Select[GatewayLetter]:
    """What the gateway wrote about one payment."""
    return select(GatewayLetter).where(GatewayLetter.gateway_id == gateway_id).order_by(GatewayLetter.received_at)


def to_poll(moment: datetime, *, every: timedelta, limit: int = 200) -> Sequence[UUID]:
    """Live payments that the buyer may have made while the letter about it was lost."""
    due = or_(Intent.checked_at.is_(None), Intent.checked_at <= moment - every)
    wanted = select(Intent.id).where(Intent.state.in_((State.OPEN, State.PROCESSING)), Intent.created_at <= moment - every, due)
    return db.session.scalars(wanted.order_by(Intent.created_at).limit(limit)).all()


def has_paid(reference: str) -> bool:
    """Whether a payment for this reference was captured."""
    return bool(db.session.scalar(_has_paid(), {"reference": reference}))


@cache
def _has_paid() -> Select[bool]:
    return select(exists().where(Intent.reference == bindparam("reference"), Intent.state == State.CAPTURED))


def intents(
    *, state: State | None = None, find: Sought = NOTHING, odd_only: bool = False, refused_only: bool = False
) -> Select[Intent]:
    """Every attempt to pay, newest first, found by its own reference, by what its parts are for, or by the gateway's word."""
    wanted = select(Intent).order_by(Intent.created_at.desc(), Intent.id.desc())
    if state is not None:
        wanted = wanted.where(Intent.state == state)
    if find:
        part = exists().where(Allocation.intent_id == Intent.id, find.within(Allocation.reference, Allocation.merchant_id))
        own = (column.contains(find.text, autoescape=True) for column in (Intent.reference, Intent.gateway_id))
        wanted = wanted.where(or_(part, *own))
    if refused_only:
        wanted = wanted.where(exists().where(Refund.intent_id == Intent.id, Refund.state == RefundState.REFUSED))
    return wanted.where(Intent.oddity != "") if odd_only else wanted


def refunds_of_intent(intent_id: UUID) -> Select[Refund]:
    """What was sent back of a payment."""
    return select(Refund).where(Refund.intent_id == intent_id).order_by(Refund.created_at, Refund.id)


def operations_of(intent_id: UUID) -> Select[Operation]:
    """What was asked of the gateway about a payment."""
    return select(Operation).where(Operation.intent_id == intent_id).order_by(Operation.created_at, Operation.id)


def attempts_of(refund_id: UUID) -> Sequence[Operation]:
    """What was asked of the gateway about a refund."""
    return db.session.scalars(select(Operation).where(Operation.refund_id == refund_id)).all()


def waiting_for_people() -> tuple[int, int]:
    """(payments where the gateway's word does not fit ours, refunds that it refused): for the console's queue."""
    odd = select(func.count()).select_from(Intent).where(Intent.oddity != "")
    refused = select(func.count()).select_from(Refund).where(Refund.state == RefundState.REFUSED)
    one, other = db.session.execute(select(odd.scalar_subquery(), refused.scalar_subquery())).one()
    return int(one), int(other)
