"""Orders at a merchant's desk: the queue, one order beside it, the steps, bulk, papers, export (OR4, OR5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.kernel.db import attempt
from marketplace.kernel.errors import BadRequest
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.paging import page_of
from marketplace.orders import faces, queries, services
from marketplace.orders.beside import BESIDE
from marketplace.orders.errors import ChangedMeanwhile
from marketplace.orders.models import MERCHANTS_REASONS, TONES, CancelReason, Order, OrderLine
from marketplace.orders.views import shown
from marketplace.orders.views.listing import SORTS, VIEWS, Filters, csv_of
from marketplace.orders.workflow import Workflow
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("orders", __name__, url_prefix="/orders")

MOST_AT_ONCE = 100
MOST_EXPORTED = 5000
PAPERS = ("order", "picking", "packing")
REMARK = "remark"


@desk.get("/")
@staff_only(Permission.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """The queue: by step, by what was typed, longest waiting first if one likes."""
    filters = Filters.of_request()
    page = page_of(filters.statement(), number=request.args.get("page", 1, type=int), size=30)
    counts = queries.counts_by_state()
    by = faces.staff_doer()
    ways = queries.workflows_of({order.workflow_id for order in page.items})
    views = [
        {
            "name": label,
            "url": url_for(".index", **filters.arguments(view=name)),
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
        moves={order.id: shown.staff_moves(order, ways[order.workflow_id], by) for order in page.items},
        ships={order.id for order in page.items if shown.may_ship(order, ways[order.workflow_id], by)},
        step_words=shown.STEP_WORDS,
        tones=TONES,
        first_picture=shown.first_picture,
    )


@desk.get("/<number>")
@staff_only(Permission.ORDERS_SEE)
def order(number: str) -> ResponseReturnValue:
    """One order: as a page, or as the panel beside the list."""
    return _page(queries.by_number(number), Typed())


@desk.post("/<number>/step")
@staff_only(Permission.ORDERS_SEE)
def step(number: str) -> ResponseReturnValue:
    """Make the next move of this order as it was read; who may is the workflow's business."""
    found, name = queries.by_number(number), request.form.get("move", "")
    typed = take(request.form, "said", "word", longest=500)
    if name == "refuse" and not typed["said"]:
        return _page(found, Typed({"said": _("Say why: the buyer reads it.")})), 422
    if name not in shown.STEP_WORDS or name in ("call_off", "ship"):
        raise BadRequest
    reason = CancelReason.REVIEW if name == "refuse" else None
    said, reading = typed["said"] or typed["word"], request.form.get("reading", "")
    try:
        services.move(order_id=found.id, name=name, by=faces.staff_doer(), said=said, reason=reason, reading=reading)
    except ChangedMeanwhile as refusal:
        return _page(queries.by_number(number), Typed({"reading": refusal.sentence()}), typed), 409
    flash(_("Order %(number)s has moved on.", number=found.number), "success")
    return redirect(url_for(".order", number=number), 303)


@desk.post("/<number>/cancel")
@staff_only(Permission.ORDERS_CANCEL)
def cancel(number: str) -> ResponseReturnValue:
    """Call an order off, with a reason that the buyer reads."""
    found, typed = queries.by_number(number), take(request.form, "reason", "said", longest=500)
    if typed["reason"] not in {reason.value for reason in MERCHANTS_REASONS}:
        return _page(found, Typed({"reason": _("Choose a reason.")})), 422
    services.cancel(order_id=found.id, by=faces.staff_doer(), reason=CancelReason(typed["reason"]), said=typed["said"])
    flash(_("The order is called off; a payment goes back whole, the stock is free again."), "success")
    return redirect(url_for(".order", number=number), 303)


@desk.post("/<number>/remark")
@staff_only(Permission.ORDERS_SEE)
def remark(number: str) -> ResponseReturnValue:
    """Note something that only colleagues read."""
    order, said = queries.by_number(number), take(request.form, "remark", longest=500)["remark"]
    if said:
        services.remark(order_id=order.id, by=faces.staff_doer(), said=said)
    return redirect(url_for(".order", number=number), 303)


