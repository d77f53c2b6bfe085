"""All orders of the market, for its own staff: to find, to look, to help (OR12)."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.paging import page_of
from marketplace.orders import faces, queries
from marketplace.orders.beside import BESIDE
from marketplace.orders.models import TONES
from marketplace.orders.views import shown
from marketplace.orders.views.listing import SORTS, VIEWS, Filters
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

console = Blueprint("orders", __name__, url_prefix="/orders")


@console.get("/")
@market_only(MarketRight.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """Every order of every merchant."""
    filters = Filters.of_request(default="all")
    page = page_of(filters.statement(), number=request.args.get("page", 1, type=int), size=30)
    counts = queries.counts_by_state()
    views = [
        {
            "name": label,
            "url": url_for(".index", **filters.arguments(view=name)),
            "current": name == filters.view,
            "count": sum(counts.get(state, 0) for state in states) if states and name not in ("ended", "all") else None,
        }
        for name, (label, states) in VIEWS.items()
    ]
    sorts = [(name, label) for name, (label, _columns) in SORTS.items()]
    return render_template("console/orders/index.html", page=page, filters=filters, views=views, sorts=sorts, tones=TONES)


@console.get("/<number>")
@market_only(MarketRight.ORDERS_SEE)
def order(number: str) -> ResponseReturnValue:
    """One order with its history and parcels."""
    found = queries.by_number(number)
    workflow = queries.workflow_of(found.workflow_id)
    return render_template(
        "console/orders/order.html",
        order=found,
        lines=queries.lines_of([found.id]),
        rail=shown.rail(found, workflow),
        events=shown.timeline(found, queries.history(found.id), inside=True),
        parcels=BESIDE.parcels([found.id]),
        tones=TONES,
        picture=faces.picture,
    )
