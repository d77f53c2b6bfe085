"""Shipping at a merchant's desk: what is packed, what is on its way, and what carrying costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import numbers
from marketplace.kernel.errors import Invalid, MarketplaceError
from marketplace.kernel.forms import Typed, plain, take
from marketplace.kernel.paging import page_of
from marketplace.orders import queries as orders
from marketplace.orders.errors import ChangedMeanwhile
from marketplace.orders.faces import picture, staff_doer
from marketplace.orders.models import Order, OrderState
from marketplace.shipping import queries, services
from marketplace.shipping.models import PARCEL_TONES, Carrier, Parcel, ParcelState
from marketplace.shipping.services import ParcelDraft
from marketplace.shipping.views import shown
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

desk = Blueprint("shipping", __name__, url_prefix="/parcels")

REPORTABLE = (ParcelState.MOVING, ParcelState.ARRIVING, ParcelState.DELIVERED, ParcelState.TROUBLE)


@desk.get("/")
@staff_only(Permission.ORDERS_SEE)
def index() -> ResponseReturnValue:
    """Every parcel, newest first; found by tracking number, recipient or order."""
    words = request.args.get("q", "").strip()
    state = request.args.get("state", "")
    state = state if state in set(ParcelState) else ""
    wanted = queries.matching(words) if words else queries.parcels()
    wanted = wanted.where(Parcel.state == state) if state else wanted
    page = page_of(wanted, number=request.args.get("page", 1, type=int), size=30)
    tabs = _tabs(state, words, queries.counts_by_state())
    return render_template("desk/shipping/index.html", page=page, words=words, tones=PARCEL_TONES, state=state, tabs=tabs)


@desk.get("/ship/<number>")
@staff_only(Permission.ORDERS_SHIP)
def packing(number: str) -> ResponseReturnValue:
    """What goes into the next parcel: everything that is left, unless one says less; and other orders of this recipient."""
    order = orders.by_number(number)
    return _packing(order, Typed(carrier=Carrier.SF.value), {}, Typed())


@desk.post("/ship/<number>")
@staff_only(Permission.ORDERS_SHIP)
def ship(number: str) -> ResponseReturnValue:
    """Hand it over."""
    order = orders.by_number(number)
    typed = take(request.form, "carrier", "tracking_number", "note", longest=300)
    quantities, wrong = _quantities(_shippable(order))
    try:
        if wrong:
            raise Invalid(errors=wrong)
        draft = ParcelDraft(
            carrier=_carrier(typed["carrier"]),
            tracking_number=typed["tracking_number"],
            quantities=quantities,
            note=typed["note"],
            readings={order_id: request.form.get(f"reading-{order_id}", "") for order_id in quantities},
        )
        services.ship(draft=draft, by=staff_doer())
    except Invalid as refusal:
        return _refused(order, typed, refusal)
    except ChangedMeanwhile as refusal:
        return _packing(orders.by_number(number), typed, {}, Typed(orders=refusal.sentence())), 409
    flash(_("The parcel is on its way; the buyer can follow it."), "success")
    return redirect(url_for("desk.orders.order", number=number), 303)


@desk.get("/<uuid:parcel_id>")
@staff_only(Permission.ORDERS_SEE)
def parcel(parcel_id: UUID) -> ResponseReturnValue:
    """One parcel: contents, way, and a place to say what the carrier does not tell."""
    return _parcel(parcel_id, Typed(), Typed())


@desk.post("/<uuid:parcel_id>/report")
@staff_only(Permission.ORDERS_SHIP)
def report(parcel_id: UUID) -> ResponseReturnValue:
    """Say where it is (DE2), or that something is wrong (DE4)."""
    typed = take(request.form, "state", "place", "said", longest=200)
    if typed["state"] not in {state.value for state in REPORTABLE}:
        return _parcel(parcel_id, typed, Typed({"state": _("Choose what happened.")})), 422
    if typed["state"] == ParcelState.TROUBLE and not typed["said"]:
        return _parcel(parcel_id, typed, Typed({"said": _("Say what is wrong: the buyer reads it.")})), 422
    services.report(parcel_id=parcel_id, state=ParcelState(typed["state"]), said=typed["said"], place=typed["place"])
    flash(_("Noted; the buyer sees it."), "success")
    return redirect(url_for(".parcel", parcel_id=parcel_id), 303)


def _tabs(state: str, words: str, counts: Mapping[ParcelState, int]) -> list[dict[str, Any]]:
    """All parcels, and those in each state that has some (DE2)."""
    shown = [("", _("All"), sum(counts.values()))]
    shown += [(one.value, one.label, counts.get(one, 0)) for one in ParcelState if counts.get(one) or one == state]
    return [
        {"name": label, "url": url_for(".index", state=name or None, q=words or None), "current": name == state, "count": count}
        for name, label, count in shown
    ]


def _carrier(text: str) -> Carrier:
    try:
        return Carrier(text)
    except ValueError:
        raise Invalid(errors={"carrier": _("Choose a carrier.")}) from None


def _shippable(order: Order) -> Sequence[Order]:
    """This order and the others that could travel with it."""
    return [order, *orders.same_recipient(order, [OrderState.SHIPPING])]


def _quantities(found: Sequence[Order]) -> tuple[dict[UUID, dict[UUID, Decimal]], dict[str, Any]]:
    """How much of which line was typed; what is no quantity comes back as an error at its line."""
    chosen: dict[UUID, dict[UUID, Decimal]] = {}
    wrong: dict[str, Any] = {}
    for line in orders.lines_of([one.id for one in found]):
        text = plain(request.form.get(f"take-{line.id}", ""))
        if not text or text == "0":
            continue
        try:
            amount = numbers.read(text)
        except ValueError:
            amount = Decimal(-1)
        if amount < 0 or amount != round(amount, 3):
            wrong[str(line.id)] = _("Enter a quantity with at most three decimals.")
        elif amount:
            chosen.setdefault(line.order_id, {})[line.id] = amount
    return chosen, wrong


def _refused(order: Order, typed: Typed, refusal: MarketplaceError) -> ResponseReturnValue:
    errors = Typed(getattr(refusal, "errors", {}))
    kept = {name.removeprefix("take-"): text for name, text in request.form.items() if name.startswith("take-")}
    return _packing(order, typed, kept, errors), 422


def _packing(order: Order, typed: Typed, kept: Mapping[str, str], errors: Typed) -> str:
    together = _shippable(order)
    lines: dict[UUID, list[Any]] = {}
    for line in orders.lines_of([one.id for one in together]):
        lines.setdefault(line.order_id, []).append(line)
    return render_template(
        "desk/shipping/packing.html",
        order=order,
        together=together,
        lines=lines,
        kept=kept,
        typed=typed,
        errors=errors,
        carriers=Carrier.choices(),
        picture=picture,
    )


def _parcel(parcel_id: UUID, typed: Typed, errors: Typed) -> str:
    found = queries.get(parcel_id)
    return render_template(
        "desk/shipping/parcel.html",
        parcel=found,
        view=shown.views_of([found])[0],
        states=[(state.value, state.label) for state in REPORTABLE],
        typed=typed,
        errors=errors,
        tones=PARCEL_TONES,
        may_report=found.state is not ParcelState.DELIVERED and g.place.may(Permission.ORDERS_SHIP),
    )
