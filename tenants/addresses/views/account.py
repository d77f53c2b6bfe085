"""A buyer's address book."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.urls import local_path
from tenants.access.guards import signed_in
from tenants.addresses import queries, services
from tenants.addresses.rules import MOST, Entries
from tenants.regions import queries as regions

account = Blueprint("addresses", __name__, url_prefix="/account/addresses")


@account.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """All of them, the usual one first."""
    held = queries.listed()
    return render_template("account/addresses/index.html", addresses=held, full=len(held) >= MOST)


@account.get("/new")
@signed_in
def new() -> ResponseReturnValue:
    """An empty form; `back` says where to go on afterwards (to the checkout, for example)."""
    return _form(Typed(name=g.identity.name), Typed())


@account.post("/new")
@signed_in
def add() -> ResponseReturnValue:
    """Write it down."""
    typed, entries = _typed()
    try:
        services.add(buyer_id=g.identity.buyer_id, entries=entries, usual=bool(typed.usual))
    except Invalid as refusal:
        return _form(typed, Typed(refusal.errors)), 422
    flash(_("The address is saved."), "success")
    return redirect(local_path(request.form.get("back"), url_for(".index")), 303)


@account.get("/<uuid:address_id>")
@signed_in
def edit(address_id: UUID) -> ResponseReturnValue:
    """Its form."""
    address = queries.get(address_id)
    columns = ("name", "phone", "region_code", "street", "postcode")
    typed = Typed({column: getattr(address, column) for column in columns}, usual="1" if address.usual else "")
    return _form(typed, Typed(), address_id=address_id)


@account.post("/<uuid:address_id>")
@signed_in
def change(address_id: UUID) -> ResponseReturnValue:
    """Change it."""
    typed, entries = _typed()
    try:
        services.change(address_id=address_id, entries=entries, usual=bool(typed.usual))
    except Invalid as refusal:
        return _form(typed, Typed(refusal.errors), address_id=address_id), 422
    flash(_("The address is saved."), "success")
    return redirect(url_for(".index"), 303)


@account.post("/<uuid:address_id>/usual")
@signed_in
def make_usual(address_id: UUID) -> ResponseReturnValue:
    """Send goods here unless something else is said."""
    services.make_usual(address_id=address_id)
    flash(_("This is your usual address now."), "success")
    return redirect(url_for(".index"), 303)


@account.post("/<uuid:address_id>/remove")
@signed_in
def remove(address_id: UUID) -> ResponseReturnValue:
    """Take it out of the book."""
    services.remove(address_id=address_id)
    flash(_("The address is removed."), "success")
    return redirect(url_for(".index"), 303)


def _typed() -> tuple[Typed, Entries]:
    typed = take(request.form, "name", "phone", "street", "postcode", "usual", longest=300)
    levels = take(request.form, "region_province", "region_city", "region_district", longest=6)
    typed["region_code"] = regions.chosen(levels.region_province, levels.region_city, levels.region_district)
    values = {name: typed[name] for name in ("name", "phone", "region_code", "street", "postcode")}
    return typed, Entries(**values)


def _form(typed: Typed, errors: Typed, *, address_id: UUID | None = None) -> str:
    back = local_path(request.values.get("back"), "")
    code = typed.region_code
    chain = {"values": regions.values(code), "options": regions.options(code)}
    return render_template(
        "account/addresses/form.html", typed=typed, errors=errors, address_id=address_id, back=back, chain=chain
    )
