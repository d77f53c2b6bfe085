"""Changing an order that is not shipped yet: the form, the sum that follows it, and doing it (OR3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.carts.rules import misread, parse_quantity
from marketplace.checkout import services
from marketplace.checkout.recount import Recount
from marketplace.checkout.views import form
from marketplace.checkout.views.form import Destination
from marketplace.checkout.views.shop import shop
from marketplace.kernel.db import patiently, unit_of_work
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Typed, plain, take, whole
from marketplace.kernel.words import plain as figure
from marketplace.orders import faces
from marketplace.orders import queries as orders
from marketplace.orders.changes import May, may_change
from marketplace.orders.models import Order, OrderLine
from tenants.access.guards import signed_in
from tenants.addresses import queries as book
from tenants.addresses import services as addresses

KEEP = "keep"
MOST_VERSIONS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ChangeSheet(Destination):
    """The form as it was sent, or as the order is."""

    seen: int
    expected: int
    note: str
    typed: Mapping[UUID, str]

    @property
    def is_new(self) -> bool:
        """Whether an address is being typed."""
        return self.address != KEEP and self.chosen is None

    def region(self, order: Order) -> str:
        """Where the goods go."""
        return str(order.ship_to.get("region_code", "")) if self.address == KEEP else self.to_region

    def wanted(self) -> dict[UUID, Decimal]:
        """How much of each line; what cannot be read is left out. Nothing is a quantity here: the line goes."""
        read = {key: Decimal(0) if text.strip() == "0" else parse_quantity(text) for key, text in self.typed.items()}
        return {key: quantity for key, quantity in read.items() if quantity is not None}

    def misread(self) -> dict[str, str]:
        """What cannot be read, by field."""
        said = {key: misread(text) for key, text in self.typed.items() if text.strip() != "0"}
        return {f"quantity-{key}": sentence for key, sentence in said.items() if sentence}


@dataclass(frozen=True, kw_only=True)
class About:
    """The order as it stands, and what is open of it."""

    order: Order
    lines: list[OrderLine]
    may: May

    def count(self, sheet: ChangeSheet) -> Recount:
        """What the form comes to."""
        return services.count_change(
            order=self.order, lines=self.lines, wanted=sheet.wanted(), region_code=sheet.region(self.order), may=self.may
        )


@shop.get("/orders/<number>/change")
@signed_in
def change(number: str) -> ResponseReturnValue:
    """What may still be changed of an order, as it stands."""
    about = _about(number)
    return _page(about, _fresh(about)) if about.may.delivery else _too_late(about.order)


@shop.post("/orders/<number>/change")
@signed_in
def send_change(number: str) -> ResponseReturnValue:
    """Count again, or change it."""
    about = _about(number)
    if not about.may.delivery:
        return _too_late(about.order)
    sheet = _sent(about)
    if request.form.get("do") != "save":
        return _page(about, sheet, errors=sheet.misread())
    try:
        patiently(lambda: _save(number, sheet))
    except Invalid as refusal:
        return _page(_about(number), sheet, errors=refusal.errors, status=422)
    except Conflict as refusal:
        return _again(number, sheet, refusal)
    flash(_("The order is changed; the merchant is told."), "success")
    return redirect(url_for("shop.orders.order", number=number), 303)


def _save(number: str, sheet: ChangeSheet) -> None:
    """In a transaction that ends here, so that it can be repeated."""
    with unit_of_work():
        about = _about(number)
        errors = sheet.misread()
        if errors:
            raise Invalid(errors=errors)
        counted = about.count(sheet)
        services.change_order(
            order=about.order,
            counted=counted,
            expected_minor=sheet.expected,
            seen=sheet.seen,
            ship_to=_ship_to(about.order, sheet),
            note=sheet.note,
            by=faces.buyer_doer(),
        )


def _ship_to(order: Order, sheet: ChangeSheet) -> Mapping[str, Any]:
    """The address as the order keeps it; one that was typed goes into the book. Raises Invalid."""
    if sheet.address == KEEP:
        return dict(order.ship_to)
    chosen = sheet.chosen or addresses.send_to(buyer_id=g.identity.buyer_id, entries=sheet.written())
    return chosen.snapshot()


def _about(number: str) -> About:
    order = orders.by_number(number)
    lines = list(orders.lines_of([order.id]))
    return About(order=order, lines=lines, may=may_change(order, orders.workflow_of(order.workflow_id)))


def _fresh(about: About) -> ChangeSheet:
    order = about.order
    return ChangeSheet(
        address=KEEP,
        entries=Typed({"name": g.identity.name}),
        region_code="",
        book=[one for one in book.listed() if one.snapshot() != dict(order.ship_to)],
        seen=order.version,
        expected=order.total_minor,
        note=order.note,
        typed={},
    )


def _sent(about: About) -> ChangeSheet:
    parts = form.destination()
    parts["book"] = [one for one in parts["book"] if one.snapshot() != dict(about.order.ship_to)]
    quantities = {line.id: request.form.get(f"quantity-{line.id}") for line in about.lines}
    typed = {key: plain(text)[:20] for key, text in quantities.items() if text is not None}
    typed |= {line.id: "0" for line in about.lines if request.form.get("out") == str(line.id)}
    typed |= {line.id: figure(line.quantity) for line in about.lines if request.form.get("back") == str(line.id)}
    return ChangeSheet(
        **parts,
        seen=whole(request.form.get("seen", ""), most=MOST_VERSIONS) or 0,
        expected=form.expected(),
        note=take(request.form, "note", longest=500).note,
        typed=typed if about.may.goods else {},
    )


def _too_late(order: Order) -> ResponseReturnValue:
    flash(_("This order can no longer be changed: it is under way, or over."), "error")
    return redirect(url_for("shop.orders.order", number=order.number), 303)


def _again(number: str, sheet: ChangeSheet, refusal: Conflict) -> ResponseReturnValue:
    """It comes to another sum, is sold out, or has moved meanwhile: what was typed, on the order as it is now."""
    about = _about(number)
    if not about.may.delivery:
        return _too_late(about.order)
    return _page(about, sheet, said=refusal.sentence(), status=409)


def _page(
    about: About, sheet: ChangeSheet, *, errors: Mapping[str, Any] | None = None, said: str = "", status: int = 200
) -> ResponseReturnValue:
    counted = about.count(sheet)
    found = Typed({**counted.refusals, **(errors or {})})
    page = render_template(
        "shop/checkout/_change.html" if request.headers.get("HX-Request") else "shop/checkout/change.html",
        order=about.order,
        may=about.may,
        sheet=sheet,
        counted=counted,
        errors=found,
        said=said,
        picture=faces.picture,
    )
    return make_response(page, status)
