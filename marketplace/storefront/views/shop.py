"""Catalogue pages of the shop: categories, search, suggestions, comparison, products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue.queries import CategoryRow
from marketplace.catalogue.rules.attributes import AttributeField
from marketplace.kernel.localized_text import localize
from marketplace.kernel.rate_limit import rate_limit
from marketplace.storefront import (
    browse_criteria,
    comparison,
    listing,
    merchant_search,
    product_page,
    queries,
    shipping_estimate,
)
from search import PUBLIC_AUDIENCE
from tenants.access.decorators import optional_login, public

shop = Blueprint("storefront", __name__)


@shop.get("/c/<slug>")
@public
def category(slug: str) -> ResponseReturnValue:
    """Show a category with the filters of its attributes."""
    category_row = queries.get_category(slug)
    facets = queries.list_facets(category_row.id)
    criteria = browse_criteria.parse_criteria(request.args.items(multi=True), facets=facets, category=slug)
    return _render_listing("shop/storefront/category.html", criteria, facets, category_row)


@shop.get("/search")
@rate_limit("120/minute")
@public
def search() -> ResponseReturnValue:
    """Search products or merchants."""
    if "merchants" in (request.args.get("what"), request.args.get("kind")):
        return merchant_search.search_merchants(request.args.get("q", ""))
    criteria, facets = listing.criteria_from_request(request.args)
    return _render_listing("shop/storefront/search.html", criteria, facets, None)


@shop.get("/compare")
@public
def compare() -> ResponseReturnValue:
    """Compare up to four products (comparison, CA7); products that are not on sale are left out."""
    requested = request.args.getlist("p")
    codes = browse_criteria.parse_compared_codes(requested)
    note = comparison.too_many_message() if len(set(requested)) > len(codes) == browse_criteria.MAX_COMPARED else ""
    return render_template("shop/storefront/compare.html", note=note, **comparison.compare_products(codes))


@shop.get("/suggest")
@rate_limit("300/minute")
@public
def suggest() -> ResponseReturnValue:
    """Return search suggestions for a prefix."""
    text = request.args.get("q", "").strip()[: browse_criteria.MAX_TEXT_LENGTH]
    phrases = queries.get_engine().suggest(queries.PRODUCT_INDEX, text, audience=(PUBLIC_AUDIENCE,)) if text else ()
    return render_template("shop/storefront/_suggest.html", phrases=phrases)


@shop.get("/p/<code>")
@public
def product(code: str) -> ResponseReturnValue:
    """Show a product: pictures, price tiers, variants, specification, merchant (item detail page, SF4)."""
    page = product_page.ProductPage(code, request.args.get("v", ""), request.args.get("quantity"))
    return render_template(
        "shop/storefront/product.html", page=page, shipping_estimate=shipping_estimate.region_picker(lambda: page.offer)
    )


@shop.get("/p/<code>/delivery")
@rate_limit("240/minute")
@optional_login
def delivery_of(code: str) -> ResponseReturnValue:
    """Return the shipping estimate for the visitor's region; a selected region is stored in a cookie."""
    estimate = shipping_estimate.estimate_for_product(code, request.args)
    response = make_response(render_template("shop/storefront/_shipping_estimate.html", estimate=estimate))
    if estimate and shipping_estimate.region_from_request(request.args):
        secure = current_app.config["SETTINGS"].secure
        response.set_cookie(
            shipping_estimate.REGION_COOKIE,
            estimate["region"],
            max_age=shipping_estimate.COOKIE_MAX_AGE_S,
            samesite="Lax",
            secure=secure,
            httponly=True,
        )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _render_listing(
    template: str, criteria: browse_criteria.BrowseCriteria, facets: Sequence[AttributeField], category_row: CategoryRow | None
) -> ResponseReturnValue:
    context: dict[str, Any] = listing.listing_context(criteria, facets) | {
        "category": category_row,
        "crumbs": _breadcrumbs(category_row),
        "children": _subcategory_links(category_row, criteria),
        "title": localize(category_row.names) if category_row else _("Search"),
    }
    return render_template(template, **context)


def _breadcrumbs(category_row: CategoryRow | None) -> list[tuple[str, str]]:
    if category_row is None:
        return []
    path = queries.breadcrumbs(category_row)
    return [
        (localize(ancestor.names), url_for(".category", slug=ancestor.slug) if ancestor.id != category_row.id else "")
        for ancestor in path
    ]


def _subcategory_links(category_row: CategoryRow | None, criteria: browse_criteria.BrowseCriteria) -> list[dict[str, str]]:
    if category_row is None or criteria.filter_count or criteria.page > 1:
        return []
    return [
        {"label": localize(child.names), "url": url_for(".category", slug=child.slug)}
        for child in queries.list_subcategories(category_row)
    ]
