"""Desk views of orders: queue, detail, transitions, bulk actions, printing, export (seller order queue and picking, OR4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.kernel.db import savepoint
from marketplace.kernel.errors import BadRequest
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.paging import paginate
from marketplace.orders import actors, queries, services
from marketplace.orders.errors import StaleOrder
from marketplace.orders.extensions import extensions
from marketplace.orders.models import MERCHANT_CANCEL_REASONS, TONES, CancelReason, Order, OrderLine
from marketplace.orders.views import presenters
from marketplace.orders.views.list_filter import SORTS, VIEWS, OrderListFilter, to_csv
from marketplace.orders.workflow import Workflow
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission

desk = Blueprint("orders", __name__, url_prefix="/orders")

MAX_BULK = 100
MAX_EXPORT = 5000
DOCUMENT_KINDS = ("order", "picking", "packing")


@desk.get("/")
@require_staff_permission(Permission.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """Render the order queue, filtered and sorted by the query arguments."""
    filters = OrderListFilter.from_request()
    page = paginate(filters.to_select(), number=request.args.get("page", 1, type=int), size=30)
    counts = queries.counts_by_state()
    by = actors.staff_actor()
    workflows = queries.get_workflows({order.workflow_id for order in page.items})
    views = [
        {
            "name": label,
            "url": url_for(".index", **filters.to_query_args(view=name)),
            "current": name == filters.view,
            "count": sum(counts.get(state, 0) for state in states) if states and name not in ("ended", "all") else None,
        }
        for name, (label, states) in VIEWS.items()
        if name in ("open", "ended", "all") or name == filters.view or any(counts.get(state) for state in states)
    ]
    return render_template(
        "desk/orders/index.html",
        page=page,
        filters=filters,
        views=views,
        sorts=[(name, label) for name, (label, _columns) in SORTS.items()],
        transitions={order.id: presenters.staff_transitions(order, workflows[order.workflow_id], by) for order in page.items},
        shippable_ids={order.id for order in page.items if presenters.can_ship(order, workflows[order.workflow_id], by)},
        transition_labels=presenters.TRANSITION_LABELS,
        tones=TONES,
        first_picture=presenters.preview_picture,
    )


@desk.get("/<number>")
@require_staff_permission(Permission.ORDERS_SEE)
def order(number: str) -> ResponseReturnValue:
    """Render one order as a page, or as the detail panel for an HTMX request."""
    return _render_order(queries.get_order_by_number(number), FormData())


@desk.post("/<number>/step")
@require_staff_permission(Permission.ORDERS_SEE)
def step(number: str) -> ResponseReturnValue:
    """Run a transition of the order version that the form shows; the workflow checks whether the user may run it."""
    order, name = queries.get_order_by_number(number), request.form.get("move", "")
    form_data = clean_fields(request.form, "said", "word", max_length=500)
    if name == "reject" and not form_data["said"]:
        return _render_order(order, FormData({"said": _("Say why: the buyer reads it.")})), 422
    if name not in presenters.TRANSITION_LABELS or name in ("cancel_by_merchant", "ship"):
        raise BadRequest
    reason = CancelReason.REVIEW if name == "reject" else None
    comment, expected_content_version = form_data["said"] or form_data["word"], request.form.get("reading", "")
    try:
        services.transition_order(
            order_id=order.id,
            name=name,
            by=actors.staff_actor(),
            comment=comment,
            reason=reason,
            expected_content_version=expected_content_version,
        )
    except StaleOrder as exc:
        return _render_order(queries.get_order_by_number(number), FormData({"reading": exc.user_message()}), form_data), 409
    flash(_("Order %(number)s has moved on.", number=order.number), "success")
    return redirect(url_for(".order", number=number), 303)


@desk.post("/<number>/cancel")
@require_staff_permission(Permission.ORDERS_CANCEL)
def cancel(number: str) -> ResponseReturnValue:
    """Cancel an order, with a reason that is shown to the buyer."""
    order, form_data = queries.get_order_by_number(number), clean_fields(request.form, "reason", "said", max_length=500)
    if form_data["reason"] not in {reason.value for reason in MERCHANT_CANCEL_REASONS}:
        return _render_order(order, FormData({"reason": _("Choose a reason.")})), 422
    services.cancel_order(
        order_id=order.id, by=actors.staff_actor(), reason=CancelReason(form_data["reason"]), comment=form_data["said"]
    )
    flash(_("The order is called off; a payment goes back whole, the stock is free again."), "success")
    return redirect(url_for(".order", number=number), 303)


@desk.post("/<number>/remark")
@require_staff_permission(Permission.ORDERS_SEE)
def add_note(number: str) -> ResponseReturnValue:
    """Add an internal note to an order."""
    order, comment = queries.get_order_by_number(number), clean_fields(request.form, "remark", max_length=500)["remark"]
    if comment:
        services.add_note(order_id=order.id, by=actors.staff_actor(), comment=comment)
    return redirect(url_for(".order", number=number), 303)


@desk.post("/bulk")
@require_staff_permission(Permission.ORDERS_SEE)
def bulk() -> ResponseReturnValue:
    """Run a transition of every selected order, and report the orders that were skipped with the reason."""
    numbers, name = request.form.getlist("pick")[:MAX_BULK], request.form.get("move", "")
    if name not in ("approve_order", "approve_finance", "release"):
        raise BadRequest
    done, rejected = 0, []
    orders = queries.get_orders_by_number(numbers)
    workflows = queries.get_workflows({order.workflow_id for order in orders})
    for order in orders:
        if name not in presenters.staff_transitions(order, workflows[order.workflow_id], actors.staff_actor()):
            rejected.append(f"{order.number} ({order.state.label})")
            continue
        expected_content_version = request.form.get(f"reading-{order.number}", "")
        try:
            with savepoint():
                services.transition_order(
                    order_id=order.id, name=name, by=actors.staff_actor(), expected_content_version=expected_content_version
                )
            done += 1
        except StaleOrder:
            rejected.append(f"{order.number} ({_('Changed by the buyer')})")
    if done:
        flash(ngettext("%(num)s order has moved on.", "%(num)s orders have moved on.", done), "success")
    if rejected:
        flash(_("Not possible for: %(numbers)s.", numbers=_(", ").join(rejected)), "error")
    return redirect(url_for(".index", **OrderListFilter.from_request().to_query_args()), 303)


@desk.post("/papers")
@require_staff_permission(Permission.ORDERS_PRINT)
def print_documents() -> ResponseReturnValue:
    """Render printable documents of the selected orders: order sheets, one picking list or packing slips."""
    kind = request.form.get("paper", "order")
    numbers = request.form.getlist("pick")[:MAX_BULK]
    if kind not in DOCUMENT_KINDS:
        raise BadRequest
    orders = queries.get_orders_by_number(numbers)
    if not orders:
        raise BadRequest
    return _render_documents(kind, orders)


@desk.get("/<number>/paper/<kind>")
@require_staff_permission(Permission.ORDERS_PRINT)
def print_document(number: str, kind: str) -> ResponseReturnValue:
    """Render one printable document of one order."""
    if kind not in DOCUMENT_KINDS:
        raise BadRequest
    return _render_documents(kind, [queries.get_order_by_number(number)])


@desk.get("/export.csv")
@require_staff_permission(Permission.ORDERS_EXPORT)
def export() -> ResponseReturnValue:
    """Return the filtered orders as CSV, one row per line."""
    orders = queries.fetch_orders(OrderListFilter.from_request().to_select(), MAX_EXPORT)
    response = Response(to_csv(orders, _group_by_order(queries.get_lines([order.id for order in orders]))), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=orders.csv"
    return response


def _render_order(order: Order, errors: Any, form_data: Mapping[str, str] | None = None) -> str:
    by, workflow = actors.staff_actor(), queries.get_workflow(order.workflow_id)
    template = "desk/orders/_detail.html" if request.headers.get("HX-Request") else "desk/orders/order.html"
    return render_template(template, **_order_context(order, workflow, by), errors=errors, form_data=form_data or {})


def _order_context(order: Order, workflow: Workflow, by: services.NamedActor) -> dict[str, Any]:
    return {
        "order": order,
        "lines": queries.get_lines([order.id]),
        "progress_steps": presenters.progress_steps(order, workflow),
        "events": presenters.timeline(order, queries.list_events(order.id), internal=True),
        "transitions": presenters.staff_transitions(order, workflow, by),
        "can_ship": presenters.can_ship(order, workflow, by),
        "transition_labels": presenters.TRANSITION_LABELS,
        "reasons": [(reason.value, reason.label) for reason in MERCHANT_CANCEL_REASONS],
        "parcels": extensions.parcels([order.id]),
        "tones": TONES,
        "picture": actors.line_picture,
    }


def _render_documents(kind: str, orders: Sequence[Order]) -> str:
    lines = _group_by_order(queries.get_lines([order.id for order in orders]))
    titles = {"order": _("The order"), "picking": _("Picking list"), "packing": _("Packing slip")}
    back_url = url_for(".index") if len(orders) > 1 else url_for(".order", number=orders[0].number)
    number = orders[0].number if len(orders) == 1 else ngettext("%(num)s order", "%(num)s orders", len(orders))
    document = {"title": titles[kind], "number": number, "date": orders[0].placed_at, "lines": [], "back": back_url}
    return render_template(
        f"desk/orders/print_{kind}.html",
        orders=orders,
        lines=lines,
        document=document,
        picking_list=_picking_list(orders, lines),
    )


def _picking_list(orders: Sequence[Order], lines: dict[UUID, list[OrderLine]]) -> list[dict[str, Any]]:
    """Return the quantities to pick for these orders, one row per variant, sorted by SKU."""
    rows: dict[UUID, dict[str, Any]] = {}
    for order in orders:
        for line in lines.get(order.id, []):
            row = rows.setdefault(line.variant_id, {"line": line, "quantity": 0, "orders": []})
            row["quantity"] += line.to_ship
            row["orders"].append((order.number, line.to_ship))
    return sorted((row for row in rows.values() if row["quantity"]), key=lambda row: row["line"].sku)


def _group_by_order(lines: Sequence[OrderLine]) -> dict[UUID, list[OrderLine]]:
    lines_by_order: dict[UUID, list[OrderLine]] = {}
    for line in lines:
        lines_by_order.setdefault(line.order_id, []).append(line)
    return lines_by_order
