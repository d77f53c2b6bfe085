"""Manual resolution of refunds that the gateway rejected: retry, or record that the money was sent another way."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _

from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, EntrySubject, EntryType, credit, debit
from billing.payments import queries
from billing.payments.domain import RefundState
from billing.payments.errors import RefundNotFailed
from billing.payments.events import Refunded
from billing.payments.models import Refund
from billing.payments.services.operations import enqueue_refund
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.events import publish
from tenants.isolation import AccessPurpose, with_purpose

MAX_NOTE_LENGTH = 200


def retry_refund(*, refund_id: UUID) -> Refund:
    """Queue the refund again, under a new key: for the old one the gateway would repeat its answer.

    Raises:
        PaymentNotFound: If the refund does not exist.
        RefundNotFailed: If the refund was not rejected.
    """
    with with_purpose(AccessPurpose.PAYMENT):
        refund = _get_failed_refund(refund_id)
        refund.state = RefundState.PENDING
        enqueue_refund(refund=refund, attempt=len(queries.list_refund_attempts(refund.id)) + 1)
        _record_audit(refund, "refund.asked_again")
    return refund


def mark_refunded_manually(*, refund_id: UUID, note: str) -> Refund:
    """Record that the platform sent the money from its own bank account.

    The amount in transit is booked against the bank instead of the gateway.

    Args:
        refund_id: The rejected refund.
        note: How the money was sent: the number of the transfer, the day.

    Raises:
        PaymentNotFound: If the refund does not exist.
        RefundNotFailed: If the refund was not rejected.
        ValidationError: If the note is empty or too long.
    """
    note = " ".join(note.split())
    if not note:
        raise ValidationError(errors={"note": _("Say how the money was sent: the bank, the day, the number of the transfer.")})
    if len(note) > MAX_NOTE_LENGTH:
        raise ValidationError(errors={"note": _("At most %(most)s characters.", most=MAX_NOTE_LENGTH)})
    with with_purpose(AccessPurpose.PAYMENT):
        refund = _get_failed_refund(refund_id)
        refund.state, refund.completed_at = RefundState.DONE, clock.now()
        ledger_services.post_entry(
            event_key=f"refund-paid:{refund.id}",
            entry_type=EntryType.REFUND_PAID,
            subject=EntrySubject(merchant_id=refund.merchant_id, reference=refund.reference),
            legs=[
                debit(
                    AccountCode.REFUND_IN_TRANSIT,
                    refund.money,
                    subject=EntrySubject(merchant_id=refund.merchant_id, reference=refund.ledger_reference),
                ),
                credit(AccountCode.BANK, refund.money),
            ],
            memo=note,
        )
        _record_audit(refund, "refund.settled_by_hand", note)
    publish(Refunded(refund_id=refund.id, reference=refund.reference, merchant_id=refund.merchant_id, amount=refund.money))
    return refund


def _get_failed_refund(refund_id: UUID) -> Refund:
    refund = queries.get_refund(refund_id, lock=True)
    if refund.state is not RefundState.FAILED:
        raise RefundNotFailed
    return refund


def _record_audit(refund: Refund, action: str, reason: str | None = None) -> None:
    payload = {"amount": str(refund.money.amount), "currency": refund.currency}
    audit.record(action, subject=("payment", refund.intent_id), merchant_id=refund.merchant_id, reason=reason, after=payload)
