"""Where a merchant says what carrying costs and from which amount on it takes orders, and tries it out (DE3, want 21)."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.kernel.forms import Typed, take
from marketplace.shipping import queries, services
from marketplace.shipping.errors import RulesMoved
from marketplace.shipping.rules import Basis, FreightRules, quote
from marketplace.shipping.views import zones
from marketplace.shipping.views.zones import Sheet
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.regions import queries as regions

desk = Blueprint("freight", __name__, url_prefix="/freight")

PARCEL = {"quantity": "10", "weight": "2", "worth": "300"}


@desk.get("/")
@staff_only(Permission.FREIGHT_EDIT)
def index() -> ResponseReturnValue:
    """The rules as they hold."""
    rules = queries.freight_rules([g.place.merchant_id]).get(g.place.merchant_id) or FreightRules(currency=_currency())
    least = carts.bounds(merchant_ids=[g.place.merchant_id], variant_ids=[]).minimums.get(g.place.merchant_id)
    return _page(zones.shown(rules, least))


@desk.post("/")
@staff_only(Permission.FREIGHT_EDIT)
def save() -> ResponseReturnValue:
    """Keep the rules, or say at each field what is wrong."""
    sheet = zones.sent(request.form, currency=_currency())
    rules, least = sheet.rules(), sheet.least()
    if sheet.errors:
        return _page(sheet, parcel=_parcel()), 422
    try:
        services.save_freight(merchant_id=g.place.merchant_id, rules=rules, seen=request.form.get("seen"))
    except RulesMoved as refusal:
        sheet.errors[""] = refusal.sentence()
        return _page(sheet, parcel=_parcel(), anew=True), refusal.status
    cart_services.set_minimum(merchant_id=g.place.merchant_id, minimum=least)
    flash(_("Saved. Buyers see these rules from now on."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/try")
@staff_only(Permission.FREIGHT_EDIT)
def attempt() -> ResponseReturnValue:
    """What would these rules, as they are typed now, ask for such a parcel? Nothing is kept."""
    sheet, parcel = zones.sent(request.form, currency=_currency()), _parcel()
    rules, item, region = sheet.rules(), sheet.item(parcel), _region()
    answer = None if sheet.errors else quote(rules, [item], region, _currency())
    part = render_template(
        "desk/shipping/_quote.html",
        quote=answer,
        errors=sheet.errors,
        labels=zones.labels(sheet),
        place=regions.full_name(region),
    )
    return part if request.headers.get("HX-Request") else _page(sheet, parcel=parcel, tried=part)


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _region() -> str:
    return regions.chosen(*(request.form.get(f"to_{level}", "") for level in ("province", "city", "district")))


def _parcel() -> Typed:
    return take(request.form, *PARCEL, longest=20)


def _page(sheet: Sheet, *, parcel: Typed | None = None, tried: str = "", anew: bool = False) -> str:
    """The form. Without scripts the try-it box (`tried`) answers on the page itself; `anew`: it follows what holds now."""
    region = _region() or "330603"
    return render_template(
        "desk/shipping/freight.html",
        sheet=sheet,
        labels=zones.labels(sheet),
        bases=Basis.choices(),
        parcel=parcel if parcel is not None else Typed(PARCEL),
        provinces=regions.children(),
        region_name=regions.full_name,
        seen=None if anew else request.form.get("seen"),
        held=services.stamp(merchant_id=g.place.merchant_id),
        tried=Markup(tried),  # noqa: S704 - our own partial, escaped when it was rendered
        chain={"values": regions.values(region), "options": regions.options(region)},
    )
