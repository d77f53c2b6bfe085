"""Checkout in its three phases: PREPARE (`place`, `place_to_pay`), PAY (`lead`, `pay`), SETTLE (`check`, and letters).

Until it is shipped, an order may be changed (`count_change`, `change_order`).
"""

from marketplace.checkout.services.changing import change_order, count_change
from marketplace.checkout.services.paying import Placed, check, lead, pay, place_to_pay
from marketplace.checkout.services.placing import Wish, count_cart, place

__all__ = ["Placed", "Wish", "change_order", "check", "count_cart", "count_change", "lead", "pay", "place", "place_to_pay"]
