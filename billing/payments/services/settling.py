"""The one place where a payment moves: the buyer's return, the gateway's letter and our own poll all come here."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from billing.ledger import services as ledger
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from billing.payments import queries, rules
from billing.payments.events import (
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
    PaymentReturned,
)
from billing.payments.gateway import GatewayRefused, Remote, gateway
from billing.payments.models import Allocation, Intent, Refund
from billing.payments.rules import RANK, RefundState, State, Verdict
from billing.payments.services.planning import plan_refund
from marketplace.kernel import clock
from marketplace.kernel.db import advisory_lock, db, unit_of_work
from marketplace.kernel.events import publish
from marketplace.kernel.failpoints import reach
from marketplace.kernel.ids import uuid7
from tenants.scope import Purpose, working_on


def settle(*, intent_id: UUID) -> State:
    """Ask the gateway how the payment stands and move ours accordingly (SETTLE). Safe to call at any time, any number of times.

    Opens its own transactions and ends the one that is running: call it when your own work is done, from a POST or a task.
    Raises Unavailable, NoSuchPayment.
    """
    with unit_of_work(), working_on(Purpose.PAYMENT):
        intent = queries.intent(intent_id)
        state, gateway_id, reference = intent.state, intent.gateway_id, intent.reference
    if gateway_id is None or RANK[state] >= RANK[State.CAPTURED]:
        return state
    remote, trouble = _look(gateway_id)
    with unit_of_work(), working_on(Purpose.PAYMENT):
        advisory_lock("payment", reference)
        intent = queries.intent(intent_id, lock=True)
        if remote is None:
            intent.oddity = trouble
        else:
            _apply(intent, remote)
        intent.checked_at = clock.now()
        db.session.flush()
        reach(f"payments.{intent.state.value}")
        state = intent.state
    reach("payments.settled")
    return state


def _look(gateway_id: str) -> tuple[Remote | None, str]:
    """The gateway's word. No transaction is open here."""
    try:
        return gateway().fetch(gateway_id), ""
    except GatewayRefused as refusal:
        return None, f"refused: {refusal.reason}"


def _apply(intent: Intent, remote: Remote) -> None:
    verdict = rules.judge(
        state=intent.state,
        expected=intent.money,
        client_id=str(intent.id),
        remote=remote,
        already_paid=queries.has_paid(intent.reference),
    )
    DEEDS[verdict](intent, remote)


def _capture(intent: Intent, _remote: Remote) -> None:
    capture(intent=intent)


def capture(*, intent: Intent) -> None:
    """Put the money of a payment into escrow, order by order, and say so. The row must be locked, and the money there."""
    intent.move(State.CAPTURED, at=clock.now())
    parts = queries.allocations_of(intent.id)
    for part in parts:
        about = Subject(merchant_id=part.merchant_id, reference=part.reference)
        legs = [debit(Code.PSP_CLEARING, part.money), credit(Code.ESCROW, part.money, about=about)]
        ledger.post(because=f"capture:{intent.id}:{part.reference}", what=EntryType.CAPTURE, about=about, legs=legs)
    publish(
        PaymentCaptured(
            reference=intent.reference,
            intent_id=intent.id,
            buyer_id=intent.buyer_id,
            parts=tuple(part.reference for part in parts),
            amounts=tuple(part.money for part in parts),
            amount=intent.money,
        )
    )


def _return(intent: Intent, _remote: Remote) -> None:
    """Too late, or the second time: every part goes straight from the gateway back to it."""
    intent.move(State.RETURNED, at=clock.now())
    for part in queries.allocations_of(intent.id):
        refund = _late_refund(part)
        about = Subject(merchant_id=part.merchant_id, reference=refund.word)
        legs = [debit(Code.PSP_CLEARING, part.money), credit(Code.REFUND_IN_TRANSIT, part.money, about=about)]
        ledger.post(
            because=f"late:{intent.id}:{part.reference}",
            what=EntryType.LATE_PAYMENT,
            about=Subject(merchant_id=part.merchant_id, reference=part.reference),
            legs=legs,
        )
        plan_refund(refund=refund)
    publish(PaymentReturned(reference=intent.reference, intent_id=intent.id, amount=intent.money))


def _late_refund(part: Allocation) -> Refund:
    made = Refund(
        id=uuid7(),
        allocation_id=part.id,
        intent_id=part.intent_id,
        buyer_id=part.buyer_id,
        merchant_id=part.merchant_id,
        reference=part.reference,
        key=f"late:{part.id}",
        amount=part.amount,
        currency=part.currency,
        reason="late",
        state=RefundState.PENDING,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _open(intent: Intent, remote: Remote) -> None:
    intent.move(State.OPEN, at=clock.now())
    intent.pay_url = intent.pay_url or remote.pay_url


def _process(intent: Intent, _remote: Remote) -> None:
    intent.move(State.PROCESSING, at=clock.now())
    publish(PaymentProcessing(reference=intent.reference, intent_id=intent.id))


def _fail(intent: Intent, remote: Remote) -> None:
    intent.move(State.FAILED, at=clock.now())
    intent.failure = remote.failure[:100]
    publish(PaymentFailed(reference=intent.reference, intent_id=intent.id, reason=remote.failure))


def _expire(intent: Intent, _remote: Remote) -> None:
    intent.move(State.EXPIRED, at=clock.now())
    publish(PaymentExpired(reference=intent.reference, intent_id=intent.id))


def _wonder(intent: Intent, remote: Remote) -> None:
    """Amount, currency or name do not fit: nothing moves, people look."""
    intent.oddity = f"the gateway says {remote.amount.minor} {remote.amount.currency} for {remote.client_id}"


def _nothing(_intent: Intent, _remote: Remote) -> None:
    """It stands as we know it."""


DEEDS: dict[Verdict, Callable[[Intent, Remote], None]] = {
    Verdict.NOTHING: _nothing,
    Verdict.OPEN: _open,
    Verdict.PROCESS: _process,
    Verdict.CAPTURE: _capture,
    Verdict.RETURN: _return,
    Verdict.FAIL: _fail,
    Verdict.EXPIRE: _expire,
    Verdict.ODD: _wonder,
}
