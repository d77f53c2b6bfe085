"""The phases PAY and SETTLE: no database transaction is open during gateway calls (architecture, "Checkout")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from billing.payments import queries as payment_queries
from billing.payments import services as payment_services
from billing.payments.domain import ACTIVE_STATES, PaymentPart, PaymentState
from billing.payments.models import PaymentIntent
from billing.payments.services import Payer, PendingRedirect
from marketplace.checkout.errors import NothingDue
from marketplace.checkout.services.place_order import PlaceOrderCommand, place_purchase
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.failpoints import failpoint
from marketplace.orders import queries as order_queries
from marketplace.orders.drafts import PurchaseDraft
from marketplace.orders.models import OrderState, Purchase
from marketplace.orders.numbering import ledger_reference, order_numbers, payment_reference

MIN_POLL_INTERVAL = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class PlacedPurchase:
    """A placed purchase and its payment; no payment yet if all its merchants review first."""

    number: str
    pending_redirect: PendingRedirect | None


def place_and_prepare_payment(
    *, command: PlaceOrderCommand, payer: Payer, return_url_for: Callable[[str], str]
) -> PlacedPurchase:
    """Place a purchase, and record its payment in the same transaction; call `start_payment` after the commit.

    `return_url_for` builds the return URL from the payment reference. Raises as `place_purchase`.
    """
    redirects: list[PendingRedirect] = []

    def create_payment(purchase: Purchase, draft: PurchaseDraft) -> None:
        numbered_orders = zip(order_numbers(purchase.number, len(draft.orders)), draft.orders, strict=True)
        due_orders = {number: order for number, order in numbered_orders if order.workflow.start == OrderState.PAYMENT}
        if due_orders:
            reference = payment_reference(purchase.number)
            parts = [
                PaymentPart(reference=ledger_reference(order.id), merchant_id=order.merchant_id, amount=order.total)
                for order in due_orders.values()
            ]
            description = _payment_description(purchase.number, list(due_orders))
            redirects.append(
                payment_services.create_first_payment(
                    reference=reference, payer=payer, parts=parts, description=description, return_url=return_url_for(reference)
                )
            )

    purchase = place_purchase(command=command, before_reserve=create_payment)
    return PlacedPurchase(number=purchase.number, pending_redirect=redirects[0] if redirects else None)


def start_payment(pending_redirect: PendingRedirect) -> str:
    """Return the URL of the gateway's payment page. Runs without an open database transaction.

    Raises:
        ServiceUnavailable: The gateway does not answer; the order exists and can be paid later.
        PaymentClosed: The payment has ended already.
    """
    failpoint("checkout.opened")
    url = payment_services.start_payment(pending_redirect)
    failpoint("checkout.started")
    return url


def pay_reference(*, reference: str, payer: Payer, return_url: str) -> str:
    """Return the URL of the gateway's payment page for a payment reference, as the buyer.

    Opens its own units of work. Idempotent: a second call returns the same payment's page.

    Raises:
        NothingDue: No order of this reference is unpaid.
        AlreadyPaid: The payment is captured.
        PaymentInProgress: The gateway is processing the payment.
        ServiceUnavailable: The gateway does not answer; the order exists and can be paid later.
    """
    with unit_of_work():
        pending_redirect = payment_services.prepare_redirect(intent=_create_payment(reference, payer, return_url))
    return start_payment(pending_redirect)


def refresh_payment(*, reference: str) -> PaymentState | None:
    """Return the state of a reference's latest payment, or None; asks the gateway at most once a second."""
    with unit_of_work():
        intent = payment_queries.get_latest_intent(reference)
        if intent is None:
            return None
        intent_id, state, checked_at = intent.id, intent.state, intent.checked_at
    if state not in ACTIVE_STATES or (checked_at is not None and clock.now() - checked_at < MIN_POLL_INTERVAL):
        return state
    return payment_services.sync_payment(intent_id=intent_id)


def _create_payment(reference: str, payer: Payer, return_url: str) -> PaymentIntent:
    payment_services.lock_reference(reference=reference)
    due_orders = [
        order for order in order_queries.get_orders_by_payment_reference(reference) if order.state is OrderState.PAYMENT
    ]
    if not due_orders:
        raise NothingDue
    parts = [
        PaymentPart(reference=ledger_reference(order.id), merchant_id=order.merchant_id, amount=order.total)
        for order in due_orders
    ]
    description = _payment_description(reference.split(":")[1], [order.number for order in due_orders])
    return payment_services.create_payment(
        reference=reference, payer=payer, parts=parts, description=description, return_url=return_url
    )


def _payment_description(purchase_number: str, numbers: Sequence[str]) -> str:
    """Return the description for the gateway's payment page."""
    if len(numbers) == 1:
        return str(_("Order %(number)s", number=numbers[0]))
    return str(_("Purchase %(number)s, %(count)s orders", number=purchase_number, count=len(numbers)))
