"""One merchant's goods inside its own shop: all of them with filters, the newest and the best sellers on its front (SF1, SF3)."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.limits import limited
from marketplace.showroom import shelves
from tenants.access.guards import visitor
from tenants.storefronts import page

store = Blueprint("showroom", __name__)


@store.get("/goods")
@limited("120/minute")
@visitor
def goods() -> ResponseReturnValue:
    """All goods of this shop, with the same filters as everywhere."""
    merchant, _front = page.here()
    wish, facets = shelves.wish_of(request.args, merchant=merchant.slug)
    values = shelves.values(wish, facets)
    return render_template("shop/showroom/store.html", shop=page.shop(), action=url_for(".goods"), **values)
