"""Payments for the demo market: booked like real ones, without a gateway that would have to remember them.

Whoever plants orders calls these inside its own unit of work, with the clock standing at the day of the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from billing.ledger import services as ledger
from billing.ledger.rules import Code, EntryType, Subject, credit, debit
from billing.payments import queries
from billing.payments.models import Operation, Refund
from billing.payments.rules import OperationState, Part, RefundState
from billing.payments.services import Payer, open_intent, refund
from billing.payments.services.settling import capture
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on

PLANTED = "planted"


def pay(*, reference: str, payer: Payer, parts: Sequence[Part], description: str) -> UUID:
    """A payment that was made: captured into escrow, announced like every other. Answers its id."""
    intent = open_intent(reference=reference, payer=payer, parts=parts, description=description, return_url="/")
    with working_on(Purpose.PAYMENT):
        intent.gateway, intent.gateway_id = PLANTED, f"{PLANTED}_{intent.id.hex}"
        intent.checked_at = clock.now()
        capture(intent=intent)
        db.session.flush()
    return intent.id


def give_back(*, reference_part: str, amount: Money, reason: str, key: str) -> Refund:
    """A refund that the gateway has already sent."""
    made = refund(reference_part=reference_part, amount=amount, reason=reason, key=key)
    with working_on(Purpose.PAYMENT):
        planned: Operation | None = queries.operation_by_key(f"refund:{made.id}")
        if planned is not None:
            planned.state, planned.done_at = OperationState.DONE, clock.now()
        made.state, made.gateway_id, made.done_at = RefundState.DONE, f"{PLANTED}_{made.id.hex}", clock.now()
        db.session.flush()
    transit = Subject(merchant_id=made.merchant_id, reference=made.word)
    legs = [debit(Code.REFUND_IN_TRANSIT, amount, about=transit), credit(Code.PSP_CLEARING, amount)]
    order = Subject(merchant_id=made.merchant_id, reference=reference_part)
    ledger.post(because=f"refund-paid:{made.id}", what=EntryType.REFUND_PAID, about=order, legs=legs)
    return made
