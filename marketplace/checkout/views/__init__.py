"""Views of checkout: ordering the cart, paying, and changing an order."""

from marketplace.checkout.views import change_order, shop

__all__ = ["change_order", "shop"]
