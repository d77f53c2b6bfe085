"""What people decide about a refund that the gateway would not send: ask it once more, or send the money another way."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _

from billing.ledger import services as ledger
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from billing.payments import queries
from billing.payments.errors import NotRefused
from billing.payments.events import Refunded
from billing.payments.models import Refund
from billing.payments.rules import RefundState
from billing.payments.services.planning import plan_refund
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events import publish
from tenants.scope import Purpose, working_on

LONGEST = 200


def ask_again(*, refund_id: UUID) -> Refund:
    """Let the gateway be asked once more, under a key of its own: to the old one it would repeat its answer.

    Raises NoSuchPayment, NotRefused.
    """
    with working_on(Purpose.PAYMENT):
        refund = _refused(refund_id)
        refund.state = RefundState.PENDING
        plan_refund(refund=refund, attempt=len(queries.attempts_of(refund.id)) + 1)
        _record(refund, "refund.asked_again")
    return refund


def settle_by_hand(*, refund_id: UUID, note: str) -> Refund:
    """Write down that the market has sent the money from its own bank; `note` says how (a transfer's number, the day).

    What was on its way leaves the bank instead of the gateway. Raises NoSuchPayment, NotRefused; Invalid without a note.
    """
    note = " ".join(note.split())
    if not note:
        raise Invalid(errors={"note": _("Say how the money was sent: the bank, the day, the number of the transfer.")})
    if len(note) > LONGEST:
        raise Invalid(errors={"note": _("At most %(most)s characters.", most=LONGEST)})
    with working_on(Purpose.PAYMENT):
        refund = _refused(refund_id)
        refund.state, refund.done_at = RefundState.DONE, clock.now()
        ledger.post(
            because=f"refund-paid:{refund.id}",
            what=EntryType.REFUND_PAID,
            about=Subject(merchant_id=refund.merchant_id, reference=refund.reference),
            legs=[
                debit(
                    Code.REFUND_IN_TRANSIT,
                    refund.money,
                    about=Subject(merchant_id=refund.merchant_id, reference=refund.word),
                ),
                credit(Code.BANK, refund.money),
            ],
            memo=note,
        )
        _record(refund, "refund.settled_by_hand", note)
    publish(Refunded(refund_id=refund.id, reference=refund.reference, merchant_id=refund.merchant_id, amount=refund.money))
    return refund


def _refused(refund_id: UUID) -> Refund:
    refund = queries.refund(refund_id, lock=True)
    if refund.state is not RefundState.REFUSED:
        raise NotRefused
    return refund


def _record(refund: Refund, action: str, reason: str | None = None) -> None:
    said = {"amount": str(refund.money.amount), "currency": refund.currency}
    audit.record(action, subject=("payment", refund.intent_id), merchant_id=refund.merchant_id, reason=reason, after=said)
