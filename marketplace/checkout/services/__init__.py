"""Services of checkout, in three phases.

PREPARE (`place_purchase`, `place_and_prepare_payment`), PAY (`start_payment`, `pay_reference`), SETTLE (`refresh_payment`, and
webhook events). Until it is shipped, an order can be changed (`quote_change`, `apply_change`).
"""

from marketplace.checkout.services.change_order import apply_change, quote_change
from marketplace.checkout.services.payment import (
    PlacedPurchase,
    pay_reference,
    place_and_prepare_payment,
    refresh_payment,
    start_payment,
)
from marketplace.checkout.services.place_order import PlaceOrderCommand, place_purchase, quote_cart

__all__ = [
    "PlaceOrderCommand",
    "PlacedPurchase",
    "apply_change",
    "pay_reference",
    "place_and_prepare_payment",
    "place_purchase",
    "quote_cart",
    "quote_change",
    "refresh_payment",
    "start_payment",
]
