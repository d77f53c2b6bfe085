"""Views of the address book among the account pages."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.urls import safe_redirect_path
from tenants.access.decorators import login_required
from tenants.access.login import current_user
from tenants.addresses import queries, services
from tenants.addresses.forms import MAX_ADDRESSES, AddressForm
from tenants.regions import queries as regions

account = Blueprint("addresses", __name__, url_prefix="/account/addresses")


@account.get("/")
@login_required
def index() -> ResponseReturnValue:
    """List the addresses, the default first."""
    addresses = queries.list_addresses()
    return render_template("account/addresses/index.html", addresses=addresses, is_full=len(addresses) >= MAX_ADDRESSES)


@account.get("/new")
@login_required
def new() -> ResponseReturnValue:
    """Show an empty form; `back` is the page to return to afterwards (the checkout, for example)."""
    return _render_form(FormData(name=current_user.name), FormData())


@account.post("/new")
@login_required
def add() -> ResponseReturnValue:
    """Save a new address."""
    typed, form = _read_form()
    try:
        services.add_address(buyer_id=current_user.buyer_id, form=form, is_default=bool(typed.usual))
    except ValidationError as exc:
        return _render_form(typed, FormData(exc.errors)), 422
    flash(_("The address is saved."), "success")
    return redirect(safe_redirect_path(request.form.get("back"), url_for(".index")), 303)


@account.get("/<uuid:address_id>")
@login_required
def edit(address_id: UUID) -> ResponseReturnValue:
    """Show the form of an address."""
    address = queries.get_address(address_id)
    columns = ("name", "phone", "region_code", "street", "postcode")
    typed = FormData({column: getattr(address, column) for column in columns}, usual="1" if address.is_default else "")
    return _render_form(typed, FormData(), address_id=address_id)


@account.post("/<uuid:address_id>")
@login_required
def change(address_id: UUID) -> ResponseReturnValue:
    """Save a changed address."""
    typed, form = _read_form()
    try:
        services.update_address(address_id=address_id, form=form, is_default=bool(typed.usual))
    except ValidationError as exc:
        return _render_form(typed, FormData(exc.errors), address_id=address_id), 422
    flash(_("The address is saved."), "success")
    return redirect(url_for(".index"), 303)


@account.post("/<uuid:address_id>/usual")
@login_required
def set_default(address_id: UUID) -> ResponseReturnValue:
    """Make an address the default."""
    services.set_default_address(address_id=address_id)
    flash(_("This is your usual address now."), "success")
    return redirect(url_for(".index"), 303)


@account.post("/<uuid:address_id>/remove")
@login_required
def remove(address_id: UUID) -> ResponseReturnValue:
    """Delete an address."""
    services.remove_address(address_id=address_id)
    flash(_("The address is removed."), "success")
    return redirect(url_for(".index"), 303)


def _read_form() -> tuple[FormData, AddressForm]:
    typed = clean_fields(request.form, "name", "phone", "street", "postcode", "usual", max_length=300)
    levels = clean_fields(request.form, "region_province", "region_city", "region_district", max_length=6)
    typed["region_code"] = regions.parse_selects(levels.region_province, levels.region_city, levels.region_district)
    values = {name: typed[name] for name in ("name", "phone", "region_code", "street", "postcode")}
    return typed, AddressForm(**values)


def _render_form(typed: FormData, errors: FormData, *, address_id: UUID | None = None) -> str:
    back_url = safe_redirect_path(request.values.get("back"), "")
    code = typed.region_code
    region_select = {"values": regions.select_values(code), "options": regions.select_options(code)}
    return render_template(
        "account/addresses/form.html",
        typed=typed,
        errors=errors,
        address_id=address_id,
        back_url=back_url,
        region_select=region_select,
    )
