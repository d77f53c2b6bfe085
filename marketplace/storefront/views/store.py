"""The product listing of a merchant shop (shop management, SF1; online exhibition hall, SF3)."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.rate_limit import rate_limit
from marketplace.storefront import listing
from tenants.access.decorators import optional_login
from tenants.merchant_shops import context

store = Blueprint("storefront", __name__)


@store.get("/goods")
@rate_limit("120/minute")
@optional_login
def products() -> ResponseReturnValue:
    """Show all products of the shop, with the filters of the marketplace search."""
    merchant, _merchant_shop = context.current_shop()
    criteria, facets = listing.criteria_from_request(request.args, merchant=merchant.slug)
    listing_values = listing.listing_context(criteria, facets)
    return render_template(
        "shop/storefront/store.html", shop=context.shop_context(), action=url_for(".products"), **listing_values
    )
