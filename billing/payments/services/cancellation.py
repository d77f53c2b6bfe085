"""Cancellation of unpaid payments."""

from __future__ import annotations

from billing.payments import queries
from billing.payments.domain import PaymentState
from billing.payments.errors import PaymentInProgress
from billing.payments.models import PaymentIntent
from billing.payments.services.operations import enqueue_expire
from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db
from tenants.isolation import AccessPurpose, with_purpose


def cancel_payment(*, reference: str) -> bool:
    """Cancel the active payment of this reference; return False if there is none.

    Money that is paid nevertheless is refunded automatically. Call `sync_payment` before, so that a payment which the buyer has
    just made is captured and not cancelled.

    Raises:
        PaymentInProgress: If the reference was paid, or its payment is being processed. Refund it, or wait for the result.
    """
    with with_purpose(AccessPurpose.PAYMENT):
        advisory_lock("payment", reference)
        if queries.has_paid(reference):
            raise PaymentInProgress
        intent = queries.get_active_intent(reference, lock=True)
        if intent is None:
            return False
        if intent.state is PaymentState.PROCESSING:
            raise PaymentInProgress
        cancel_locked(intent)
    return True


def cancel_locked(intent: PaymentIntent) -> None:
    """Mark a locked payment as cancelled, and queue its expiry at the gateway if it may be open there."""
    intent.transition(PaymentState.CANCELLED, at=clock.now())
    db.session.flush()
    if intent.gateway_id is not None:
        enqueue_expire(intent=intent)
