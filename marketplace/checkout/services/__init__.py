"""Checkout in its three phases: PREPARE (`place`, `place_to_pay`), PAY (`lead`, `pay`), SETTLE (`check`, and letters)."""

from marketplace.checkout.services.paying import Placed, check, lead, pay, place_to_pay
from marketplace.checkout.services.placing import Wish, count_cart, place

__all__ = ["Placed", "Wish", "check", "count_cart", "lead", "pay", "place", "place_to_pay"]
