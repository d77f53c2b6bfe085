"""The buyer's orders: the list, one order, cancelling, receipt, paper; and the public look-up (OR3, OR12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.paging import page_of
from marketplace.orders import faces, queries, services
from marketplace.orders.beside import BESIDE
from marketplace.orders.changes import may_change
from marketplace.orders.models import BUYERS_REASONS, OPEN_STATES, TONES, CancelReason, Order, OrderState
from marketplace.orders.views import shown
from tenants.access.guards import everyone, signed_in

shop = Blueprint("orders", __name__)
LONGEST_WORDS = 100

TABS: Mapping[str, tuple[Any, frozenset[OrderState]]] = {
    "all": (_l("All"), frozenset()),
    "pay": (_l("To pay"), frozenset({OrderState.PAYMENT})),
    "prepare": (
        _l("Being prepared"),
        frozenset({OrderState.ORDER_REVIEW, OrderState.FINANCE_REVIEW, OrderState.OUTBOUND_REVIEW, OrderState.SHIPPING}),
    ),
    "receive": (_l("To receive"), frozenset({OrderState.RECEIPT})),
    "done": (_l("Finished"), frozenset({OrderState.FINISHED})),
    "off": (_l("Called off"), frozenset({OrderState.CANCELLED, OrderState.CLOSED})),
}


@shop.get("/orders")
@signed_in
def index() -> ResponseReturnValue:
    """All my orders, by where they stand, found by number or goods."""
    tab, words = request.args.get("tab", "all"), request.args.get("q", "").strip()[:LONGEST_WORDS]
    tab = tab if tab in TABS else "all"
    wanted = queries.orders()
    if TABS[tab][1]:
        wanted = wanted.where(queries.in_states(TABS[tab][1]))
    if words:
        wanted = wanted.where(queries.matching(words))
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=20)
    counts = queries.counts_by_state()
    tabs = [
        {
            "label": label,
            "url": url_for(".index", tab=name),
            "current": name == tab,
            "count": sum(counts.get(state, 0) for state in states) if states & OPEN_STATES else None,
        }
        for name, (label, states) in TABS.items()
    ]
    return render_template(
        "shop/orders/index.html",
        page=page,
        due=queries.due_together(page.items),
        tabs=tabs,
        tab=tab,
        words=words,
        tones=TONES,
        first_picture=shown.first_picture,
    )


@shop.get("/orders/<number>")
@signed_in
def order(number: str) -> ResponseReturnValue:
    """One order: where it stands, what happened, what is in it, where its parcels are."""
    return _page(queries.by_number(number), Typed(), Typed())


@shop.get("/orders/<number>/print")
@signed_in
def paper(number: str) -> ResponseReturnValue:
    """The order on paper."""
    found = queries.by_number(number)
    lines = queries.lines_of([found.id])
    paper = {
        "title": _("The order"),
        "number": found.number,
        "date": found.placed_at,
        "lines": [],
        "back": url_for(".order", number=found.number),
    }
    return render_template("shop/orders/paper.html", order=found, lines=lines, paper=paper)


@shop.post("/orders/<number>/cancel")
@signed_in
def cancel(number: str) -> ResponseReturnValue:
    """Call it off before it is shipped."""
    found, typed = queries.by_number(number), take(request.form, "reason", "said", longest=500)
    if typed.get("reason") not in {reason.value for reason in BUYERS_REASONS}:
        return _page(found, Typed({"reason": _("Choose a reason.")}), typed), 422
    if found.state is OrderState.CANCELLED:
        flash(_("The order is cancelled already."))
        return redirect(url_for(".order", number=number), 303)
    services.cancel(order_id=found.id, by=faces.buyer_doer(), reason=CancelReason(typed["reason"]), said=typed["said"])
    if found.paid_at:
        flash(_("The order is cancelled. The whole payment goes back the way it came."), "success")
    else:
        flash(_("The order is cancelled."), "success")
    return redirect(url_for(".order", number=number), 303)


@shop.post("/orders/<number>/receive")
@signed_in
def receive(number: str) -> ResponseReturnValue:
    """Confirm the receipt: the merchant gets the money."""
    found = queries.by_number(number)
    if found.state is OrderState.FINISHED:
        flash(_("The receipt is confirmed already."))
        return redirect(url_for(".order", number=number), 303)
    services.move(order_id=found.id, name="receive", by=faces.buyer_doer())
    flash(_("Thank you. The merchant is paid now."), "success")
    return redirect(url_for(".order", number=number), 303)


@shop.get("/orders/find")
@everyone
def find() -> ResponseReturnValue:
    """Where is my order? By its number and the telephone of the recipient, without signing in (OR12)."""
    typed = Typed(number=request.args.get("number", ""))
    return render_template("shop/orders/find.html", typed=typed, errors=Typed(), found=None)


@shop.post("/orders/find")
@everyone
def do_find() -> ResponseReturnValue:
    """The answer says where the order stands and nothing that only its parties may know."""
    typed = take(request.form, "number", "phone", longest=60)
    try:
        found = services.look_up(number=typed["number"], phone=typed["phone"], address=request.remote_addr or "")
    except Invalid as refusal:
        page = render_template("shop/orders/find.html", typed=typed, errors=Typed(refusal.errors), found=None)
        return page, 422
    except TooMany as refusal:
        return render_template("shop/orders/find.html", typed=typed, errors=Typed({"": refusal.sentence()}), found=None), 429
    return render_template("shop/orders/find.html", typed=typed, errors=Typed(), found=found, tones=TONES)


def _page(found: Order, errors: Mapping[str, Any], typed: Typed) -> str:
    workflow = queries.workflow_of(found.workflow_id)
    moves = workflow.open_moves(found.state.value, faces.buyer_doer().actor, found.facts())
    return render_template(
        "shop/orders/order.html",
        order=found,
        due=queries.due_together([found]),
        lines=queries.lines_of([found.id]),
        may=may_change(found, workflow),
        rail=shown.rail(found, workflow),
        events=shown.timeline(found, queries.history(found.id), inside=False),
        moves={move.name for move in moves},
        reasons=[(reason.value, reason.label) for reason in BUYERS_REASONS],
        parcels=BESIDE.parcels([found.id]),
        tones=TONES,
        picture=faces.picture,
        errors=errors,
        typed=typed,
    )
