"""Feature declaration of checkout."""

from __future__ import annotations

from marketplace.checkout.views import shop
from marketplace.kernel.feature import Feature

FEATURE = Feature(name="checkout", shop=shop.shop)
