"""The sitemap: an index, a part for other pages, and parts for products."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, current_app, url_for
from markupsafe import escape

from marketplace.kernel.errors import NotFound
from marketplace.kernel.rate_limit import rate_limit
from marketplace.storefront import queries
from marketplace.storefront.views.shop import shop
from tenants.access.decorators import public

SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


@shop.get("/sitemap.xml")
@rate_limit("60/minute")
@public
def sitemap() -> Response:
    """Return the sitemap index."""
    paths = [
        url_for(".sitemap_pages"),
        *(url_for(".sitemap_part", product=first_code) for first_code in queries.list_sitemap_parts()),
    ]
    entries = "".join(f"<sitemap><loc>{_absolute_url(path)}</loc></sitemap>" for path in paths)
    return _xml_response(f'<sitemapindex xmlns="{SITEMAP_NAMESPACE}">{entries}</sitemapindex>')


@shop.get("/sitemap/pages.xml")
@rate_limit("60/minute")
@public
def sitemap_pages() -> Response:
    """Return the home page, the categories, the merchant directory and the merchant shops."""
    categories = [url_for(".category", slug=row.slug) for row in queries.category_tree()]
    shops = [url_for("store.merchant_shops.index", store=slug) for slug in queries.list_shop_slugs()]
    static_pages = [url_for("shop.home.index"), url_for("shop.merchants.index"), url_for("shop.apply.index")]
    return _url_set((path, "") for path in (*static_pages, *categories, *shops))


@shop.get("/sitemap/<product>.xml")
@rate_limit("60/minute")
@public
def sitemap_part(product: str) -> Response:
    """Return the part of the products that starts at this code.

    Other codes are not found, because every part is cached and arbitrary starts would fill the cache.
    """
    if product not in queries.list_sitemap_parts():
        raise NotFound
    return _url_set((url_for(".product", code=code), day) for code, day in queries.get_sitemap_part(product))


def _url_set(entries: Iterable[tuple[str, str]]) -> Response:
    url_elements = (
        f"<url><loc>{_absolute_url(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for path, day in entries
    )
    return _xml_response(f'<urlset xmlns="{SITEMAP_NAMESPACE}">{"".join(url_elements)}</urlset>')


def _absolute_url(path: str) -> str:
    return str(escape(current_app.config["SETTINGS"].base_url.rstrip("/") + path))


def _xml_response(body: str) -> Response:
    response = Response(f"{XML_DECLARATION}\n{body}\n", mimetype="application/xml")
    response.headers["Cache-Control"] = "public, max-age=600"
    return response
