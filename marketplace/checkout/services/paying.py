"""PAY and SETTLE: no transaction of ours is open while the gateway is asked (architecture, "Checkout")."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from billing.payments import queries as payment_queries
from billing.payments import services as payments
from billing.payments.models import Intent
from billing.payments.rules import LIVE, Part, State
from billing.payments.services import Payer
from marketplace.checkout.errors import NothingToPay
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.failpoints import reach
from marketplace.orders import queries as orders
from marketplace.orders.models import OrderState
from marketplace.orders.rules import order_word

PATIENCE = timedelta(seconds=1)


def pay(*, reference: str, payer: Payer, return_url: str) -> str:
    """Lead the buyer to the gateway: the address of the page to pay on. Runs under the buyer's scope, from a POST.

    Opens transactions of its own. Again: the same payment, the same page. Raises NothingToPay, AlreadyPaid,
    PaymentUnderway, Unavailable (the order stands; pay later).
    """
    with unit_of_work():
        opening = payments.begin(intent=_open(reference, payer, return_url))
    reach("checkout.opened")
    url = payments.lead(opening)
    reach("checkout.started")
    return url


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
    description = _("Order %(number)s", number=due[0].number) if len(due) == 1 else _purchase_words(reference, len(due))
    return payments.open_intent(reference=reference, payer=payer, parts=parts, description=description, return_url=return_url)


def _purchase_words(reference: str, count: int) -> str:
    return str(_("Purchase %(number)s, %(count)s orders", number=reference.split(":")[1], count=count))
