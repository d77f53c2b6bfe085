"""Console views of all orders, for the platform's staff (order look-up by the service desk, OR12)."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.paging import paginate
from marketplace.orders import actors, queries
from marketplace.orders.extensions import extensions
from marketplace.orders.models import TONES
from marketplace.orders.views import presenters
from marketplace.orders.views.list_filter import SORTS, VIEWS, OrderListFilter
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

console = Blueprint("orders", __name__, url_prefix="/orders")


@console.get("/")
@require_platform_permission(PlatformPermission.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """Render the list of all merchants' orders."""
    filters = OrderListFilter.from_request(default="all")
    page = paginate(filters.to_select(), number=request.args.get("page", 1, type=int), size=30)
    counts = queries.counts_by_state()
    views = [
        {
            "name": label,
            "url": url_for(".index", **filters.to_query_args(view=name)),
            "current": name == filters.view,
            "count": sum(counts.get(state, 0) for state in states) if states and name not in ("ended", "all") else None,
        }
        for name, (label, states) in VIEWS.items()
    ]
    sorts = [(name, label) for name, (label, _columns) in SORTS.items()]
    return render_template("console/orders/index.html", page=page, filters=filters, views=views, sorts=sorts, tones=TONES)


@console.get("/<number>")
@require_platform_permission(PlatformPermission.ORDERS_SEE)
def order(number: str) -> ResponseReturnValue:
    """Render one order with its history and parcels."""
    order = queries.get_order_by_number(number)
    workflow = queries.get_workflow(order.workflow_id)
    return render_template(
        "console/orders/order.html",
        order=order,
        lines=queries.get_lines([order.id]),
        progress_steps=presenters.progress_steps(order, workflow),
        events=presenters.timeline(order, queries.list_events(order.id), internal=True),
        parcels=extensions.parcels([order.id]),
        tones=TONES,
        picture=actors.line_picture,
    )
