"""What shipping does when it announces something itself: people are told."""

from __future__ import annotations

from marketplace.kernel.events import together_with
from marketplace.orders.events import OrderNews
from marketplace.orders.listeners import announce
from marketplace.shipping.events import ParcelShipped


@together_with(ParcelShipped)
def say_shipped(fact: ParcelShipped) -> None:
    """The buyer of each order in the parcel gets a letter with its number."""
    for order_id in fact.order_ids:
        announce(OrderNews(order_id=order_id, word="shipped", theirs=True, tracking=fact.tracking_number))
