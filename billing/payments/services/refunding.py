"""Sending money back: in the books with the decision, by the gateway after the commit (money §7)."""

from __future__ import annotations

from billing.commissions import services as commissions
from billing.ledger import services as ledger
from billing.ledger.rules import AccountName, Code, EntryType, Leg, Subject, credit, debit
from billing.payments import queries, rules
from billing.payments.errors import RefundSaidDifferently, TooMuch
from billing.payments.events import RefundPosted
from billing.payments.models import Allocation, Refund
from billing.payments.rules import Funding, RefundState
from billing.payments.services.planning import plan_refund
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on


def refund(*, reference_part: str, amount: Money, reason: str, key: str) -> Refund:
    """Give the buyer back `amount` of what was paid for an order (`reference_part`), once for each `key`.

    Taken from escrow while the order is held, afterwards from the merchant's balance, and what is missing becomes the
    merchant's debt; the commission is given back in proportion. The gateway sends the money after the commit.
    Raises TooMuch, NothingHeld, RefundSaidDifferently; ValueError for an amount that is not above zero.
    """
    if amount.minor <= 0:
        raise ValueError("a refund is above zero")
    with working_on(Purpose.PAYMENT):
        part = queries.captured_allocation(reference_part, lock=True)
        known = queries.refund_by_key(key)
        if known is not None:
            if (known.reference, known.money) != (reference_part, amount):
                raise RefundSaidDifferently
            return known
        if amount > part.left:
            raise TooMuch(left=f"{part.left.amount} {part.currency}")
        made = _write(part, amount, reason=reason, key=key)
        _post(part, made)
        plan_refund(refund=made)
    publish(RefundPosted(refund_id=made.id, reference=made.reference, merchant_id=made.merchant_id, amount=amount))
    return made


def _write(part: Allocation, amount: Money, *, reason: str, key: str) -> Refund:
    made = Refund(
        id=uuid7(),
        allocation_id=part.id,
        intent_id=part.intent_id,
        buyer_id=part.buyer_id,
        merchant_id=part.merchant_id,
        reference=part.reference,
        key=key,
        amount=amount.minor,
        currency=amount.currency,
        reason=reason[:200],
        state=RefundState.PENDING,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _post(part: Allocation, made: Refund) -> None:
    so_far = Money(part.refunded + made.amount, part.currency)
    back = commissions.give_back(order=part.reference, refunded=so_far, paid=part.money, cause=made.word)
    available = ledger.hold(name=AccountName(Code.MERCHANT_AVAILABLE, part.currency, part.merchant_id))
    funding = rules.fund(amount=made.money, released=part.released_at is not None, commission_back=back, available=available)
    ledger.post(
        because=f"refund:{made.id}",
        what=EntryType.REFUND,
        about=Subject(merchant_id=part.merchant_id, reference=part.reference),
        legs=_legs(part, made, funding),
        memo=made.reason,
    )


def _legs(part: Allocation, made: Refund, funding: Funding) -> list[Leg]:
    order = Subject(merchant_id=part.merchant_id, reference=part.reference)
    transit = Subject(merchant_id=part.merchant_id, reference=made.word)
    return [
        debit(Code.ESCROW, funding.escrow, about=order),
        debit(Code.COMMISSION_REVERSED, funding.commission),
        debit(Code.MERCHANT_AVAILABLE, funding.available, about=order),
        debit(Code.MERCHANT_RECEIVABLE, funding.owed, about=order),
        credit(Code.REFUND_IN_TRANSIT, made.money, about=transit),
    ]
