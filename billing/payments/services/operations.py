"""The queue of requests to the gateway: they are stored before they are sent."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.payments import queries
from billing.payments.domain import OperationKind, OperationState
from billing.payments.events import GatewayOperationQueued
from billing.payments.models import GatewayOperation, PaymentIntent, Refund
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7

OPERATIONS_TABLE = cast(Table, GatewayOperation.__table__)
INSERT_OPERATION = insert(OPERATIONS_TABLE)


def enqueue_create(*, intent: PaymentIntent) -> GatewayOperation:
    """Queue the creation of this payment. No event is published, because the caller sends the request itself."""
    return _enqueue(OperationKind.CREATE, intent_id=intent.id, key_suffix=str(intent.id), params=_create_params(intent))


def build_create(*, intent: PaymentIntent) -> GatewayOperation:
    """Build the creation request of a payment that was created in this transaction; to be stored with `insert_operation`."""
    return _build_operation(
        OperationKind.CREATE, _operation_key(OperationKind.CREATE, str(intent.id)), intent.id, None, _create_params(intent)
    )


def insert_operation(operation: GatewayOperation) -> None:
    """Insert a new operation without the ORM's unit of work, whose overhead is as high as the cost of the SQL statement."""
    compiled_sql.bulk_insert(
        INSERT_OPERATION, [{column.key: getattr(operation, column.key) for column in OPERATIONS_TABLE.columns}]
    )


def enqueue_expire(*, intent: PaymentIntent) -> None:
    """Queue the expiry of this payment at the gateway; it is sent soon after the commit."""
    operation = _enqueue(OperationKind.EXPIRE, intent_id=intent.id, key_suffix=str(intent.id))
    publish(GatewayOperationQueued(operation_id=operation.id))


def enqueue_refund(*, refund: Refund, attempt: int = 1) -> None:
    """Queue this refund; it is sent soon after the commit. Every further attempt has its own key."""
    key_suffix = f"{refund.id}:{attempt}" if attempt > 1 else str(refund.id)
    operation = _enqueue(OperationKind.REFUND, intent_id=refund.intent_id, key_suffix=key_suffix, refund_id=refund.id)
    publish(GatewayOperationQueued(operation_id=operation.id))


def _enqueue(
    kind: OperationKind,
    *,
    intent_id: UUID,
    key_suffix: str,
    refund_id: UUID | None = None,
    params: dict[str, Any] | None = None,
) -> GatewayOperation:
    key = _operation_key(kind, key_suffix)
    existing = queries.get_operation_by_key(key)
    if existing is not None:
        return existing
    operation = _build_operation(kind, key, intent_id, refund_id, params or {})
    db.session.add(operation)
    db.session.flush()
    return operation


def _operation_key(kind: OperationKind, key_suffix: str) -> str:
    return f"{kind.value}:{key_suffix}"


def _build_operation(
    kind: OperationKind, key: str, intent_id: UUID, refund_id: UUID | None, params: dict[str, Any]
) -> GatewayOperation:
    return GatewayOperation(
        id=uuid7(),
        kind=kind,
        key=key,
        intent_id=intent_id,
        refund_id=refund_id,
        params=params,
        state=OperationState.PENDING,
        created_at=clock.now(),
        attempts=0,
        last_error="",
    )


def _create_params(intent: PaymentIntent) -> dict[str, Any]:
    return {"description": intent.description, "return_url": intent.return_url, "locale": intent.locale}
