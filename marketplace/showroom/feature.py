"""What the exhibition hall plugs in."""

from __future__ import annotations

from marketplace.kernel.feature import Feature
from marketplace.kernel.urls import steady
from marketplace.showroom import front, hangings
from marketplace.showroom.views import shop, store

FEATURE = Feature(
    name="showroom",
    shop=shop.shop,
    store=store.store,
    listens=hangings,
    frame={
        "categories": front.categories,
        "category_here": front.category_here,
        "search_url": steady("shop.showroom.search"),
        "suggest_url": steady("shop.showroom.suggest"),
    },
)
