"""Queries of the payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, or_, select

from billing.payments.domain import ACTIVE_STATES, OperationState, PaymentState, RefundState
from billing.payments.errors import NothingCaptured, PaymentNotFound
from billing.payments.models import GatewayOperation, PaymentAllocation, PaymentIntent, Refund, WebhookEvent
from billing.search import EMPTY_SEARCH, LedgerSearch
from marketplace.kernel.db import db


def get_intent(intent_id: UUID, *, lock: bool = False) -> PaymentIntent:
    """Return the payment with this id, or raise PaymentNotFound."""
    intent: PaymentIntent | None = db.session.scalars(_by_id_stmt(PaymentIntent, lock), {"id": intent_id}).one_or_none()
    if intent is None:
        raise PaymentNotFound
    return intent


@cache
def _by_id_stmt(model: Any, lock: bool) -> Select[Any]:
    """Build the query of one row, which refreshes it. Cached, because building it costs as much as executing it."""
    stmt = select(model).where(model.id == bindparam("id")).execution_options(populate_existing=True)
    return stmt.with_for_update() if lock else stmt


def get_active_intent(reference: str, *, lock: bool = False) -> PaymentIntent | None:
    """Return the one payment of the reference that can still be paid, or None."""
    return db.session.scalars(_active_intent_stmt(lock), {"reference": reference}).one_or_none()


@cache
def _active_intent_stmt(lock: bool) -> Select[PaymentIntent]:
    stmt = select(PaymentIntent).where(
        PaymentIntent.reference == bindparam("reference"), PaymentIntent.state.in_(ACTIVE_STATES)
    )
    stmt = stmt.execution_options(populate_existing=True)
    return stmt.with_for_update() if lock else stmt


def get_captured_intent(reference: str) -> PaymentIntent | None:
    """Return the captured payment of the reference, or None."""
    return db.session.scalars(
        select(PaymentIntent).where(PaymentIntent.reference == reference, PaymentIntent.state == PaymentState.CAPTURED)
    ).one_or_none()


def get_latest_intent(reference: str) -> PaymentIntent | None:
    """Return the captured payment of the reference, else the newest one."""
    stmt = select(PaymentIntent).where(PaymentIntent.reference == reference)
    ordering = (PaymentIntent.state == PaymentState.CAPTURED).desc(), PaymentIntent.created_at.desc(), PaymentIntent.id.desc()
    return db.session.scalars(stmt.order_by(*ordering).limit(1)).first()


def get_intent_for_webhook(*, gateway_id: str, client_id: str) -> PaymentIntent | None:
    """Return the payment that a webhook concerns, by the gateway's id or by ours.

    Ours is needed if the response to the create call was lost, so that the gateway's id is unknown.
    """
    intent = db.session.scalars(select(PaymentIntent).where(PaymentIntent.gateway_id == gateway_id)).one_or_none()
    if intent is not None:
        return intent
    try:
        intent_id = UUID(client_id)
    except ValueError:
        return None
    return db.session.scalars(
        select(PaymentIntent).where(PaymentIntent.id == intent_id, PaymentIntent.gateway_id.is_(None))
    ).one_or_none()


def list_allocations(intent_id: UUID) -> Sequence[PaymentAllocation]:
    """Return the parts of a payment, always in the same order."""
    stmt = select(PaymentAllocation).where(PaymentAllocation.intent_id == intent_id).order_by(PaymentAllocation.reference)
    return db.session.scalars(stmt).all()


def get_captured_allocation(reference: str, *, lock: bool = False) -> PaymentAllocation:
    """Return the paid part of an order, or raise NothingCaptured."""
    stmt = (
        select(PaymentAllocation)
        .join(PaymentIntent, PaymentIntent.id == PaymentAllocation.intent_id)
        .where(PaymentAllocation.reference == reference, PaymentIntent.state == PaymentState.CAPTURED)
        .execution_options(populate_existing=True)
    )
    allocation = db.session.scalars(stmt.with_for_update(of=PaymentAllocation) if lock else stmt).one_or_none()
    if allocation is None:
        raise NothingCaptured
    return allocation


def get_released_allocation(reference: str) -> PaymentAllocation | None:
    """Return the paid part of an order that was released to its merchant, or None."""
    stmt = select(PaymentAllocation).where(PaymentAllocation.reference == reference, PaymentAllocation.released_at.is_not(None))
    return db.session.scalars(stmt).one_or_none()


def get_refund_by_key(key: str) -> Refund | None:
    """Return the refund with this idempotency key, or None."""
    return db.session.scalars(select(Refund).where(Refund.key == key)).one_or_none()


def get_refund(refund_id: UUID, *, lock: bool = False) -> Refund:
    """Return the refund with this id, or raise PaymentNotFound."""
    refund: Refund | None = db.session.scalars(_by_id_stmt(Refund, lock), {"id": refund_id}).one_or_none()
    if refund is None:
        raise PaymentNotFound
    return refund


def select_refunds(reference: str) -> Select[Refund]:
    """Return the query for the refunds of an order, oldest first."""
    return select(Refund).where(Refund.reference == reference).order_by(Refund.created_at, Refund.id)


def get_operation(operation_id: UUID, *, lock: bool = False) -> GatewayOperation | None:
    """Return the request to the gateway with this id, or None."""
    return db.session.scalars(_by_id_stmt(GatewayOperation, lock), {"id": operation_id}).one_or_none()


def get_operation_with_intent(operation_id: UUID) -> tuple[PaymentIntent, GatewayOperation] | None:
    """Return a request to the gateway with its payment, both locked, in one query; or None."""
    row = db.session.execute(_operation_with_intent_stmt(), {"id": operation_id}).one_or_none()
    return (row[0], row[1]) if row is not None else None


@cache
def _operation_with_intent_stmt() -> Select[PaymentIntent, GatewayOperation]:
    stmt = select(PaymentIntent, GatewayOperation).join(GatewayOperation, GatewayOperation.intent_id == PaymentIntent.id)
    return stmt.where(GatewayOperation.id == bindparam("id")).with_for_update().execution_options(populate_existing=True)


def get_operation_by_key(key: str) -> GatewayOperation | None:
    """Return the request to the gateway with this key, or None."""
    return db.session.scalars(select(GatewayOperation).where(GatewayOperation.key == key)).one_or_none()


def list_stale_operation_ids(moment: datetime, *, after: timedelta, limit: int = 100) -> Sequence[UUID]:
    """Return the requests that were not answered for some time."""
    last_activity = func.coalesce(GatewayOperation.last_attempt_at, GatewayOperation.created_at)
    stmt = select(GatewayOperation.id).where(GatewayOperation.state == OperationState.PENDING, last_activity <= moment - after)
    return db.session.scalars(stmt.order_by(GatewayOperation.created_at).limit(limit)).all()


def list_unprocessed_webhook_ids(moment: datetime, *, after: timedelta, limit: int = 100) -> Sequence[str]:
    """Return the webhooks that were not processed for some time."""
    stmt = select(WebhookEvent.event_id).where(WebhookEvent.processed_at.is_(None), WebhookEvent.received_at <= moment - after)
    return db.session.scalars(stmt.order_by(WebhookEvent.received_at).limit(limit)).all()


def get_webhook_event(event_id: str) -> WebhookEvent | None:
    """Return the stored webhook with this id, or None."""
    stmt = select(WebhookEvent).where(WebhookEvent.event_id == event_id).execution_options(populate_existing=True)
    return db.session.scalars(stmt).one_or_none()


def select_webhook_events(gateway_id: str) -> Select[WebhookEvent]:
    """Return the query for the webhooks about one payment."""
    return select(WebhookEvent).where(WebhookEvent.gateway_id == gateway_id).order_by(WebhookEvent.received_at)


def list_intents_to_poll(moment: datetime, *, every: timedelta, limit: int = 200) -> Sequence[UUID]:
    """Return active payments that may have been made while the webhook was lost."""
    due = or_(PaymentIntent.checked_at.is_(None), PaymentIntent.checked_at <= moment - every)
    stmt = select(PaymentIntent.id).where(
        PaymentIntent.state.in_((PaymentState.OPEN, PaymentState.PROCESSING)), PaymentIntent.created_at <= moment - every, due
    )
    return db.session.scalars(stmt.order_by(PaymentIntent.created_at).limit(limit)).all()


def has_paid(reference: str) -> bool:
    """Return whether a payment of this reference was captured."""
    return bool(db.session.scalar(_has_paid_stmt(), {"reference": reference}))


@cache
def _has_paid_stmt() -> Select[bool]:
    return select(
        exists().where(PaymentIntent.reference == bindparam("reference"), PaymentIntent.state == PaymentState.CAPTURED)
    )


def select_intents(
    *,
    state: PaymentState | None = None,
    search: LedgerSearch = EMPTY_SEARCH,
    mismatched_only: bool = False,
    failed_refunds_only: bool = False,
) -> Select[PaymentIntent]:
    """Return the query for the payments that match the filters, newest first.

    The search matches the payment's own reference, those of its parts, and the gateway's id.
    """
    stmt = select(PaymentIntent).order_by(PaymentIntent.created_at.desc(), PaymentIntent.id.desc())
    if state is not None:
        stmt = stmt.where(PaymentIntent.state == state)
    if search:
        allocation_filter = exists().where(
            PaymentAllocation.intent_id == PaymentIntent.id,
            search.build_filter(PaymentAllocation.reference, PaymentAllocation.merchant_id),
        )
        own_filters = (
            column.contains(search.text, autoescape=True) for column in (PaymentIntent.reference, PaymentIntent.gateway_id)
        )
        stmt = stmt.where(or_(allocation_filter, *own_filters))
    if failed_refunds_only:
        stmt = stmt.where(exists().where(Refund.intent_id == PaymentIntent.id, Refund.state == RefundState.FAILED))
    return stmt.where(PaymentIntent.mismatch != "") if mismatched_only else stmt


def select_intent_refunds(intent_id: UUID) -> Select[Refund]:
    """Return the query for the refunds of a payment."""
    return select(Refund).where(Refund.intent_id == intent_id).order_by(Refund.created_at, Refund.id)


def select_operations(intent_id: UUID) -> Select[GatewayOperation]:
    """Return the query for the requests to the gateway about a payment."""
    return (
        select(GatewayOperation)
        .where(GatewayOperation.intent_id == intent_id)
        .order_by(GatewayOperation.created_at, GatewayOperation.id)
    )


def list_refund_attempts(refund_id: UUID) -> Sequence[GatewayOperation]:
    """Return the requests to the gateway about a refund."""
    return db.session.scalars(select(GatewayOperation).where(GatewayOperation.refund_id == refund_id)).all()


def count_needs_attention() -> tuple[int, int]:
    """Return the numbers of payments that do not match the gateway's data and of rejected refunds."""
    mismatched_stmt = select(func.count()).select_from(PaymentIntent).where(PaymentIntent.mismatch != "")
    failed_refunds_stmt = select(func.count()).select_from(Refund).where(Refund.state == RefundState.FAILED)
    mismatched_count, failed_refund_count = db.session.execute(
        select(mismatched_stmt.scalar_subquery(), failed_refunds_stmt.scalar_subquery())
    ).one()
    return int(mismatched_count), int(failed_refund_count)
