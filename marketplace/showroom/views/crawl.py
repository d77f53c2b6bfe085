"""The sitemap: an index, the pages that stand always, and products in parts."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, current_app, url_for
from markupsafe import escape

from marketplace.kernel.errors import NotFound
from marketplace.kernel.limits import limited
from marketplace.showroom import queries
from marketplace.showroom.views.shop import shop
from tenants.access.guards import everyone

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


@shop.get("/sitemap.xml")
@limited("60/minute")
@everyone
def sitemap() -> Response:
    """Where the parts are."""
    found = [url_for(".sitemap_pages"), *(url_for(".sitemap_part", product=first) for first in queries.parts())]
    listed = "".join(f"<sitemap><loc>{_whole(path)}</loc></sitemap>" for path in found)
    return _xml(f'<sitemapindex xmlns="{NAMESPACE}">{listed}</sitemapindex>')


@shop.get("/sitemap/pages.xml")
@limited("60/minute")
@everyone
def sitemap_pages() -> Response:
    """The front page, the categories, the directory, the shops."""
    categories = [url_for(".category", slug=row.slug) for row in queries.tree()]
    shops = [url_for("store.storefront.index", store=slug) for slug in queries.shops()]
    always = [url_for("shop.home.index"), url_for("shop.merchants.index"), url_for("shop.apply.index")]
    return _urls((path, "") for path in (*always, *categories, *shops))


@shop.get("/sitemap/<product>.xml")
@limited("60/minute")
@everyone
def sitemap_part(product: str) -> Response:
    """Products from this one on. Only where a part begins: every other address would be kept ready as well."""
    if product not in queries.parts():
        raise NotFound
    return _urls((url_for(".product", code=code), day) for code, day in queries.part(product))


def _urls(found: Iterable[tuple[str, str]]) -> Response:
    lines = (f"<url><loc>{_whole(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for path, day in found)
    return _xml(f'<urlset xmlns="{NAMESPACE}">{"".join(lines)}</urlset>')


def _whole(path: str) -> str:
    return str(escape(current_app.config["SETTINGS"].base_url.rstrip("/") + path))


def _xml(body: str) -> Response:
    answer = Response(f"{HEAD}\n{body}\n", mimetype="application/xml")
    answer.headers["Cache-Control"] = "public, max-age=600"
    return answer
