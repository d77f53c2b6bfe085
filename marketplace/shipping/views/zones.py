"""Freight rules as a merchant types them: rows of text in, rules and sentences by field out. What was typed is kept.

Here is said what cannot be read; what may stand in the rules is judged by the rules (`FreightRules.complaints`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from marketplace.kernel import numbers
from marketplace.kernel.forms import Typed, plain
from marketplace.kernel.money import Money
from marketplace.shipping.rules import Basis, FreightRules, Item, Zone, amount_complaint, units_complaint
from tenants.regions import queries as regions

ROWS = 12
SPARE = 2
TEXTS = ("name", "refused", "first", "first_units", "more", "more_units", "free_above")
FRESH = {"first_units": "1", "more_units": "1"}


@dataclass
class Sheet:
    """The whole form as text, and what is wrong with it by field. Row n is the rules' zone n: empty rows stand behind."""

    rows: list[Typed]
    basis: str
    minimum: str
    currency: str
    errors: Typed = field(default_factory=Typed)

    def rules(self) -> FreightRules:
        """The rows as rules. Whatever cannot be read is said in `errors` and counts as nothing."""
        if self.basis not in set(Basis):
            self.errors["basis"] = _("Choose how freight is counted.")
        zones = tuple(self._zone(n, row) for n, row in enumerate(self.rows) if _is_used(row))
        basis = Basis.FLAT if "basis" in self.errors else Basis(self.basis)
        rules = FreightRules(basis=basis, currency=self.currency, zones=zones)
        for name, said in rules.complaints(called=regions.full_name):
            self.errors.setdefault(name, said)
        return rules

    def least(self) -> Money:
        """The smallest order; nothing typed takes any."""
        least = Money(self._amount("minimum", self.minimum), self.currency)
        if said := amount_complaint(least):
            self.errors["minimum"] = said
        return least

    def item(self, typed: Typed) -> Item:
        """What the try-it box carries."""
        quantity = self._number("quantity", typed["quantity"] or "1")
        kilograms = self._number("weight", typed["weight"] or "0")
        worth = Money(self._amount("worth", typed["worth"]), self.currency)
        said = {"quantity": units_complaint(quantity), "weight": kilograms and units_complaint(kilograms)}
        said["worth"] = amount_complaint(worth)
        for name, sentence in said.items():
            if sentence:
                self.errors.setdefault(name, sentence)
        return Item(quantity=quantity, weight_grams=int(kilograms * 1000 / (quantity or 1)), amount=worth)

    def _zone(self, n: int, row: Typed) -> Zone:
        at = f"zone-{n}-"
        if not row["first"] and not row["refused"]:
            self.errors[f"{at}first"] = _("Enter what it costs, or 0 if you carry it for nothing.")
        return Zone(
            name=row["name"],
            regions=tuple(row["regions"]),
            refused=bool(row["refused"]),
            first=self._amount(f"{at}first", row["first"]),
            first_units=self._number(f"{at}first_units", row["first_units"] or "1"),
            more=self._amount(f"{at}more", row["more"]),
            more_units=self._number(f"{at}more_units", row["more_units"] or "1"),
            free_above=self._amount(f"{at}free_above", row["free_above"]) if row["free_above"] else None,
        )

    def _amount(self, at: str, text: str) -> int:
        try:
            amount = Money.parse(text or "0", self.currency)
        except ValueError:
            self.errors[at] = _("“%(text)s” is not an amount. Write it like 12.50.", text=text)
            return 0
        return amount.minor

    def _number(self, at: str, text: str) -> Decimal:
        try:
            return numbers.read(text)
        except ValueError:
            self.errors[at] = _("“%(text)s” is not a number. Write it like 12.5.", text=text)
            return Decimal(1)


def shown(rules: FreightRules, least: Money | None) -> Sheet:
    """The rules that hold as text, with some empty rows behind."""

    def amount(minor: int | None) -> str:
        return f"{Money(minor, rules.currency).amount.normalize():f}" if minor is not None else ""

    rows = [
        Typed(
            name=zone.name,
            regions=list(zone.regions),
            refused="1" if zone.refused else "",
            first=amount(zone.first),
            first_units=f"{zone.first_units.normalize():f}",
            more=amount(zone.more),
            more_units=f"{zone.more_units.normalize():f}",
            free_above=amount(zone.free_above),
        )
        for zone in rules.zones
    ]
    return Sheet(_with_spare(rows), rules.basis.value, str(least.amount) if least else "", rules.currency)


def sent(form: MultiDict[str, str], *, currency: str) -> Sheet:
    """What was typed, as it was typed; rows without anything in them go behind the others."""
    rows = [_row(form, f"zone-{n}-") for n in range(ROWS) if f"zone-{n}-first" in form]
    used = [row for row in rows if _is_used(row)]
    return Sheet(_with_spare(used), form.get("basis", ""), plain(form.get("minimum", ""))[:40], currency)


def labels(sheet: Sheet) -> Mapping[str, str]:
    """What every field is called where it is named away from its place."""
    words = {
        "name": _("Zone name"),
        "first": _("First"),
        "first_units": _("covers"),
        "more": _("Each further"),
        "more_units": _("for"),
        "free_above": _("Free from"),
        "regions": _("Regions"),
    }
    named = {"basis": _("Freight grows"), "minimum": _("Goods for at least"), "quantity": _("Pieces or metres")}
    named |= {"weight": _("Weight together"), "worth": _("Worth")}
    for n, row in enumerate(sheet.rows):
        zone = row["name"] or _("Zone %(n)s", n=n + 1)
        named |= {f"zone-{n}-{name}": _("%(zone)s, %(field)s", zone=zone, field=word) for name, word in words.items()}
    return named


def _row(form: MultiDict[str, str], at: str) -> Typed:
    row = Typed({name: plain(form.get(f"{at}{name}", ""))[:40] for name in TEXTS})
    row["regions"] = [code for code in form.getlist(f"{at}regions") if regions.exists(code)][:40]
    return row


def _is_used(row: Typed) -> bool:
    return bool(row["regions"]) or any(row[name] and row[name] != FRESH.get(name) for name in TEXTS)


def _with_spare(rows: list[Typed]) -> list[Typed]:
    return rows + [Typed(regions=[], **FRESH) for _n in range(min(SPARE, ROWS - len(rows)))]
