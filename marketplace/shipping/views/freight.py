"""Where a merchant says what carrying costs and from which amount on it takes orders, and tries it out (DE3, want 21)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from marketplace.carts import queries as carts
from marketplace.carts import services as cart_services
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.money import Money
from marketplace.shipping import queries, services
from marketplace.shipping.rules import Basis, FreightRules, Item, Quote, Zone, quote
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.regions import queries as regions

desk = Blueprint("freight", __name__, url_prefix="/freight")

ROWS = 12
SPARE = 2


@desk.get("/")
@staff_only(Permission.FREIGHT_EDIT)
def index() -> ResponseReturnValue:
    """The rules as they hold."""
    rules = queries.freight_rules([g.place.merchant_id]).get(g.place.merchant_id) or FreightRules(currency=_currency())
    least = carts.minimums([g.place.merchant_id]).get(g.place.merchant_id)
    return _page(_rows(rules), rules.basis.value, str(least.amount) if least else "", {})


@desk.post("/")
@staff_only(Permission.FREIGHT_EDIT)
def save() -> ResponseReturnValue:
    """Keep the rules, or say at each row what is wrong."""
    rows, basis, least = _typed_rows(), request.form.get("basis", ""), request.form.get("minimum", "").strip()
    try:
        rules, minimum = _read(rows, basis), _amount(least or "0", "minimum")
        services.save_freight(merchant_id=g.place.merchant_id, rules=rules)
        cart_services.set_minimum(merchant_id=g.place.merchant_id, minimum=Money(minimum, _currency()))
    except Invalid as refusal:
        return _page(rows, basis, least, refusal.errors), 422
    flash(_("Saved. Buyers see these rules from now on."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/try")
@staff_only(Permission.FREIGHT_EDIT)
def attempt() -> ResponseReturnValue:
    """What would these rules, as they are typed now, ask for such a parcel? Nothing is kept."""
    typed = take(request.form, "quantity", "weight", "worth", longest=20)
    try:
        rules = _read(_typed_rows(), request.form.get("basis", ""))
        said = list(rules.complaints())
        if said:
            raise Invalid(errors={"": said})
        answer: Quote | None = quote(rules, [_item(typed)], _region(), _currency())
        errors: Mapping[str, Any] = {}
    except Invalid as refusal:
        answer, errors = None, refusal.errors
    place = regions.full_name(_region())
    page = render_template("desk/shipping/_quote.html", quote=answer, errors=Typed(errors), place=place)
    return (page, 200) if request.headers.get("HX-Request") else (_whole(page), 200)


def _whole(_part: str) -> str:
    """Without scripts the try-it box answers on the page itself."""
    rows, basis = _typed_rows(), request.form.get("basis", "")
    return _page(rows, basis, request.form.get("minimum", ""), {}, tried=_part)


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _region() -> str:
    return regions.chosen(*(request.form.get(f"to_{level}", "") for level in ("province", "city", "district")))


def _item(typed: Typed) -> Item:
    quantity, kilograms = _number(typed["quantity"] or "1", "quantity"), _number(typed["weight"] or "0", "weight", least=0)
    grams = int(kilograms * 1000 / quantity)
    return Item(quantity=quantity, weight_grams=grams, amount=Money(_amount(typed["worth"] or "0", "worth"), _currency()))


def _rows(rules: FreightRules) -> list[Typed]:
    """The zones as text for the form, with some empty rows behind."""
    rows = [
        Typed(
            name=zone.name,
            regions=list(zone.regions),
            refused="1" if zone.refused else "",
            first=_plain(zone.first),
            first_units=f"{zone.first_units.normalize():f}",
            more=_plain(zone.more),
            more_units=f"{zone.more_units.normalize():f}",
            free_above=_plain(zone.free_above) if zone.free_above is not None else "",
        )
        for zone in rules.zones
    ]
    return rows + [Typed(regions=[], first_units="1", more_units="1") for _n in range(SPARE)]


def _plain(minor: int) -> str:
    return f"{Money(minor, _currency()).amount.normalize():f}"


def _typed_rows() -> list[Typed]:
    rows = []
    for n in range(ROWS):
        names = ("name", "refused", "first", "first_units", "more", "more_units", "free_above")
        if f"zone-{n}-first" not in request.form:
            continue
        row = Typed({name: request.form.get(f"zone-{n}-{name}", "").strip()[:40] for name in names})
        row["regions"] = [code for code in request.form.getlist(f"zone-{n}-regions") if regions.exists(code)][:40]
        rows.append(row)
    return rows


def _read(rows: list[Typed], basis: str) -> FreightRules:
    """The rows as rules; empty rows are left out. Raises Invalid by row."""
    if basis not in set(Basis):
        raise Invalid(errors={"basis": _("Choose how freight is counted.")})
    zones = [_zone(n, row) for n, row in enumerate(rows) if row["first"] or row["refused"] or row["regions"]]
    return FreightRules(basis=Basis(basis), currency=_currency(), zones=tuple(zones))


def _zone(n: int, row: Typed) -> Zone:
    at = f"zone-{n}"
    return Zone(
        name=row["name"],
        regions=tuple(row["regions"]),
        refused=bool(row["refused"]),
        first=_amount(row["first"] or "0", at),
        first_units=_number(row["first_units"] or "1", at),
        more=_amount(row["more"] or "0", at),
        more_units=_number(row["more_units"] or "1", at),
        free_above=_amount(row["free_above"], at) if row["free_above"] else None,
    )


def _amount(text: str, at: str) -> int:
    try:
        amount = Money.parse(text, _currency())
    except ValueError:
        raise Invalid(errors={at: _("“%(text)s” is not an amount. Write it like 12.50.", text=text)}) from None
    if amount.minor < 0:
        raise Invalid(errors={at: _("An amount cannot be negative.")})
    return amount.minor


def _number(text: str, at: str, least: int | None = None) -> Decimal:
    try:
        number = Decimal(text.replace("，", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    low = number < least if least is not None and number.is_finite() else (number.is_finite() and number <= 0)
    if not number.is_finite() or low or number > 1_000_000:
        raise Invalid(errors={at: _("“%(text)s” is not a number above 0.", text=text)})
    return number


def _page(rows: list[Typed], basis: str, minimum: str, errors: Mapping[str, Any], tried: str = "") -> str:
    said = errors.get("", [])
    shown = Markup(tried) if tried else ""  # noqa: S704 - our own partial, escaped when it was rendered
    return render_template(
        "desk/shipping/freight.html",
        rows=rows,
        basis=basis,
        bases=Basis.choices(),
        minimum=minimum,
        errors=Typed(errors),
        said=[said] if isinstance(said, str) else list(said),
        provinces=regions.children(),
        region_name=regions.full_name,
        tried=shown,
        chain={"values": regions.values(_region() or "330603"), "options": regions.options(_region() or "330603")},
    )
