"""Event listeners of orders."""

from __future__ import annotations

from datetime import timedelta

from billing.payments.events import PaymentCaptured
from marketplace.kernel import clock
from marketplace.kernel.events import on_event_async, on_event_in_transaction, publish
from marketplace.orders import emails, services
from marketplace.orders.events import OrderChanged, OrderCompleted, OrderNotificationRequested, OrderPlaced, OrderTransitioned
from marketplace.orders.models import OrderState

NOTIFICATION_KINDS = {
    "pay": "paid",
    "cancel": "cancelled",
    "expire": "cancelled",
    "cancel_by_merchant": "cancelled",
    "reject": "cancelled",
}
MERCHANT_TRANSITIONS = ("cancel_by_merchant", "reject")
MAX_EVENT_AGE = timedelta(days=2)


@on_event_in_transaction(PaymentCaptured)
def on_payment_captured(event: PaymentCaptured) -> None:
    """Advance the paid orders, in the transaction that records the payment."""
    services.mark_orders_paid(parts=event.parts)


@on_event_in_transaction(OrderPlaced)
def notify_placed(event: OrderPlaced) -> None:
    """Request emails about a new order to buyer and merchant."""
    request_notification(OrderNotificationRequested(order_id=event.order_id, kind="placed"))


@on_event_in_transaction(OrderTransitioned)
def notify_transition(event: OrderTransitioned) -> None:
    """Request emails when payment is due (order review by customer service, OR8), on payment and on cancellation.

    The other transitions are internal to the merchant.
    """
    if event.to_state == OrderState.PAYMENT:
        request_notification(OrderNotificationRequested(order_id=event.order_id, kind="payment_due", by_merchant=True))
    if event.transition in NOTIFICATION_KINDS:
        request_notification(
            OrderNotificationRequested(
                order_id=event.order_id,
                kind=NOTIFICATION_KINDS[event.transition],
                by_merchant=event.transition in MERCHANT_TRANSITIONS,
            )
        )


@on_event_in_transaction(OrderChanged)
def notify_changed(event: OrderChanged) -> None:
    """Request emails about a changed order."""
    request_notification(OrderNotificationRequested(order_id=event.order_id, kind="changed"))


@on_event_in_transaction(OrderCompleted)
def notify_completed(event: OrderCompleted) -> None:
    """Request emails about a completed order."""
    request_notification(OrderNotificationRequested(order_id=event.order_id, kind="received"))


def request_notification(notification: OrderNotificationRequested) -> None:
    """Publish a notification, except for backdated events such as the history of the demo data."""
    if clock.lag() < MAX_EVENT_AGE:
        publish(notification)


@on_event_async(OrderNotificationRequested)
def email_buyer(event: OrderNotificationRequested) -> None:
    """Email the buyer."""
    emails.email_buyer(order_id=event.order_id, kind=event.kind, tracking_number=event.tracking_number)


@on_event_async(OrderNotificationRequested)
def email_merchant(event: OrderNotificationRequested) -> None:
    """Email the merchant, except about its own actions."""
    if not event.by_merchant:
        emails.email_merchant(order_id=event.order_id, kind=event.kind)
