"""Calls to the gateway.

A request is committed before it is sent, no transaction is open while it is sent, and a retry repeats it exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from billing.payments import queries
from billing.payments.domain import ACTIVE_STATES, OperationKind, OperationState, PaymentState, RefundState
from billing.payments.events import PaymentFailed, Refunded
from billing.payments.gateway import GatewayPayment, GatewayRefund, GatewayRejected, GatewayStatus, PaymentRequest, get_gateway
from billing.payments.models import GatewayOperation, PaymentIntent
from billing.payments.services.operations import enqueue_expire
from billing.payments.services.sync import sync_payment
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.events import publish
from marketplace.kernel.failpoints import failpoint
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose

KEY_LIFETIME = timedelta(hours=20)
"""Gateways forget idempotency keys after a day: before an older refund is sent again, it is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """The parameters of a call as plain values: no database object is used while the gateway is called."""

    operation_id: UUID
    kind: OperationKind
    key: str
    intent_id: UUID
    gateway_id: str | None
    money: Money
    params: dict[str, Any]
    queued_at: datetime
    refund_id: UUID | None


def execute_operation(*, operation_id: UUID) -> bool:
    """Send a queued request to the gateway and store the result. Safe to run repeatedly, concurrently, and after a crash.

    Returns:
        True if the gateway executed the request; False if there was nothing to do or the gateway rejected it.

    Raises:
        ServiceUnavailable: If the gateway did not answer: `retry_stuck` repeats the request with the same key and parameters.
    """
    call = _prepare_call(operation_id)
    return call is not None and call_gateway(call)


def call_gateway(call: GatewayCall) -> bool:
    """Send a prepared call.

    This is the second half of `execute_operation`, for callers that used `build_call` in their own transaction.
    """
    failpoint(f"payments.{call.kind.value}.asked")
    try:
        result = _send_call(call)
    except GatewayRejected as exc:
        with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
            _on_rejected(call, exc.reason)
        return False
    failpoint(f"payments.{call.kind.value}.answered")
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        RESULT_HANDLERS[call.kind](call, result)
    if isinstance(result, GatewayPayment) and call.kind is OperationKind.EXPIRE and result.status is GatewayStatus.PAID:
        sync_payment(intent_id=call.intent_id)
    return True


def _prepare_call(operation_id: UUID) -> GatewayCall | None:
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        operation = queries.get_operation(operation_id, lock=True)
        return (
            build_call(operation=operation, intent=queries.get_intent(operation.intent_id)) if operation is not None else None
        )


def build_call(*, operation: GatewayOperation, intent: PaymentIntent) -> GatewayCall | None:
    """Count an attempt and return its call; None if the request was answered before or its payment is not created yet.

    The caller holds a lock on the operation, or on its payment.
    """
    if operation.state is not OperationState.PENDING:
        return None
    operation.attempts, operation.last_attempt_at = operation.attempts + 1, clock.now()
    if intent.gateway_id is None and operation.kind is not OperationKind.CREATE:
        return None
    money = queries.get_refund(operation.refund_id).money if operation.refund_id else intent.money
    return GatewayCall(
        operation_id=operation.id,
        kind=operation.kind,
        key=operation.key,
        intent_id=intent.id,
        gateway_id=intent.gateway_id,
        money=money,
        params=dict(operation.params),
        queued_at=operation.created_at,
        refund_id=operation.refund_id,
    )


def _send_call(call: GatewayCall) -> GatewayPayment | GatewayRefund:
    """Send the call. No transaction is open here."""
    if call.kind is OperationKind.CREATE:
        return get_gateway().create(
            PaymentRequest(client_id=str(call.intent_id), amount=call.money, **call.params), key=call.key
        )
    gateway_id = call.gateway_id or ""
    if call.kind is OperationKind.EXPIRE:
        return get_gateway().expire(gateway_id, key=call.key)
    client_id = str(call.refund_id)
    if clock.now() - call.queued_at > KEY_LIFETIME:
        for existing_refund in get_gateway().list_refunds(gateway_id):
            if existing_refund.client_id == client_id:
                return existing_refund
    return get_gateway().refund(gateway_id, client_id=client_id, amount=call.money, key=call.key)


def _lock_pending_operation(call: GatewayCall) -> GatewayOperation | None:
    """Lock and return the operation, or None if a result was stored concurrently."""
    operation = queries.get_operation(call.operation_id, lock=True)
    return operation if operation is not None and operation.state is OperationState.PENDING else None


def _on_created(call: GatewayCall, result: Any) -> None:
    row = queries.get_operation_with_intent(call.operation_id)
    if row is None or row[1].state is not OperationState.PENDING:
        return
    intent, operation = row
    if intent.gateway_id is None:
        intent.gateway_id, intent.pay_url = result.id, result.pay_url
    if intent.state is PaymentState.PREPARED:
        intent.transition(PaymentState.OPEN, at=clock.now())
    elif intent.state not in ACTIVE_STATES:
        enqueue_expire(intent=intent)
    _complete(operation)


def _on_expired(call: GatewayCall, _result: Any) -> None:
    operation = _lock_pending_operation(call)
    if operation is not None:
        _complete(operation)


def _on_refunded(call: GatewayCall, result: Any) -> None:
    if call.refund_id is None:
        return
    refund = queries.get_refund(call.refund_id, lock=True)
    operation = _lock_pending_operation(call)
    if operation is None:
        return
    refund.state, refund.gateway_id, refund.completed_at = RefundState.DONE, result.id, clock.now()
    refund_subject = EntrySubject(merchant_id=refund.merchant_id, reference=refund.ledger_reference)
    legs = [
        debit(AccountCode.REFUND_IN_TRANSIT, refund.money, subject=refund_subject),
        credit(AccountCode.PSP_CLEARING, refund.money),
    ]
    order_subject = EntrySubject(merchant_id=refund.merchant_id, reference=refund.reference)
    ledger_services.post_entry(
        event_key=f"refund-paid:{refund.id}", entry_type=EntryType.REFUND_PAID, subject=order_subject, legs=legs
    )
    publish(Refunded(refund_id=refund.id, reference=refund.reference, merchant_id=refund.merchant_id, amount=refund.money))
    _complete(operation)


def _complete(operation: GatewayOperation) -> None:
    operation.state, operation.completed_at, operation.last_error = OperationState.DONE, clock.now(), ""


def _on_rejected(call: GatewayCall, reason: str) -> None:
    """Store a rejection.

    A payment that could not be created has failed; a refund stays in transit until it is resolved manually.
    """
    intent = queries.get_intent(call.intent_id, lock=True)
    refund = queries.get_refund(call.refund_id, lock=True) if call.refund_id else None
    operation = _lock_pending_operation(call)
    if operation is None:
        return
    operation.state, operation.completed_at, operation.last_error = OperationState.FAILED, clock.now(), reason
    if refund is not None:
        refund.state = RefundState.FAILED
    if call.kind is OperationKind.CREATE and intent.state in ACTIVE_STATES:
        intent.transition(PaymentState.FAILED, at=clock.now())
        intent.failure = reason[:100]
        publish(PaymentFailed(reference=intent.reference, intent_id=intent.id, reason=reason))


RESULT_HANDLERS: dict[OperationKind, Callable[[GatewayCall, Any], None]] = {
    OperationKind.CREATE: _on_created,
    OperationKind.EXPIRE: _on_expired,
    OperationKind.REFUND: _on_refunded,
}
