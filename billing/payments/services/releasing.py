"""Release: what was held for an order goes to the merchant, less the commission frozen at the sale."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from billing.commissions.queries import net_fee
from billing.ledger import services as ledger
from billing.ledger.rules import AccountName, Code, EntryType, Subject, credit, debit
from billing.payments import queries
from billing.payments.errors import NothingHeld
from billing.payments.events import EscrowReleased
from billing.payments.models import Allocation
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a release moved: to the merchant, and to the market."""

    to_merchant: Money
    commission: Money


def release(*, order_reference: str, merchant_id: UUID, key: str) -> Released | None:
    """Give the merchant what is held for this order. None when nothing is left to release (refunded, or done before).

    `key` names the reason (`receipt:<order>`, `timer:<order>`) in the books. Raises NothingHeld when nothing was paid, or
    the order is another merchant's.
    """
    with working_on(Purpose.PAYMENT):
        part = queries.captured_allocation(order_reference, lock=True)
        if part.merchant_id != merchant_id:
            raise NothingHeld
        if part.released_at is not None:
            return None
        held = ledger.hold(name=AccountName(Code.ESCROW, part.currency, merchant_id, order_reference))
        if not held:
            return None
        moved = _post(part, held, key)
        part.released_at = clock.now()
        db.session.flush()
    publish(
        EscrowReleased(
            reference=order_reference, merchant_id=merchant_id, amount=moved.to_merchant, commission=moved.commission
        )
    )
    return moved


def released(*, order_reference: str) -> Released | None:
    """What the merchant and the market have of an order, as its merchant may see it; None while nothing is released."""
    part = queries.released_allocation(order_reference)
    if part is None:
        return None
    commission = net_fee(part.reference, part.currency)
    return Released(to_merchant=part.money - part.money_back - commission, commission=commission)


def _post(part: Allocation, held: Money, key: str) -> Released:
    about = Subject(merchant_id=part.merchant_id, reference=part.reference)
    with working_on(Purpose.SETTLEMENT):
        commission = net_fee(part.reference, part.currency)
    rest = held - commission
    ledger.post(
        because=f"release:{key}",
        what=EntryType.RELEASE,
        about=about,
        legs=[
            debit(Code.ESCROW, held, about=about),
            credit(Code.COMMISSION, commission),
            credit(Code.MERCHANT_AVAILABLE, rest, about=about),
        ],
    )
    _offset(part, rest, key)
    return Released(to_merchant=rest, commission=commission)


def _offset(part: Allocation, gained: Money, key: str) -> None:
    """What the merchant owes from earlier refunds is taken from what it gains (money §8, step 1)."""
    about = Subject(merchant_id=part.merchant_id, reference=part.reference)
    owed = ledger.hold(name=AccountName(Code.MERCHANT_RECEIVABLE, part.currency, part.merchant_id))
    taken = min(owed, gained)
    if taken:
        ledger.post(
            because=f"offset:{key}",
            what=EntryType.OFFSET,
            about=about,
            legs=[
                debit(Code.MERCHANT_AVAILABLE, taken, about=about),
                credit(Code.MERCHANT_RECEIVABLE, taken, about=about),
            ],
        )
