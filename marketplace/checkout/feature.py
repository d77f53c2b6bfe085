"""What checkout plugs into the platform."""

from __future__ import annotations

from marketplace.checkout import seeds
from marketplace.checkout.views import shop
from marketplace.kernel.feature import Feature

FEATURE = Feature(name="checkout", shop=shop.shop, seed=seeds.plant, seed_order=70)
