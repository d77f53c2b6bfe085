"""Release of escrow: the money of an order is moved to the merchant, less the commission fixed at the sale."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from billing.commissions.queries import get_net_fee
from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, AccountName, EntrySubject, EntryType, credit, debit
from billing.payments import queries
from billing.payments.errors import NothingCaptured
from billing.payments.events import EscrowReleased
from billing.payments.models import PaymentAllocation
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowRelease:
    """The amounts of a release: to the merchant and to the platform."""

    to_merchant: Money
    commission: Money


def release_escrow(*, order_reference: str, merchant_id: UUID, key: str) -> EscrowRelease | None:
    """Release the escrow of this order to its merchant.

    Args:
        order_reference: The order's reference.
        merchant_id: The merchant that the order must belong to.
        key: The reason (`receipt:<order>`, `timer:<order>`), part of the event key in the ledger.

    Returns:
        The amounts, or None if nothing is left to release (refunded, or released before).

    Raises:
        NothingCaptured: If nothing was paid, or the order belongs to another merchant.
    """
    with with_purpose(AccessPurpose.PAYMENT):
        allocation = queries.get_captured_allocation(order_reference, lock=True)
        if allocation.merchant_id != merchant_id:
            raise NothingCaptured
        if allocation.released_at is not None:
            return None
        escrowed = ledger_services.lock_balance(
            name=AccountName(AccountCode.ESCROW, allocation.currency, merchant_id, order_reference)
        )
        if not escrowed:
            return None
        escrow_release = _post_release(allocation, escrowed, key)
        allocation.released_at = clock.now()
        db.session.flush()
    publish(
        EscrowReleased(
            reference=order_reference,
            merchant_id=merchant_id,
            amount=escrow_release.to_merchant,
            commission=escrow_release.commission,
        )
    )
    return escrow_release


def get_release(*, order_reference: str) -> EscrowRelease | None:
    """Return the amounts of an order's release, as its merchant may see them; None while nothing is released."""
    allocation = queries.get_released_allocation(order_reference)
    if allocation is None:
        return None
    commission = get_net_fee(allocation.reference, allocation.currency)
    return EscrowRelease(to_merchant=allocation.money - allocation.refunded_money - commission, commission=commission)


def _post_release(allocation: PaymentAllocation, escrowed: Money, key: str) -> EscrowRelease:
    subject = EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference)
    with with_purpose(AccessPurpose.SETTLEMENT):
        commission = get_net_fee(allocation.reference, allocation.currency)
    merchant_amount = escrowed - commission
    ledger_services.post_entry(
        event_key=f"release:{key}",
        entry_type=EntryType.RELEASE,
        subject=subject,
        legs=[
            debit(AccountCode.ESCROW, escrowed, subject=subject),
            credit(AccountCode.COMMISSION, commission),
            credit(AccountCode.MERCHANT_AVAILABLE, merchant_amount, subject=subject),
        ],
    )
    _offset_debt(allocation, merchant_amount, key)
    return EscrowRelease(to_merchant=merchant_amount, commission=commission)


def _offset_debt(allocation: PaymentAllocation, merchant_amount: Money, key: str) -> None:
    """Offset the merchant's debt from earlier refunds against the released amount."""
    subject = EntrySubject(merchant_id=allocation.merchant_id, reference=allocation.reference)
    owed = ledger_services.lock_balance(
        name=AccountName(AccountCode.MERCHANT_RECEIVABLE, allocation.currency, allocation.merchant_id)
    )
    offset = min(owed, merchant_amount)
    if offset:
        ledger_services.post_entry(
            event_key=f"offset:{key}",
            entry_type=EntryType.OFFSET,
            subject=subject,
            legs=[
                debit(AccountCode.MERCHANT_AVAILABLE, offset, subject=subject),
                credit(AccountCode.MERCHANT_RECEIVABLE, offset, subject=subject),
            ],
        )
