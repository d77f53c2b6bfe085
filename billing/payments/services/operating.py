"""Asking the gateway: what was planned is committed, the call stands between two transactions, a retry repeats it exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from billing.ledger import services as ledger
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from billing.payments import queries
from billing.payments.events import PaymentFailed, Refunded
from billing.payments.gateway import GatewayRefused, Remote, RemoteRefund, Request, Standing, gateway
from billing.payments.models import Intent, Operation
from billing.payments.rules import LIVE, OperationKind, OperationState, RefundState, State
from billing.payments.services.planning import plan_expire
from billing.payments.services.settling import settle
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.events import publish
from marketplace.kernel.failpoints import reach
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on

KEYS_LAST = timedelta(hours=20)
"""Gateways forget keys after a day: what is older is looked up before it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, as plain values: nothing of the database is held while the gateway thinks."""

    operation_id: UUID
    kind: OperationKind
    key: str
    intent_id: UUID
    gateway_id: str | None
    money: Money
    params: dict[str, Any]
    planned_at: datetime
    refund_id: UUID | None


def carry_out(*, operation_id: UUID) -> bool:
    """Ask the gateway what was planned, and write down its answer. Safe to run twice, at once, and after a crash.

    False when there was nothing to do or the gateway refused. Raises Unavailable when it did not answer: the sweep asks
    again with the same key and the same words.
    """
    question = _prepare(operation_id)
    return question is not None and ask(question)


def ask(question: Question) -> bool:
    """The second half of `carry_out`, for who has counted the try in a transaction of its own (`question_of`)."""
    reach(f"payments.{question.kind.value}.asked")
    try:
        answer = _ask(question)
    except GatewayRefused as refusal:
        with unit_of_work(), working_on(Purpose.PAYMENT):
            _refused(question, refusal.reason)
        return False
    reach(f"payments.{question.kind.value}.answered")
    with unit_of_work(), working_on(Purpose.PAYMENT):
        APPLY[question.kind](question, answer)
    if isinstance(answer, Remote) and question.kind is OperationKind.EXPIRE and answer.standing is Standing.PAID:
        settle(intent_id=question.intent_id)
    return True


def _prepare(operation_id: UUID) -> Question | None:
    with unit_of_work(), working_on(Purpose.PAYMENT):
        planned = queries.operation(operation_id, lock=True)
        return question_of(planned=planned, intent=queries.intent(planned.intent_id)) if planned is not None else None


def question_of(*, planned: Operation, intent: Intent) -> Question | None:
    """What an operation asks, its try counted; None when it was answered already or its payment is not open yet.

    The caller holds the operation, or its payment, against everybody else.
    """
    if planned.state is not OperationState.PENDING:
        return None
    planned.tries, planned.tried_at = planned.tries + 1, clock.now()
    if intent.gateway_id is None and planned.kind is not OperationKind.CREATE:
        return None
    money = queries.refund(planned.refund_id).money if planned.refund_id else intent.money
    return Question(
        operation_id=planned.id,
        kind=planned.kind,
        key=planned.key,
        intent_id=intent.id,
        gateway_id=intent.gateway_id,
        money=money,
        params=dict(planned.params),
        planned_at=planned.created_at,
        refund_id=planned.refund_id,
    )


def _ask(question: Question) -> Remote | RemoteRefund:
    """The call itself. No transaction is open here."""
    if question.kind is OperationKind.CREATE:
        return gateway().create(
            Request(client_id=str(question.intent_id), amount=question.money, **question.params), key=question.key
        )
    gateway_id = question.gateway_id or ""
    if question.kind is OperationKind.EXPIRE:
        return gateway().expire(gateway_id, key=question.key)
    client_id = str(question.refund_id)
    if clock.now() - question.planned_at > KEYS_LAST:
        for known in gateway().refunds(gateway_id):
            if known.client_id == client_id:
                return known
    return gateway().refund(gateway_id, client_id=client_id, amount=question.money, key=question.key)


def _open(question: Question) -> Operation | None:
    """The operation under its lock, if nobody wrote an answer meanwhile."""
    planned = queries.operation(question.operation_id, lock=True)
    return planned if planned is not None and planned.state is OperationState.PENDING else None


def _created(question: Question, answer: Any) -> None:
    found = queries.asked(question.operation_id)
    if found is None or found[1].state is not OperationState.PENDING:
        return
    intent, planned = found
    if intent.gateway_id is None:
        intent.gateway_id, intent.pay_url = answer.id, answer.pay_url
    if intent.state is State.PREPARED:
        intent.move(State.OPEN, at=clock.now())
    elif intent.state not in LIVE:
        plan_expire(intent=intent)
    _done(planned)


def _expired(question: Question, _answer: Any) -> None:
    planned = _open(question)
    if planned is not None:
        _done(planned)


def _refunded(question: Question, answer: Any) -> None:
    if question.refund_id is None:
        return
    refund = queries.refund(question.refund_id, lock=True)
    planned = _open(question)
    if planned is None:
        return
    refund.state, refund.gateway_id, refund.done_at = RefundState.DONE, answer.id, clock.now()
    about = Subject(merchant_id=refund.merchant_id, reference=refund.word)
    legs = [debit(Code.REFUND_IN_TRANSIT, refund.money, about=about), credit(Code.PSP_CLEARING, refund.money)]
    order = Subject(merchant_id=refund.merchant_id, reference=refund.reference)
    ledger.post(because=f"refund-paid:{refund.id}", what=EntryType.REFUND_PAID, about=order, legs=legs)
    publish(Refunded(refund_id=refund.id, reference=refund.reference, merchant_id=refund.merchant_id, amount=refund.money))
    _done(planned)


def _done(planned: Operation) -> None:
    planned.state, planned.done_at, planned.trouble = OperationState.DONE, clock.now(), ""


def _refused(question: Question, reason: str) -> None:
    """The gateway will not. A payment that cannot be opened has failed; a refund waits for people, its money in transit."""
    intent = queries.intent(question.intent_id, lock=True)
    refund = queries.refund(question.refund_id, lock=True) if question.refund_id else None
    planned = _open(question)
    if planned is None:
        return
    planned.state, planned.done_at, planned.trouble = OperationState.REFUSED, clock.now(), reason
    if refund is not None:
        refund.state = RefundState.REFUSED
    if question.kind is OperationKind.CREATE and intent.state in LIVE:
        intent.move(State.FAILED, at=clock.now())
        intent.failure = reason[:100]
        publish(PaymentFailed(reference=intent.reference, intent_id=intent.id, reason=reason))


APPLY: dict[OperationKind, Callable[[Question, Any], None]] = {
    OperationKind.CREATE: _created,
    OperationKind.EXPIRE: _expired,
    OperationKind.REFUND: _refunded,
}
