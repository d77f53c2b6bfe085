"""What the cart plugs into the platform."""

from __future__ import annotations

from marketplace.carts import listeners, models
from marketplace.carts.views import shop
from marketplace.kernel.feature import Feature
from marketplace.kernel.urls import steady

FEATURE = Feature(
    name="carts",
    models=models,
    shop=shop.shop,
    listens=listeners,
    frame={"cart_count": shop.cart_count, "cart_url": steady("shop.carts.index")},
)
