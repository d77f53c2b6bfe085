"""Stock at the merchant's desk: the combined list, one variant with its book, warehouses, the whole book (IN1, IN2, IN4, IN5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries as goods
from marketplace.catalogue.views.words import teach
from marketplace.inventory import queries, services
from marketplace.inventory.errors import BookedAlready, NotThatMany
from marketplace.inventory.models import MovementKind
from marketplace.inventory.rules import worth
from marketplace.inventory.views.words import KIND_TONES, events_of, explain_holds, moved_by
from marketplace.kernel import clock, numbers
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, place_in_order, take
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from marketplace.kernel.paging import page_of
from marketplace.kernel.words import amount
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.market.queries import people_at

desk = Blueprint("inventory", __name__, url_prefix="/stock")
teach(desk)
SIZE = 50


@desk.get("/")
@staff_only(Permission.STOCK_SEE)
def index() -> ResponseReturnValue:
    """Every variant with what lies where, narrowed by words, place and shortage together."""
    place = _uuid(request.args.get("place"))
    wanted = queries.Wanted(
        text=request.args.get("q", "")[:100],
        location_id=place,
        category=request.args.get("category", "")[:80],
        short=request.args.get("short", "")[:10],
        sort=request.args.get("sort", "free")[:12],
    )
    page = page_of(queries.stock_rows(wanted), number=request.args.get("page", 1, int), size=SIZE, scalars=False)
    return render_template(
        "desk/inventory/index.html",
        page=page,
        wanted=wanted,
        places=queries.locations(),
        tree=goods.tree(),
        total=queries.stock_worth() if _sees_costs() else [],
        sees_costs=_sees_costs(),
        worth=worth,
        url=_list_url,
        to_page=lambda number: _list_url(page=number),
    )


@desk.get("/<uuid:variant_id>")
@staff_only(Permission.STOCK_SEE)
def variant(variant_id: UUID) -> ResponseReturnValue:
    """One variant: where it lies, who has some kept, and why it is as many as it is."""
    return _variant(variant_id, Typed(), Typed())


@desk.post("/<uuid:variant_id>/<any(receive, correct, write_off, transfer, line):deed>")
@staff_only(Permission.STOCK_ADJUST)
def move(variant_id: UUID, deed: str) -> ResponseReturnValue:
    """Book one movement, or set the alert line."""
    typed = take(request.form, "quantity", "location", "target", "note", "counted", "cost", "key", longest=300)
    try:
        _do(deed, variant_id, typed)
    except Invalid as refusal:
        return _variant(variant_id, typed, Typed(refusal.errors), deed), 422
    except NotThatMany as refusal:
        return _variant(variant_id, typed, Typed(quantity=refusal.sentence()), deed), 422
    except BookedAlready as refusal:
        flash(refusal.sentence(), "info")
        return redirect(url_for(".variant", variant_id=variant_id), 303)
    flash(_("The alert line is set.") if deed == "line" else _("Booked."), "success")
    return redirect(url_for(".variant", variant_id=variant_id), 303)


@desk.get("/book")
@staff_only(Permission.STOCK_SEE)
def book() -> ResponseReturnValue:
    """Every movement, newest first, with what came in and went out by kind: of the days that are read, or the last 30."""
    kind, zone = request.args.get("kind", ""), current_app.config["SETTINGS"].timezone
    until = clock.day(request.args.get("until", ""), zone)
    wanted = queries.Pages(
        text=request.args.get("q", "").strip()[:100],
        kind=MovementKind(kind) if kind in set(MovementKind) else None,
        location_id=_uuid(request.args.get("place")),
        since=clock.day(request.args.get("since", ""), zone),
        until=until + timedelta(days=1) if until else None,
    )
    page = page_of(queries.book_rows(wanted), number=request.args.get("page", 1, int), size=SIZE, scalars=False)
    return render_template(
        "desk/inventory/book.html",
        page=page,
        names=people_at(g.place.merchant_id),
        moved_by=moved_by,
        wanted=wanted,
        days={name: request.args.get(name, "") for name in ("since", "until")},
        kinds=MovementKind,
        sums=queries.sums_by_kind(wanted),
        amount=amount,
        places=queries.locations(closed=True),
        tones=KIND_TONES,
        url=lambda **changes: url_for(".book", **{**request.args, "page": None, **changes}),
    )


@desk.get("/places")
@staff_only(Permission.STOCK_SEE)
def places() -> ResponseReturnValue:
    """The warehouses, in the order in which goods are taken from them."""
    return _places(Typed(), Typed())


@desk.post("/places")
@staff_only(Permission.LOCATIONS_MANAGE)
def open_place() -> ResponseReturnValue:
    """Add one."""
    typed = take(request.form, "name", "address", "position", longest=200)
    try:
        services.open_location(
            merchant_id=g.place.merchant_id, name=typed.name, address=typed.address, position=place_in_order(typed.position)
        )
    except Invalid as refusal:
        return _places(typed, Typed(refusal.errors)), 422
    flash(_("The warehouse is added."), "success")
    return redirect(url_for(".places"), 303)


@desk.post("/places/<uuid:location_id>")
@staff_only(Permission.LOCATIONS_MANAGE)
def change_place(location_id: UUID) -> ResponseReturnValue:
    """Rename one, or move it up or down in the order."""
    typed = take(request.form, "name", "address", "position", longest=200)
    known = queries.location(location_id)
    try:
        services.change_location(
            location_id=location_id,
            name=typed.name,
            region_code=known.region_code,
            address=typed.address,
            position=place_in_order(typed.position),
        )
    except Invalid as refusal:
        return _places(Typed(), Typed({f"{location_id}": next(iter(refusal.errors.values()))}), {location_id: typed}), 422
    flash(_("The warehouse is saved."), "success")
    return redirect(url_for(".places"), 303)


@desk.post("/places/<uuid:location_id>/close")
@staff_only(Permission.LOCATIONS_MANAGE)
def close_place(location_id: UUID) -> ResponseReturnValue:
    """Take an empty one out of use."""
    services.close_location(location_id=location_id)
    flash(_("The warehouse is closed."), "success")
    return redirect(url_for(".places"), 303)


def _do(deed: str, variant_id: UUID, typed: Typed) -> None:
    quantity = _quantity(typed.quantity, empty=deed == "line")
    if deed == "line":
        services.set_alert_line(variant_id=variant_id, quantity=quantity or None)
        return
    place = _uuid(typed.location)
    if place is None:
        raise Invalid({"location": _("Choose a warehouse.")})
    cause = f"form:{key}" if (key := _uuid(typed.key)) else ""
    if deed == "transfer":
        target = _uuid(typed.target)
        if target is None:
            raise Invalid({"target": _("Choose a warehouse.")})
        services.transfer(
            variant_id=variant_id, source_id=place, target_id=target, quantity=quantity, note=typed.note, cause=cause
        )
        return
    if deed == "correct":
        counted = bool(typed.counted)
        services.correct(variant_id=variant_id, location_id=place, to=quantity, note=typed.note, counted=counted)
        return
    if deed == "receive":
        cost = _cost(typed.cost)
        services.receive(variant_id=variant_id, location_id=place, quantity=quantity, note=typed.note, cause=cause, cost=cost)
        return
    services.write_off(variant_id=variant_id, location_id=place, quantity=quantity, note=typed.note, cause=cause)


def _cost(text: str) -> Money | None:
    """What one unit has cost, from those who may know it."""
    if not text or not _sees_costs():
        return None
    try:
        return Money.parse(text, _currency())
    except ValueError:
        raise Invalid({"cost": _("Enter an amount like 12.50.")}) from None


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _sees_costs() -> bool:
    """What goods have cost is for those who set prices or look after the money, not for everybody at the shelf."""
    return bool(g.place.may(Permission.PRICES_EDIT) or g.place.may(Permission.MONEY_SEE))


def _quantity(text: str, *, empty: bool = False) -> Decimal:
    if empty and not text:
        return Decimal(0)
    try:
        return numbers.read(text)
    except ValueError:
        raise Invalid({"quantity": _("Enter a number.")}) from None


def _variant(variant_id: UUID, typed: Typed, errors: Typed, deed: str = "receive") -> str:
    one = queries.variant(variant_id)
    facts: dict[str, Any] = {
        "one": one,
        "levels": queries.levels_of([variant_id]),
        "free": queries.available([variant_id])[variant_id],
        "line": queries.alert_line(variant_id),
        "holds": explain_holds(queries.open_holds(variant_id)),
        "events": events_of(
            queries.timeline(variant_id), one.unit, people_at(g.place.merchant_id), _currency() if _sees_costs() else ""
        ),
        "cost": queries.cost(variant_id) if _sees_costs() else None,
        "sees_costs": _sees_costs(),
        "worth": worth,
    }
    places = [(place.id, place.name) for place in queries.locations()]
    return render_template(
        "desk/inventory/variant.html",
        **facts,
        places=places,
        typed=typed,
        errors=errors,
        nothing=Typed(),
        key=uuid7(),
        deed=deed,
        at=g.place,
    )


def _places(typed: Typed, errors: Typed, changed: Mapping[UUID, Typed] = MappingProxyType({})) -> str:
    rows = queries.places_with_stock()
    return render_template("desk/inventory/places.html", places=rows, typed=typed, errors=errors, changed=changed, at=g.place)


def _list_url(**changes: Any) -> str:
    kept = {name: request.args.get(name) for name in ("q", "place", "category", "short", "sort")}
    return url_for(".index", **{name: value for name, value in {**kept, **changes}.items() if value})


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
