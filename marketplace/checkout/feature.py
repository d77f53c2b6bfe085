"""What checkout plugs into the platform."""

from __future__ import annotations

from marketplace.checkout.views import shop
from marketplace.kernel.feature import Feature
from marketplace.kernel.later import later

FEATURE = Feature(name="checkout", shop=shop.shop, seed=later("marketplace.checkout.seeds:plant"), seed_order=70)
