"""Shop views of the buyer's orders (buyer order desk, OR3) and of the public look-up (order look-up by number, OR12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.paging import paginate
from marketplace.orders import actors, queries, services
from marketplace.orders.changes import allowed_changes
from marketplace.orders.extensions import extensions
from marketplace.orders.models import BUYER_CANCEL_REASONS, OPEN_STATES, TONES, CancelReason, Order, OrderState
from marketplace.orders.views import presenters
from tenants.access.decorators import login_required, public

shop = Blueprint("orders", __name__)
MAX_SEARCH_LENGTH = 100

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
@login_required
def index() -> ResponseReturnValue:
    """Render the buyer's orders by state, searchable by number or product."""
    tab, search_text = request.args.get("tab", "all"), request.args.get("q", "").strip()[:MAX_SEARCH_LENGTH]
    tab = tab if tab in TABS else "all"
    stmt = queries.select_orders()
    if TABS[tab][1]:
        stmt = stmt.where(queries.in_states(TABS[tab][1]))
    if search_text:
        stmt = stmt.where(queries.text_filter(search_text))
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=20)
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
        payment_groups=queries.payment_groups(page.items),
        tabs=tabs,
        tab=tab,
        search_text=search_text,
        tones=TONES,
        first_picture=presenters.preview_picture,
    )


@shop.get("/orders/<number>")
@login_required
def order(number: str) -> ResponseReturnValue:
    """Render one order with its progress, history, lines and parcels."""
    return _render_order(queries.get_order_by_number(number), FormData(), FormData())


@shop.get("/orders/<number>/print")
@login_required
def print_order(number: str) -> ResponseReturnValue:
    """Render the printable order."""
    order = queries.get_order_by_number(number)
    lines = queries.get_lines([order.id])
    document = {
        "title": _("The order"),
        "number": order.number,
        "date": order.placed_at,
        "lines": [],
        "back": url_for(".order", number=order.number),
    }
    return render_template("shop/orders/print.html", order=order, lines=lines, document=document)


@shop.post("/orders/<number>/cancel")
@login_required
def cancel(number: str) -> ResponseReturnValue:
    """Cancel an order before it is shipped."""
    order, form_data = queries.get_order_by_number(number), clean_fields(request.form, "reason", "said", max_length=500)
    if form_data.get("reason") not in {reason.value for reason in BUYER_CANCEL_REASONS}:
        return _render_order(order, FormData({"reason": _("Choose a reason.")}), form_data), 422
    if order.state is OrderState.CANCELLED:
        flash(_("The order is cancelled already."))
        return redirect(url_for(".order", number=number), 303)
    services.cancel_order(
        order_id=order.id, by=actors.buyer_actor(), reason=CancelReason(form_data["reason"]), comment=form_data["said"]
    )
    if order.paid_at:
        flash(_("The order is cancelled. The whole payment goes back the way it came."), "success")
    else:
        flash(_("The order is cancelled."), "success")
    return redirect(url_for(".order", number=number), 303)


@shop.post("/orders/<number>/receive")
@login_required
def confirm_receipt(number: str) -> ResponseReturnValue:
    """Confirm the receipt, which releases the payment to the merchant."""
    order = queries.get_order_by_number(number)
    if order.state is OrderState.FINISHED:
        flash(_("The receipt is confirmed already."))
        return redirect(url_for(".order", number=number), 303)
    services.transition_order(order_id=order.id, name="receive", by=actors.buyer_actor())
    flash(_("Thank you. The merchant is paid now."), "success")
    return redirect(url_for(".order", number=number), 303)


@shop.get("/orders/find")
@public
def lookup_form() -> ResponseReturnValue:
    """Render the form of the public look-up by order number and the recipient's telephone number."""
    form_data = FormData(number=request.args.get("number", ""))
    return render_template("shop/orders/find.html", form_data=form_data, errors=FormData(), summary=None)


@shop.post("/orders/find")
@public
def submit_lookup() -> ResponseReturnValue:
    """Look an order up; the result contains nothing that is private to its parties."""
    form_data = clean_fields(request.form, "number", "phone", max_length=60)
    try:
        summary = services.lookup_order(
            number=form_data["number"], phone=form_data["phone"], client_address=request.remote_addr or ""
        )
    except ValidationError as exc:
        page = render_template("shop/orders/find.html", form_data=form_data, errors=FormData(exc.errors), summary=None)
        return page, 422
    except RateLimited as exc:
        return render_template(
            "shop/orders/find.html", form_data=form_data, errors=FormData({"": exc.user_message()}), summary=None
        ), 429
    return render_template("shop/orders/find.html", form_data=form_data, errors=FormData(), summary=summary, tones=TONES)


def _render_order(order: Order, errors: Mapping[str, Any], form_data: FormData) -> str:
    workflow = queries.get_workflow(order.workflow_id)
    transitions = workflow.available_transitions(order.state.value, actors.buyer_actor().actor, order.facts())
    return render_template(
        "shop/orders/order.html",
        order=order,
        payment_groups=queries.payment_groups([order]),
        lines=queries.get_lines([order.id]),
        allowed=allowed_changes(order, workflow),
        progress_steps=presenters.progress_steps(order, workflow),
        events=presenters.timeline(order, queries.list_events(order.id), internal=False),
        transitions={transition.name for transition in transitions},
        reasons=[(reason.value, reason.label) for reason in BUYER_CANCEL_REASONS],
        parcels=extensions.parcels([order.id]),
        tones=TONES,
        picture=actors.line_picture,
        errors=errors,
        form_data=form_data,
    )
