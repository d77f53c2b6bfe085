"""Parcel pages of the merchant desk: list, packing, tracking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import numbers
from marketplace.kernel.errors import MarketplaceError, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields, normalize_text
from marketplace.kernel.paging import paginate
from marketplace.orders import queries as order_queries
from marketplace.orders.actors import line_picture, staff_actor
from marketplace.orders.errors import StaleOrder
from marketplace.orders.models import Order, OrderState
from marketplace.shipping import queries, services
from marketplace.shipping.models import PARCEL_TONES, Carrier, Parcel, ParcelState
from marketplace.shipping.services import ParcelInput
from marketplace.shipping.views import presenters
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission

desk = Blueprint("shipping", __name__, url_prefix="/parcels")

REPORTABLE_STATES = (ParcelState.IN_TRANSIT, ParcelState.OUT_FOR_DELIVERY, ParcelState.DELIVERED, ParcelState.EXCEPTION)


@desk.get("/")
@require_staff_permission(Permission.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """List parcels, newest first; search by tracking number, recipient or order number."""
    search_text = request.args.get("q", "").strip()
    state = request.args.get("state", "")
    state = state if state in set(ParcelState) else ""
    stmt = queries.search_parcels_stmt(search_text) if search_text else queries.parcels_stmt()
    stmt = stmt.where(Parcel.state == state) if state else stmt
    page = paginate(stmt, number=request.args.get("page", 1, type=int), size=30)
    tabs = _tabs(state, search_text, queries.count_parcels_by_state())
    return render_template(
        "desk/shipping/index.html", page=page, search_text=search_text, tones=PARCEL_TONES, state=state, tabs=tabs
    )


@desk.get("/ship/<number>")
@require_staff_permission(Permission.ORDERS_SHIP)
def packing(number: str) -> ResponseReturnValue:
    """Show the packing form: all unshipped quantities of the order, and other orders of the same recipient."""
    order = order_queries.get_order_by_number(number)
    return _render_packing(order, FormData(carrier=Carrier.SF.value), {}, FormData())


@desk.post("/ship/<number>")
@require_staff_permission(Permission.ORDERS_SHIP)
def ship(number: str) -> ResponseReturnValue:
    """Create the parcel."""
    order = order_queries.get_order_by_number(number)
    form_data = clean_fields(request.form, "carrier", "tracking_number", "note", max_length=300)
    quantities, errors = _parse_quantities(_shippable(order))
    try:
        if errors:
            raise ValidationError(errors=errors)
        draft = ParcelInput(
            carrier=_parse_carrier(form_data["carrier"]),
            tracking_number=form_data["tracking_number"],
            quantities=quantities,
            note=form_data["note"],
            order_versions={order_id: request.form.get(f"reading-{order_id}", "") for order_id in quantities},
        )
        services.ship_parcel(draft=draft, actor=staff_actor())
    except ValidationError as exc:
        return _reject(order, form_data, exc)
    except StaleOrder as exc:
        return _render_packing(
            order_queries.get_order_by_number(number), form_data, {}, FormData(orders=exc.user_message())
        ), 409
    flash(_("The parcel is on its way; the buyer can follow it."), "success")
    return redirect(url_for("desk.orders.order", number=number), 303)


@desk.get("/<uuid:parcel_id>")
@require_staff_permission(Permission.ORDERS_SEE)
def parcel(parcel_id: UUID) -> ResponseReturnValue:
    """Show a parcel: contents, tracking events, and a form to add an event."""
    return _render_parcel(parcel_id, FormData(), FormData())


@desk.post("/<uuid:parcel_id>/report")
@require_staff_permission(Permission.ORDERS_SHIP)
def add_event(parcel_id: UUID) -> ResponseReturnValue:
    """Add a tracking event (tracking by both sides, DE2), or report an exception (shipping exceptions, DE4)."""
    form_data = clean_fields(request.form, "state", "location", "description", max_length=200)
    if form_data["state"] not in {state.value for state in REPORTABLE_STATES}:
        return _render_parcel(parcel_id, form_data, FormData({"state": _("Choose what happened.")})), 422
    if form_data["state"] == ParcelState.EXCEPTION and not form_data["description"]:
        return _render_parcel(parcel_id, form_data, FormData({"description": _("Say what is wrong: the buyer reads it.")})), 422
    services.add_tracking_event(
        parcel_id=parcel_id,
        state=ParcelState(form_data["state"]),
        description=form_data["description"],
        location=form_data["location"],
    )
    flash(_("Noted; the buyer sees it."), "success")
    return redirect(url_for(".parcel", parcel_id=parcel_id), 303)


def _tabs(state: str, search_text: str, counts: Mapping[ParcelState, int]) -> list[dict[str, Any]]:
    """Return the filter tabs: all parcels, and each state that has parcels."""
    tabs = [("", _("All"), sum(counts.values()))]
    tabs += [
        (option.value, option.label, counts.get(option, 0)) for option in ParcelState if counts.get(option) or option == state
    ]
    return [
        {
            "name": label,
            "url": url_for(".index", state=value or None, q=search_text or None),
            "current": value == state,
            "count": count,
        }
        for value, label, count in tabs
    ]


def _parse_carrier(text: str) -> Carrier:
    try:
        return Carrier(text)
    except ValueError:
        raise ValidationError(errors={"carrier": _("Choose a carrier.")}) from None


def _shippable(order: Order) -> Sequence[Order]:
    """Return this order and the orders that can be shipped in the same parcel."""
    return [order, *order_queries.combinable_orders(order, [OrderState.SHIPPING])]


def _parse_quantities(candidates: Sequence[Order]) -> tuple[dict[UUID, dict[UUID, Decimal]], dict[str, Any]]:
    """Parse the submitted quantities.

    Returns:
        Quantities by order and line id, and errors by line id.
    """
    quantities: dict[UUID, dict[UUID, Decimal]] = {}
    errors: dict[str, Any] = {}
    for line in order_queries.get_lines([candidate.id for candidate in candidates]):
        text = normalize_text(request.form.get(f"take-{line.id}", ""))
        if not text or text == "0":
            continue
        try:
            quantity = numbers.parse_decimal(text)
        except ValueError:
            quantity = Decimal(-1)
        if quantity < 0 or quantity != round(quantity, 3):
            errors[str(line.id)] = _("Enter a quantity with at most three decimals.")
        elif quantity:
            quantities.setdefault(line.order_id, {})[line.id] = quantity
    return quantities, errors


def _reject(order: Order, form_data: FormData, exc: MarketplaceError) -> ResponseReturnValue:
    errors = FormData(getattr(exc, "errors", {}))
    quantity_texts = {name.removeprefix("take-"): text for name, text in request.form.items() if name.startswith("take-")}
    return _render_packing(order, form_data, quantity_texts, errors), 422


def _render_packing(order: Order, form_data: FormData, quantity_texts: Mapping[str, str], errors: FormData) -> str:
    candidates = _shippable(order)
    lines_by_order: dict[UUID, list[Any]] = {}
    for line in order_queries.get_lines([candidate.id for candidate in candidates]):
        lines_by_order.setdefault(line.order_id, []).append(line)
    return render_template(
        "desk/shipping/packing.html",
        order=order,
        candidates=candidates,
        lines_by_order=lines_by_order,
        quantity_texts=quantity_texts,
        form_data=form_data,
        errors=errors,
        carriers=Carrier.choices(),
        picture=line_picture,
    )


def _render_parcel(parcel_id: UUID, form_data: FormData, errors: FormData) -> str:
    parcel = queries.get_parcel(parcel_id)
    return render_template(
        "desk/shipping/parcel.html",
        parcel=parcel,
        view=presenters.parcel_views([parcel])[0],
        states=[(state.value, state.label) for state in REPORTABLE_STATES],
        form_data=form_data,
        errors=errors,
        tones=PARCEL_TONES,
        may_report=parcel.state is not ParcelState.DELIVERED and g.membership.can(Permission.ORDERS_SHIP),
    )
