"""Checkout's pages: buying what is in the cart, and changing what was ordered."""

from marketplace.checkout.views import changing, shop

__all__ = ["changing", "shop"]
