"""PAY and SETTLE: no transaction of ours is open while the gateway is asked (architecture, "Checkout")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from billing.payments import queries as payment_queries
from billing.payments import services as payments
from billing.payments.models import Intent
from billing.payments.rules import LIVE, Part, State
from billing.payments.services import Opening, Payer
from marketplace.checkout.errors import NothingToPay
from marketplace.checkout.services.placing import Wish, place
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.failpoints import reach
from marketplace.orders import queries as orders
from marketplace.orders.models import OrderState, Purchase
from marketplace.orders.rules import PurchaseDraft, first_reference, order_numbers, order_word

PATIENCE = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A purchase that was ordered, and its payment, unless all its merchants look at it first."""

    number: str
    opening: Opening | None


def place_to_pay(*, wish: Wish, payer: Payer, back: Callable[[str], str]) -> Placed:
    """Order (`place`), and write down in the same transaction that the gateway will be asked for a page to pay on.

    `back` makes the address of the page to come back to from the payment's reference. After the commit: `lead`. Raises what
    `place` raises.
    """
    opened: list[Opening] = []

    def open_first(purchase: Purchase, draft: PurchaseDraft) -> None:
        numbered = zip(order_numbers(purchase.number, len(draft.orders)), draft.orders, strict=True)
        due = {number: one for number, one in numbered if one.workflow.start == OrderState.PAYMENT}
        if due:
            reference = first_reference(purchase.number)
            parts = [Part(reference=order_word(one.id), merchant_id=one.merchant_id, amount=one.total) for one in due.values()]
            words = _words(purchase.number, list(due))
            opened.append(
                payments.open_first(
                    reference=reference, payer=payer, parts=parts, description=words, return_url=back(reference)
                )
            )

    purchase = place(wish=wish, then=open_first)
    return Placed(number=purchase.number, opening=opened[0] if opened else None)


def lead(opening: Opening) -> str:
    """Ask the gateway for the page to pay on: its address. No transaction of ours is open meanwhile.

    Raises Unavailable (the order stands; pay later), PaymentOver.
    """
    reach("checkout.opened")
    url = payments.lead(opening)
    reach("checkout.started")
    return url


def pay(*, reference: str, payer: Payer, return_url: str) -> str:
    """Lead the buyer to the gateway: the address of the page to pay on. Runs under the buyer's scope, from a POST.

    Opens transactions of its own. Again: the same payment, the same page. Raises NothingToPay, AlreadyPaid,
    PaymentUnderway, Unavailable (the order stands; pay later).
    """
    with unit_of_work():
        opening = payments.begin(intent=_open(reference, payer, return_url))
    return lead(opening)


def check(*, reference: str) -> State | None:
    """Ask how the payment of this reference stands, unless somebody did a second ago. None: there never was one."""
    with unit_of_work():
        intent = payment_queries.latest_intent(reference)
        if intent is None:
            return None
        intent_id, state, asked = intent.id, intent.state, intent.checked_at
    if state not in LIVE or (asked is not None and clock.now() - asked < PATIENCE):
        return state
    return payments.settle(intent_id=intent_id)


def _open(reference: str, payer: Payer, return_url: str) -> Intent:
    payments.hold_reference(reference=reference)
    due = [one for one in orders.of_reference(reference) if one.state is OrderState.PAYMENT]
    if not due:
        raise NothingToPay
    parts = [Part(reference=order_word(one.id), merchant_id=one.merchant_id, amount=one.total) for one in due]
    description = _words(reference.split(":")[1], [one.number for one in due])
    return payments.open_intent(reference=reference, payer=payer, parts=parts, description=description, return_url=return_url)


def _words(purchase: str, orders: Sequence[str]) -> str:
    """What the gateway's page calls it."""
    if len(orders) == 1:
        return str(_("Order %(number)s", number=orders[0]))
    return str(_("Purchase %(number)s, %(count)s orders", number=purchase, count=len(orders)))
