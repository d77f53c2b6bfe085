"""Notifications about shipping events."""

from __future__ import annotations

from marketplace.kernel.events import on_event_in_transaction
from marketplace.orders.events import OrderNotificationRequested
from marketplace.orders.listeners import request_notification
from marketplace.shipping.events import ParcelShipped


@on_event_in_transaction(ParcelShipped)
def notify_shipped(event: ParcelShipped) -> None:
    """Request an e-mail with the tracking number for the buyer of each order in the parcel."""
    for order_id in event.order_ids:
        request_notification(
            OrderNotificationRequested(
                order_id=order_id, kind="shipped", by_merchant=True, tracking_number=event.tracking_number
            )
        )
