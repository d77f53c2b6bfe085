"""The one place where payments change state: the buyer's return, webhooks and the poll all call `sync_payment`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from billing.payments import domain, queries
from billing.payments.domain import STATE_ORDER, PaymentAction, PaymentState, RefundState
from billing.payments.events import (
    PaymentAutoRefunded,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
)
from billing.payments.gateway import GatewayPayment, GatewayRejected, get_gateway
from billing.payments.models import PaymentAllocation, PaymentIntent, Refund
from billing.payments.services.operations import enqueue_refund
from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db, unit_of_work
from marketplace.kernel.events import publish
from marketplace.kernel.failpoints import failpoint
from marketplace.kernel.ids import uuid7
from tenants.isolation import AccessPurpose, with_purpose


def sync_payment(*, intent_id: UUID) -> PaymentState:
    """Fetch the payment's status from the gateway and move ours accordingly. Safe to call at any time and repeatedly.

    Opens its own units of work: call it from a task, or from a view marked with `manages_transactions`.

    Raises:
        PaymentNotFound: If the payment does not exist.
        ServiceUnavailable: If the gateway does not answer.
    """
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        intent = queries.get_intent(intent_id)
        state, gateway_id, reference = intent.state, intent.gateway_id, intent.reference
    if gateway_id is None or STATE_ORDER[state] >= STATE_ORDER[PaymentState.CAPTURED]:
        return state
    gateway_payment, mismatch = _fetch_payment(gateway_id)
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        advisory_lock("payment", reference)
        intent = queries.get_intent(intent_id, lock=True)
        if gateway_payment is None:
            intent.mismatch = mismatch
        else:
            _apply_status(intent, gateway_payment)
        intent.checked_at = clock.now()
        db.session.flush()
        failpoint(f"payments.{intent.state.value}")
        state = intent.state
    failpoint("payments.settled")
    return state


def _fetch_payment(gateway_id: str) -> tuple[GatewayPayment | None, str]:
    """Fetch the payment, or return the reason of the rejection. No transaction is open here."""
    try:
        return get_gateway().fetch(gateway_id), ""
    except GatewayRejected as exc:
        return None, f"refused: {exc.reason}"


def _apply_status(intent: PaymentIntent, gateway_payment: GatewayPayment) -> None:
    action = domain.decide_action(
        state=intent.state,
        expected=intent.money,
        client_id=str(intent.id),
        gateway_payment=gateway_payment,
        already_paid=queries.has_paid(intent.reference),
    )
    ACTION_HANDLERS[action](intent, gateway_payment)


def _capture(intent: PaymentIntent, _gateway_payment: GatewayPayment) -> None:
    capture_payment(intent=intent)


def capture_payment(*, intent: PaymentIntent) -> None:
    """Post the money of a locked and paid payment to escrow, order by order, and publish PaymentCaptured."""
    intent.transition(PaymentState.CAPTURED, at=clock.now())
    allocations = queries.list_allocations(intent.id)
    for allocation in allocations:
        subject = EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference)
        legs = [
            debit(AccountCode.PSP_CLEARING, allocation.money),
            credit(AccountCode.ESCROW, allocation.money, subject=subject),
        ]
        ledger_services.post_entry(
            event_key=f"capture:{intent.id}:{allocation.reference}", entry_type=EntryType.CAPTURE, subject=subject, legs=legs
        )
    publish(
        PaymentCaptured(
            reference=intent.reference,
            intent_id=intent.id,
            buyer_id=intent.buyer_id,
            parts=tuple(allocation.reference for allocation in allocations),
            amounts=tuple(allocation.money for allocation in allocations),
            amount=intent.money,
        )
    )


def _auto_refund(intent: PaymentIntent, _gateway_payment: GatewayPayment) -> None:
    """Refund every part: the payment was made too late, or was the second one."""
    intent.transition(PaymentState.AUTO_REFUNDED, at=clock.now())
    for allocation in queries.list_allocations(intent.id):
        refund = _insert_auto_refund(allocation)
        refund_subject = EntrySubject(merchant_id=allocation.merchant_id, reference=refund.ledger_reference)
        legs = [
            debit(AccountCode.PSP_CLEARING, allocation.money),
            credit(AccountCode.REFUND_IN_TRANSIT, allocation.money, subject=refund_subject),
        ]
        ledger_services.post_entry(
            event_key=f"late:{intent.id}:{allocation.reference}",
            entry_type=EntryType.LATE_PAYMENT,
            subject=EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference),
            legs=legs,
        )
        enqueue_refund(refund=refund)
    publish(PaymentAutoRefunded(reference=intent.reference, intent_id=intent.id, amount=intent.money))


def _insert_auto_refund(allocation: PaymentAllocation) -> Refund:
    refund = Refund(
        id=uuid7(),
        allocation_id=allocation.id,
        intent_id=allocation.intent_id,
        buyer_id=allocation.buyer_id,
        merchant_id=allocation.merchant_id,
        reference=allocation.reference,
        key=f"late:{allocation.id}",
        amount=allocation.amount,
        currency=allocation.currency,
        reason="late",
        state=RefundState.PENDING,
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def _open(intent: PaymentIntent, gateway_payment: GatewayPayment) -> None:
    intent.transition(PaymentState.OPEN, at=clock.now())
    intent.pay_url = intent.pay_url or gateway_payment.pay_url


def _process(intent: PaymentIntent, _gateway_payment: GatewayPayment) -> None:
    intent.transition(PaymentState.PROCESSING, at=clock.now())
    publish(PaymentProcessing(reference=intent.reference, intent_id=intent.id))


def _fail(intent: PaymentIntent, gateway_payment: GatewayPayment) -> None:
    intent.transition(PaymentState.FAILED, at=clock.now())
    intent.failure = gateway_payment.failure[:100]
    publish(PaymentFailed(reference=intent.reference, intent_id=intent.id, reason=gateway_payment.failure))


def _expire(intent: PaymentIntent, _gateway_payment: GatewayPayment) -> None:
    intent.transition(PaymentState.EXPIRED, at=clock.now())
    publish(PaymentExpired(reference=intent.reference, intent_id=intent.id))


def _flag_mismatch(intent: PaymentIntent, gateway_payment: GatewayPayment) -> None:
    """Record that amount, currency or id differ: nothing moves until platform staff has resolved it."""
    intent.mismatch = (
        f"the gateway says {gateway_payment.amount.minor} {gateway_payment.amount.currency} for {gateway_payment.client_id}"
    )


def _noop(_intent: PaymentIntent, _gateway_payment: GatewayPayment) -> None:
    """Change nothing: our state is the gateway's."""


ACTION_HANDLERS: dict[PaymentAction, Callable[[PaymentIntent, GatewayPayment], None]] = {
    PaymentAction.NOOP: _noop,
    PaymentAction.OPEN: _open,
    PaymentAction.PROCESS: _process,
    PaymentAction.CAPTURE: _capture,
    PaymentAction.AUTO_REFUND: _auto_refund,
    PaymentAction.FAIL: _fail,
    PaymentAction.EXPIRE: _expire,
    PaymentAction.FLAG_MISMATCH: _flag_mismatch,
}
