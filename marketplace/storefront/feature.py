"""Registration of the storefront feature."""

from __future__ import annotations

from marketplace.kernel.feature import Feature
from marketplace.kernel.urls import cached_url
from marketplace.storefront import home, shop_sections
from marketplace.storefront.views import shop, store

FEATURE = Feature(
    name="storefront",
    shop=shop.shop,
    store=store.store,
    listeners=shop_sections,
    page_context={
        "categories": home.header_categories,
        "active_category": home.active_category,
        "search_url": cached_url("shop.storefront.search"),
        "suggest_url": cached_url("shop.storefront.suggest"),
    },
)