@desk.post("/bulk")
@staff_only(Permission.ORDERS_SEE)
def bulk() -> ResponseReturnValue:
    """The same step for every picked order; those that cannot are named with the reason."""
    picked, name = request.form.getlist("pick")[:MOST_AT_ONCE], request.form.get("move", "")
    if name not in ("pass_order", "pass_finance", "release"):
        raise BadRequest
    done, refused = 0, []
    orders = queries.by_numbers(picked)
    ways = queries.workflows_of({found.workflow_id for found in orders})
    for found in orders:
        if name not in shown.staff_moves(found, ways[found.workflow_id], faces.staff_doer()):
            refused.append(f"{found.number} ({found.state.label})")
            continue
        reading = request.form.get(f"reading-{found.number}", "")
        try:
            with attempt():
                services.move(order_id=found.id, name=name, by=faces.staff_doer(), reading=reading)
            done += 1
        except ChangedMeanwhile:
            refused.append(f"{found.number} ({_('Changed by the buyer')})")
    if done:
        flash(ngettext("%(num)s order has moved on.", "%(num)s orders have moved on.", done), "success")
    if refused:
        flash(_("Not possible for: %(numbers)s.", numbers=_(", ").join(refused)), "error")
    return redirect(url_for(".index", **Filters.of_request().arguments()), 303)


@desk.post("/papers")
@staff_only(Permission.ORDERS_PRINT)
def papers() -> ResponseReturnValue:
    """Papers of the picked orders: the orders themselves, one picking list, packing slips."""
    kind = request.form.get("paper", "order")
    picked = request.form.getlist("pick")[:MOST_AT_ONCE]
    if kind not in PAPERS:
        raise BadRequest
    found = queries.by_numbers(picked)
    if not found:
        raise BadRequest
    return _papers(kind, found)


@desk.get("/<number>/paper/<kind>")
@staff_only(Permission.ORDERS_PRINT)
def paper(number: str, kind: str) -> ResponseReturnValue:
    """One paper of one order."""
    if kind not in PAPERS:
        raise BadRequest
    return _papers(kind, [queries.by_number(number)])


@desk.get("/export.csv")
@staff_only(Permission.ORDERS_EXPORT)
def export() -> ResponseReturnValue:
    """The list as it is filtered, line by line, for a spreadsheet."""
    found = queries.some(Filters.of_request().statement(), MOST_EXPORTED)
    answer = Response(csv_of(found, _by_order(queries.lines_of([one.id for one in found]))), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=orders.csv"
    return answer


def _page(found: Order, errors: Any, typed: Mapping[str, str] | None = None) -> str:
    by, workflow = faces.staff_doer(), queries.workflow_of(found.workflow_id)
    name = "desk/orders/_detail.html" if request.headers.get("HX-Request") else "desk/orders/order.html"
    return render_template(name, **_about(found, workflow, by), errors=errors, typed=typed or {})


def _about(found: Order, workflow: Workflow, by: services.Doer) -> dict[str, Any]:
    return {
        "order": found,
        "lines": queries.lines_of([found.id]),
        "rail": shown.rail(found, workflow),
        "events": shown.timeline(found, queries.history(found.id), inside=True),
        "moves": shown.staff_moves(found, workflow, by),
        "ships": shown.may_ship(found, workflow, by),
        "step_words": shown.STEP_WORDS,
        "reasons": [(reason.value, reason.label) for reason in MERCHANTS_REASONS],
        "parcels": BESIDE.parcels([found.id]),
        "tones": TONES,
        "picture": faces.picture,
    }


def _papers(kind: str, found: Sequence[Order]) -> str:
    lines = _by_order(queries.lines_of([one.id for one in found]))
    titles = {"order": _("The order"), "picking": _("Picking list"), "packing": _("Packing slip")}
    back = url_for(".index") if len(found) > 1 else url_for(".order", number=found[0].number)
    number = found[0].number if len(found) == 1 else ngettext("%(num)s order", "%(num)s orders", len(found))
    paper = {"title": titles[kind], "number": number, "date": found[0].placed_at, "lines": [], "back": back}
    return render_template(f"desk/orders/paper_{kind}.html", orders=found, lines=lines, paper=paper, shelf=_shelf(found, lines))


def _shelf(found: Sequence[Order], lines: dict[UUID, list[OrderLine]]) -> list[dict[str, Any]]:
    """What the warehouse takes from the shelves for these orders: the same goods together, by SKU."""
    wanted: dict[UUID, dict[str, Any]] = {}
    for order in found:
        for line in lines.get(order.id, []):
            row = wanted.setdefault(line.variant_id, {"line": line, "quantity": 0, "orders": []})
            row["quantity"] += line.to_ship
            row["orders"].append((order.number, line.to_ship))
    return sorted((row for row in wanted.values() if row["quantity"]), key=lambda row: row["line"].sku)


def _by_order(lines: Sequence[OrderLine]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = {}
    for line in lines:
        found.setdefault(line.order_id, []).append(line)
    return found
