"""Freight pages of the merchant desk: rates, order minimum and a trial calculation (freight rules, DE3)."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.shipping import queries, services
from marketplace.shipping.errors import StaleRates
from marketplace.shipping.rates import FreightRates, RateBasis, quote_shipping
from marketplace.shipping.views import rates_form
from marketplace.shipping.views.rates_form import RatesForm
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.regions import queries as regions

desk = Blueprint("freight", __name__, url_prefix="/freight")

SAMPLE_PARCEL = {"quantity": "10", "weight": "2", "worth": "300"}


@desk.get("/")
@require_staff_permission(Permission.FREIGHT_EDIT)
def index() -> ResponseReturnValue:
    """Show the current rates."""
    rates = queries.freight_rates_by_merchant([g.membership.merchant_id]).get(g.membership.merchant_id) or FreightRates(
        currency=_currency()
    )
    order_minimum = carts.get_limits(merchant_ids=[g.membership.merchant_id], variant_ids=[]).minimums.get(
        g.membership.merchant_id
    )
    return _render_form(rates_form.from_rates(rates, order_minimum))


@desk.post("/")
@require_staff_permission(Permission.FREIGHT_EDIT)
def save() -> ResponseReturnValue:
    """Save the rates, or show validation errors."""
    form = rates_form.from_request(request.form, currency=_currency())
    rates, order_minimum = form.to_rates(), form.to_order_minimum()
    if form.errors:
        return _render_form(form, parcel=_form_parcel()), 422
    try:
        services.save_freight_rates(
            merchant_id=g.membership.merchant_id, rates=rates, expected_version=request.form.get("seen")
        )
    except StaleRates as exc:
        form.errors[""] = exc.user_message()
        return _render_form(form, parcel=_form_parcel(), use_current_version=True), exc.status
    cart_services.set_order_minimum(merchant_id=g.membership.merchant_id, minimum=order_minimum)
    flash(_("Saved. Buyers see these rules from now on."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/try")
@require_staff_permission(Permission.FREIGHT_EDIT)
def try_rates() -> ResponseReturnValue:
    """Calculate the freight of a sample parcel with the submitted rates; nothing is saved."""
    form, parcel = rates_form.from_request(request.form, currency=_currency()), _form_parcel()
    rates, item, region = form.to_rates(), form.to_item(parcel), _form_region()
    quote = None if form.errors else quote_shipping(rates, [item], region, _currency())
    html = render_template(
        "desk/shipping/_rates_quote.html",
        quote=quote,
        errors=form.errors,
        labels=rates_form.field_labels(form),
        destination=regions.full_name(region),
    )
    return html if request.headers.get("HX-Request") else _render_form(form, parcel=parcel, quote_html=html)


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _form_region() -> str:
    return regions.parse_selects(*(request.form.get(f"to_{level}", "") for level in ("province", "city", "district")))


def _form_parcel() -> FormData:
    return clean_fields(request.form, *SAMPLE_PARCEL, max_length=20)


def _render_form(
    form: RatesForm, *, parcel: FormData | None = None, quote_html: str = "", use_current_version: bool = False
) -> str:
    """Render the form.

    Args:
        form: The submitted or stored rates.
        parcel: The fields of the sample parcel.
        quote_html: The result of the trial calculation, for browsers without JavaScript.
        use_current_version: Whether the next save is based on the stored rates instead of the submitted version.
    """
    region = _form_region() or "330603"
    return render_template(
        "desk/shipping/rates.html",
        form=form,
        labels=rates_form.field_labels(form),
        bases=RateBasis.choices(),
        parcel=parcel if parcel is not None else FormData(SAMPLE_PARCEL),
        provinces=regions.children(),
        region_name=regions.full_name,
        form_version=None if use_current_version else request.form.get("seen"),
        current_version=services.rates_version(merchant_id=g.membership.merchant_id),
        quote_html=Markup(quote_html),  # noqa: S704 - rendered by our own template, which escapes
        chain={"values": regions.select_values(region), "options": regions.select_options(region)},
    )
