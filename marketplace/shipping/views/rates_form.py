"""The freight rates form: converts rows of text to rates and errors by field, and preserves the submitted text.

This module reports text that cannot be parsed; `FreightRates.iter_errors` validates the parsed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from marketplace.kernel import numbers
from marketplace.kernel.form_input import FormData, normalize_text
from marketplace.kernel.money import Money
from marketplace.shipping.rates import FreightRates, RateBasis, ShippingItem, Zone, validate_amount, validate_units
from tenants.regions import queries as regions

MAX_ROWS = 12
BLANK_ROWS = 2
TEXT_FIELDS = ("name", "refused", "first", "first_units", "more", "more_units", "free_above")
BLANK_ROW = {"first_units": "1", "more_units": "1"}


@dataclass
class RatesForm:
    """The form as text with errors by field. Row n is zone n of the rates; blank rows come last."""

    rows: list[FormData]
    basis: str
    minimum: str
    currency: str
    errors: FormData = field(default_factory=FormData)

    def to_rates(self) -> FreightRates:
        """Return the rows as rates; values that cannot be parsed are added to `errors` and replaced by defaults."""
        if self.basis not in set(RateBasis):
            self.errors["basis"] = _("Choose how freight is counted.")
        zones = tuple(self._zone(index, row) for index, row in enumerate(self.rows) if _is_used(row))
        basis = RateBasis.FLAT if "basis" in self.errors else RateBasis(self.basis)
        rates = FreightRates(basis=basis, currency=self.currency, zones=zones)
        for field_name, message in rates.iter_errors(region_name=regions.full_name):
            self.errors.setdefault(field_name, message)
        return rates

    def to_order_minimum(self) -> Money:
        """Return the order minimum; an empty field means no minimum."""
        amount = Money(self._parse_amount("minimum", self.minimum), self.currency)
        if message := validate_amount(amount):
            self.errors["minimum"] = message
        return amount

    def to_item(self, parcel: FormData) -> ShippingItem:
        """Return the sample parcel of the trial calculation."""
        quantity = self._parse_number("quantity", parcel["quantity"] or "1")
        kilograms = self._parse_number("weight", parcel["weight"] or "0")
        items_value = Money(self._parse_amount("worth", parcel["worth"]), self.currency)
        messages = {"quantity": validate_units(quantity), "weight": kilograms and validate_units(kilograms)}
        messages["worth"] = validate_amount(items_value)
        for field_name, message in messages.items():
            if message:
                self.errors.setdefault(field_name, message)
        return ShippingItem(quantity=quantity, weight_grams=int(kilograms * 1000 / (quantity or 1)), amount=items_value)

    def _zone(self, index: int, row: FormData) -> Zone:
        prefix = f"zone-{index}-"
        if not row["first"] and not row["refused"]:
            self.errors[f"{prefix}first"] = _("Enter what it costs, or 0 if you carry it for nothing.")
        return Zone(
            name=row["name"],
            regions=tuple(row["regions"]),
            excluded=bool(row["refused"]),
            base_minor=self._parse_amount(f"{prefix}first", row["first"]),
            base_units=self._parse_number(f"{prefix}first_units", row["first_units"] or "1"),
            step_minor=self._parse_amount(f"{prefix}more", row["more"]),
            step_units=self._parse_number(f"{prefix}more_units", row["more_units"] or "1"),
            free_above_minor=self._parse_amount(f"{prefix}free_above", row["free_above"]) if row["free_above"] else None,
        )

    def _parse_amount(self, field_name: str, text: str) -> int:
        try:
            amount = Money.parse(text or "0", self.currency)
        except ValueError:
            self.errors[field_name] = _("“%(text)s” is not an amount. Write it like 12.50.", text=text)
            return 0
        return amount.minor

    def _parse_number(self, field_name: str, text: str) -> Decimal:
        try:
            return numbers.parse_decimal(text)
        except ValueError:
            self.errors[field_name] = _("“%(text)s” is not a number. Write it like 12.5.", text=text)
            return Decimal(1)


def from_rates(rates: FreightRates, order_minimum: Money | None) -> RatesForm:
    """Return stored rates as a form, with blank rows at the end."""

    def format_amount(minor: int | None) -> str:
        return f"{Money(minor, rates.currency).amount.normalize():f}" if minor is not None else ""

    rows = [
        FormData(
            name=zone.name,
            regions=list(zone.regions),
            refused="1" if zone.excluded else "",
            first=format_amount(zone.base_minor),
            first_units=f"{zone.base_units.normalize():f}",
            more=format_amount(zone.step_minor),
            more_units=f"{zone.step_units.normalize():f}",
            free_above=format_amount(zone.free_above_minor),
        )
        for zone in rates.zones
    ]
    return RatesForm(
        _with_blank_rows(rows), rates.basis.value, str(order_minimum.amount) if order_minimum else "", rates.currency
    )


def from_request(form: MultiDict[str, str], *, currency: str) -> RatesForm:
    """Return the submitted form; blank rows are moved to the end."""
    rows = [_row_from_request(form, f"zone-{index}-") for index in range(MAX_ROWS) if f"zone-{index}-first" in form]
    used_rows = [row for row in rows if _is_used(row)]
    return RatesForm(_with_blank_rows(used_rows), form.get("basis", ""), normalize_text(form.get("minimum", ""))[:40], currency)


def field_labels(form: RatesForm) -> Mapping[str, str]:
    """Return the labels of all fields for the error summary."""
    zone_labels = {
        "name": _("Zone name"),
        "first": _("First"),
        "first_units": _("covers"),
        "more": _("Each further"),
        "more_units": _("for"),
        "free_above": _("Free from"),
        "regions": _("Regions"),
    }
    all_labels = {"basis": _("Freight grows"), "minimum": _("Goods for at least"), "quantity": _("Pieces or metres")}
    all_labels |= {"weight": _("Weight together"), "worth": _("Worth")}
    for index, row in enumerate(form.rows):
        zone_name = row["name"] or _("Zone %(n)s", n=index + 1)
        all_labels |= {
            f"zone-{index}-{name}": _("%(zone)s, %(field)s", zone=zone_name, field=label) for name, label in zone_labels.items()
        }
    return all_labels


def _row_from_request(form: MultiDict[str, str], prefix: str) -> FormData:
    row = FormData({name: normalize_text(form.get(f"{prefix}{name}", ""))[:40] for name in TEXT_FIELDS})
    row["regions"] = [code for code in form.getlist(f"{prefix}regions") if regions.exists(code)][:40]
    return row


def _is_used(row: FormData) -> bool:
    return bool(row["regions"]) or any(row[name] and row[name] != BLANK_ROW.get(name) for name in TEXT_FIELDS)


def _with_blank_rows(rows: list[FormData]) -> list[FormData]:
    return rows + [FormData(regions=[], **BLANK_ROW) for _index in range(min(BLANK_ROWS, MAX_ROWS - len(rows)))]
