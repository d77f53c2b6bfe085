"""Payments of the demo: posted like real ones, without a gateway that would have to store them.

The seeder of orders calls these in its own unit of work, with the clock frozen at the day of the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from billing.payments import queries
from billing.payments.domain import OperationState, PaymentPart, RefundState
from billing.payments.models import GatewayOperation, Refund
from billing.payments.services import Payer, create_payment, create_refund
from billing.payments.services.sync import capture_payment
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose

DEMO_GATEWAY = "demo"


def create_captured_payment(*, reference: str, payer: Payer, parts: Sequence[PaymentPart], description: str) -> UUID:
    """Create a payment that is captured into escrow, with its events, and return its id."""
    intent = create_payment(reference=reference, payer=payer, parts=parts, description=description, return_url="/")
    with with_purpose(AccessPurpose.PAYMENT):
        intent.gateway, intent.gateway_id = DEMO_GATEWAY, f"{DEMO_GATEWAY}_{intent.id.hex}"
        intent.checked_at = clock.now()
        capture_payment(intent=intent)
        db.session.flush()
    return intent.id


def create_completed_refund(*, order_reference: str, amount: Money, reason: str, key: str) -> Refund:
    """Create a refund that the gateway has already completed."""
    completed_refund = create_refund(order_reference=order_reference, amount=amount, reason=reason, key=key)
    with with_purpose(AccessPurpose.PAYMENT):
        operation: GatewayOperation | None = queries.get_operation_by_key(f"refund:{completed_refund.id}")
        if operation is not None:
            operation.state, operation.completed_at = OperationState.DONE, clock.now()
        completed_refund.state, completed_refund.gateway_id, completed_refund.completed_at = (
            RefundState.DONE,
            f"{DEMO_GATEWAY}_{completed_refund.id.hex}",
            clock.now(),
        )
        db.session.flush()
    refund_subject = EntrySubject(merchant_id=completed_refund.merchant_id, reference=completed_refund.ledger_reference)
    legs = [debit(AccountCode.REFUND_IN_TRANSIT, amount, subject=refund_subject), credit(AccountCode.PSP_CLEARING, amount)]
    order_subject = EntrySubject(merchant_id=completed_refund.merchant_id, reference=order_reference)
    ledger_services.post_entry(
        event_key=f"refund-paid:{completed_refund.id}", entry_type=EntryType.REFUND_PAID, subject=order_subject, legs=legs
    )
    return completed_refund
