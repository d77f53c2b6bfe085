"""Refunds: posted to the ledger with the decision, executed by the gateway after the commit."""

from __future__ import annotations

from billing.commissions import services as commission_services
from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, AccountName, EntrySubject, EntryType, Leg, credit, debit
from billing.payments import domain, queries
from billing.payments.domain import RefundSources, RefundState
from billing.payments.errors import RefundConflict, RefundExceedsPayment
from billing.payments.events import RefundPosted
from billing.payments.models import PaymentAllocation, Refund
from billing.payments.services.operations import enqueue_refund
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose


def create_refund(*, order_reference: str, amount: Money, reason: str, key: str) -> Refund:
    """Refund `amount` of an order's payment to the buyer, once for each `key`.

    The amount is taken from escrow until the release, afterwards from the merchant's balance, and the rest becomes the merchant's
    debt; the commission is reversed in proportion. The gateway executes the refund after the commit.

    Raises:
        NothingCaptured: If the order was not paid.
        RefundExceedsPayment: If the amount exceeds the refundable amount.
        RefundConflict: If the key was used for another amount or order.
        ValueError: If the amount is not positive.
    """
    if amount.minor <= 0:
        raise ValueError("the amount of a refund must be positive")
    with with_purpose(AccessPurpose.PAYMENT):
        allocation = queries.get_captured_allocation(order_reference, lock=True)
        existing = queries.get_refund_by_key(key)
        if existing is not None:
            if (existing.reference, existing.money) != (order_reference, amount):
                raise RefundConflict
            return existing
        if amount > allocation.refundable:
            raise RefundExceedsPayment(left=f"{allocation.refundable.amount} {allocation.currency}")
        new_refund = _insert_refund(allocation, amount, reason=reason, key=key)
        _post_entry(allocation, new_refund)
        enqueue_refund(refund=new_refund)
    publish(
        RefundPosted(refund_id=new_refund.id, reference=new_refund.reference, merchant_id=new_refund.merchant_id, amount=amount)
    )
    return new_refund


def _insert_refund(allocation: PaymentAllocation, amount: Money, *, reason: str, key: str) -> Refund:
    new_refund = Refund(
        id=uuid7(),
        allocation_id=allocation.id,
        intent_id=allocation.intent_id,
        buyer_id=allocation.buyer_id,
        merchant_id=allocation.merchant_id,
        reference=allocation.reference,
        key=key,
        amount=amount.minor,
        currency=amount.currency,
        reason=reason[:200],
        state=RefundState.PENDING,
        created_at=clock.now(),
    )
    db.session.add(new_refund)
    db.session.flush()
    return new_refund


def _post_entry(allocation: PaymentAllocation, new_refund: Refund) -> None:
    refunded_total = Money(allocation.refunded + new_refund.amount, allocation.currency)
    reversed_commission = commission_services.reverse_fees(
        order=allocation.reference, refunded=refunded_total, paid=allocation.money, cause=new_refund.ledger_reference
    )
    available = ledger_services.lock_balance(
        name=AccountName(AccountCode.MERCHANT_AVAILABLE, allocation.currency, allocation.merchant_id)
    )
    sources = domain.split_refund(
        amount=new_refund.money,
        released=allocation.released_at is not None,
        reversed_commission=reversed_commission,
        available=available,
    )
    ledger_services.post_entry(
        event_key=f"refund:{new_refund.id}",
        entry_type=EntryType.REFUND,
        subject=EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference),
        legs=_build_legs(allocation, new_refund, sources),
        memo=new_refund.reason,
    )


def _build_legs(allocation: PaymentAllocation, new_refund: Refund, sources: RefundSources) -> list[Leg]:
    order_subject = EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference)
    refund_subject = EntrySubject(merchant_id=allocation.merchant_id, reference=new_refund.ledger_reference)
    return [
        debit(AccountCode.ESCROW, sources.escrow, subject=order_subject),
        debit(AccountCode.COMMISSION_REVERSED, sources.commission),
        debit(AccountCode.MERCHANT_AVAILABLE, sources.available, subject=order_subject),
        debit(AccountCode.MERCHANT_RECEIVABLE, sources.owed, subject=order_subject),
        credit(AccountCode.REFUND_IN_TRANSIT, new_refund.money, subject=refund_subject),
    ]
