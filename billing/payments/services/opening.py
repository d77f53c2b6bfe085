"""Opening a payment: first a row of ours, then the gateway's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert

from billing.payments import queries, rules
from billing.payments.errors import AlreadyPaid, PaymentOver, PaymentUnderway
from billing.payments.gateway import gateway
from billing.payments.models import Allocation, Intent
from billing.payments.rules import LIVE, Part, State
from billing.payments.services.cancelling import give_up
from billing.payments.services.operating import Question, ask, question_of
from billing.payments.services.planning import new_create, plan_create, write_new
from marketplace.kernel import clock, quick
from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.ids import uuid7
from tenants.scope import Purpose, working_on

ALLOCATIONS = insert(cast(Table, Allocation.__table__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, and in which language the gateway should speak."""

    buyer_id: UUID
    account_id: UUID | None = None
    locale: str = "zh_Hans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A payment on its way to the gateway: what must be asked there, if it has no page yet."""

    intent: Intent
    question: Question | None


def hold_reference(*, reference: str) -> None:
    """Let nobody else move a payment of this reference until the transaction ends.

    Payments take this lock before any row. Whoever locks rows of its own and then calls payments takes it first.
    """
    advisory_lock("payment", reference)


def open_intent(*, reference: str, payer: Payer, parts: Sequence[Part], description: str, return_url: str) -> Intent:
    """Prepare a payment (PREPARE): no money moves and nobody is asked. `begin` and `lead` then take the buyer to the gateway.

    The same parts again answer the attempt that is still open; other parts give the old attempt up and open a new one.
    Raises AlreadyPaid, PaymentUnderway (the old attempt is being processed), ValueError for parts that are none.
    """
    trouble = rules.complaint(parts)
    if trouble:
        raise ValueError(trouble)
    with working_on(Purpose.PAYMENT):
        hold_reference(reference=reference)
        if queries.has_paid(reference):
            raise AlreadyPaid
        live = queries.live_intent(reference, lock=True)
        if live is not None:
            if _same(live, payer, parts):
                return live
            if live.state is State.PROCESSING:
                raise PaymentUnderway
            give_up(live)
        return _write(reference, payer, parts, description=description, return_url=return_url)


def open_first(*, reference: str, payer: Payer, parts: Sequence[Part], description: str, return_url: str) -> Opening:
    """Prepare and begin the payment of a reference that this very transaction made, so that nobody else can know it.

    Nothing is locked or looked for: three statements. `lead` then takes the buyer to the gateway. Raises ValueError for parts
    that are none.
    """
    trouble = rules.complaint(parts)
    if trouble:
        raise ValueError(trouble)
    with working_on(Purpose.PAYMENT):
        intent = _write(reference, payer, parts, description=description, return_url=return_url)
        planned = new_create(intent=intent)
        question = question_of(planned=planned, intent=intent)
        write_new(planned)
        return Opening(intent=intent, question=question)


def _same(live: Intent, payer: Payer, parts: Sequence[Part]) -> bool:
    known = {(row.reference, row.merchant_id, row.money) for row in queries.allocations_of(live.id)}
    return live.buyer_id == payer.buyer_id and known == {(part.reference, part.merchant_id, part.amount) for part in parts}


def _write(reference: str, payer: Payer, parts: Sequence[Part], *, description: str, return_url: str) -> Intent:
    amount = rules.sum_of(parts)
    made = Intent(
        id=uuid7(),
        buyer_id=payer.buyer_id,
        payer_account_id=payer.account_id,
        reference=reference,
        amount=amount.minor,
        currency=amount.currency,
        state=State.PREPARED,
        description=description[:300],
        return_url=return_url,
        locale=payer.locale,
        gateway=gateway().name,
        created_at=clock.now(),
        failure="",
        oddity="",
    )
    db.session.add(made)
    db.session.flush()
    quick.write(ALLOCATIONS, [_allocation(made, part) for part in parts])
    return made


def _allocation(intent: Intent, part: Part) -> dict[str, Any]:
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


def begin(*, intent: Intent) -> Opening:
    """Write down that the gateway will be asked for a page, in the transaction that holds this payment.

    Raises AlreadyPaid, PaymentOver.
    """
    with working_on(Purpose.PAYMENT):
        if intent.state is State.CAPTURED:
            raise AlreadyPaid
        if intent.state not in LIVE:
            raise PaymentOver
        return Opening(
            intent=intent, question=None if intent.pay_url else question_of(planned=plan_create(intent=intent), intent=intent)
        )


def lead(opening: Opening) -> str:
    """Ask for what `begin` has written down, after its commit: the address of the page where the buyer pays.

    Opens transactions of its own and ends the one that is running: call it when your own work is done, from a POST. Begun
    again, the same payment has the same page. Raises Unavailable, PaymentOver.
    """
    intent = opening.intent
    if opening.question is not None:
        ask(opening.question)  # which reads the same row again, under its lock
    if intent.pay_url and intent.state in LIVE:
        return intent.pay_url
    if intent.state in LIVE:
        raise Unavailable
    raise PaymentOver
