"""The hall's pages: for visitors, inside a shop, and for search engines."""

from marketplace.showroom.views import crawl, shop, store

__all__ = ["crawl", "shop", "store"]
