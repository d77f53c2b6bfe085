"""Checkout in its three phases: PREPARE (`place`), PAY (`pay`), SETTLE (`check`, and the gateway's letters)."""

from marketplace.checkout.services.paying import check, pay
from marketplace.checkout.services.placing import Wish, count_cart, place

__all__ = ["Wish", "check", "count_cart", "pay", "place"]
