"""Registration of the cart feature."""

from __future__ import annotations

from marketplace.carts import listeners, models
from marketplace.carts.views import shop
from marketplace.kernel.feature import Feature
from marketplace.kernel.urls import cached_url

FEATURE = Feature(
    name="carts",
    models=models,
    shop=shop.shop,
    listeners=listeners,
    page_context={"cart_count": shop.cart_count, "cart_url": cached_url("shop.carts.index")},
)
