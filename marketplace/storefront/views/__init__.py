"""Catalogue pages of the shop, of merchant shops, and sitemaps."""

from marketplace.storefront.views import shop, sitemap, store

__all__ = ["shop", "sitemap", "store"]
