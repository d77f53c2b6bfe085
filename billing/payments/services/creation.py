"""Creation of payments: a row of ours first, then the payment at the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.payments import domain, queries
from billing.payments.domain import ACTIVE_STATES, PaymentPart, PaymentState
from billing.payments.errors import AlreadyPaid, PaymentClosed, PaymentInProgress
from billing.payments.gateway import get_gateway
from billing.payments.models import PaymentAllocation, PaymentIntent
from billing.payments.services.cancellation import cancel_locked
from billing.payments.services.gateway_calls import GatewayCall, build_call, call_gateway
from billing.payments.services.operations import build_create, enqueue_create, insert_operation
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.ids import uuid7
from tenants.isolation import AccessPurpose, with_purpose

INSERT_ALLOCATIONS = insert(cast(Table, PaymentAllocation.__table__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The buyer who pays, and the language of the gateway's page."""

    buyer_id: UUID
    account_id: UUID | None = None
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRedirect:
    """A payment that the buyer is to be redirected to, with the gateway call that is needed if it has no URL yet."""

    intent: PaymentIntent
    gateway_call: GatewayCall | None


def lock_reference(*, reference: str) -> None:
    """Lock the payments of this reference until the transaction ends.

    Payments take this lock before any row. A caller that locks rows of its own and then calls payments must take it first.
    """
    advisory_lock("payment", reference)


def create_payment(
    *, reference: str, payer: Payer, parts: Sequence[PaymentPart], description: str, return_url: str
) -> PaymentIntent:
    """Create a payment without calling the gateway: `prepare_redirect` and `start_payment` then lead the buyer there.

    The same parts again return the active payment; other parts cancel it and create a new one.

    Raises:
        AlreadyPaid: If the reference was paid.
        PaymentInProgress: If the active payment has other parts and is being processed.
        ValueError: If the parts are not a valid payment.
    """
    error = domain.parts_error(parts)
    if error:
        raise ValueError(error)
    with with_purpose(AccessPurpose.PAYMENT):
        lock_reference(reference=reference)
        if queries.has_paid(reference):
            raise AlreadyPaid
        existing = queries.get_active_intent(reference, lock=True)
        if existing is not None:
            if _is_same_payment(existing, payer, parts):
                return existing
            if existing.state is PaymentState.PROCESSING:
                raise PaymentInProgress
            cancel_locked(existing)
        return _insert_intent(reference, payer, parts, description=description, return_url=return_url)


def create_first_payment(
    *, reference: str, payer: Payer, parts: Sequence[PaymentPart], description: str, return_url: str
) -> PendingRedirect:
    """Create a payment and prepare its redirect, for a reference created in this transaction.

    No other transaction can know the reference, so nothing is locked or looked up: three SQL statements. `start_payment` then
    leads the buyer to the gateway.

    Raises:
        ValueError: If the parts are not a valid payment.
    """
    error = domain.parts_error(parts)
    if error:
        raise ValueError(error)
    with with_purpose(AccessPurpose.PAYMENT):
        intent = _insert_intent(reference, payer, parts, description=description, return_url=return_url)
        operation = build_create(intent=intent)
        gateway_call = build_call(operation=operation, intent=intent)
        insert_operation(operation)
        return PendingRedirect(intent=intent, gateway_call=gateway_call)


def _is_same_payment(existing: PaymentIntent, payer: Payer, parts: Sequence[PaymentPart]) -> bool:
    existing_parts = {(row.reference, row.merchant_id, row.money) for row in queries.list_allocations(existing.id)}
    return existing.buyer_id == payer.buyer_id and existing_parts == {
        (part.reference, part.merchant_id, part.amount) for part in parts
    }


def _insert_intent(
    reference: str, payer: Payer, parts: Sequence[PaymentPart], *, description: str, return_url: str
) -> PaymentIntent:
    amount = domain.total_amount(parts)
    intent = PaymentIntent(
        id=uuid7(),
        buyer_id=payer.buyer_id,
        payer_account_id=payer.account_id,
        reference=reference,
        amount=amount.minor,
        currency=amount.currency,
        state=PaymentState.PREPARED,
        description=description[:300],
        return_url=return_url,
        locale=payer.locale,
        gateway=get_gateway().name,
        created_at=clock.now(),
        failure="",
        mismatch="",
    )
    db.session.add(intent)
    db.session.flush()
    compiled_sql.bulk_insert(INSERT_ALLOCATIONS, [_allocation_row(intent, part) for part in parts])
    return intent


def _allocation_row(intent: PaymentIntent, part: PaymentPart) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "intent_id": intent.id,
        "buyer_id": intent.buyer_id,
        "merchant_id": part.merchant_id,
        "reference": part.reference,
        "amount": part.amount.minor,
        "currency": part.amount.currency,
        "refunded": 0,
    }


def prepare_redirect(*, intent: PaymentIntent) -> PendingRedirect:
    """Queue the creation of the payment at the gateway, in the transaction that holds this payment locked.

    Raises:
        AlreadyPaid: If the payment was captured.
        PaymentClosed: If the payment is over.
    """
    with with_purpose(AccessPurpose.PAYMENT):
        if intent.state is PaymentState.CAPTURED:
            raise AlreadyPaid
        if intent.state not in ACTIVE_STATES:
            raise PaymentClosed
        return PendingRedirect(
            intent=intent,
            gateway_call=None if intent.pay_url else build_call(operation=enqueue_create(intent=intent), intent=intent),
        )


def start_payment(redirect: PendingRedirect) -> str:
    """Execute the queued gateway call, after its commit, and return the URL of the page where the buyer pays.

    Opens its own units of work: call it from a view marked with `manages_transactions`. Starting a payment again returns the
    same page.

    Raises:
        ServiceUnavailable: If the gateway does not answer.
        PaymentClosed: If the payment is over.
    """
    intent = redirect.intent
    if redirect.gateway_call is not None:
        call_gateway(redirect.gateway_call)  # reads the same row again, locked
    if intent.pay_url and intent.state in ACTIVE_STATES:
        return intent.pay_url
    if intent.state in ACTIVE_STATES:
        raise ServiceUnavailable
    raise PaymentClosed
