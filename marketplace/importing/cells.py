"""The cells of a row by the meaning of their columns: what can be read out of them, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from marketplace.importing.columns import ATTRIBUTE
from marketplace.kernel import numbers
from marketplace.kernel.money import Money

QUANTITIES = ("min_quantity", "max_quantity", "step", "from_2", "from_3")
PRICES = ("price", "price_2", "price_3")
LONGEST_BARCODE = 20
STEP = re.compile(r"[;；\n]")
LISTED = re.compile(r"[\s,;|，；、]+")
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
BROKEN = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})  # what spreadsheets leave in a cell


@dataclass(frozen=True)
class Fault:
    """One thing wrong: the row, the heading of its column, what stood there, a sentence."""

    row: int
    column: str
    value: str
    sentence: str


class Cells:
    """One row by the meaning of its columns."""

    def __init__(self, number: int, columns: Sequence[str], cells: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.number = number
        self.heading = {mapping[column]: column for column in columns if mapping.get(column)}
        width = len(cells)
        self._values = {
            mapping[column]: cells[place].strip() if place < width else ""
            for place, column in enumerate(columns)
            if mapping.get(column)
        }
        self._beyond = [(place, cell.strip()) for place, cell in enumerate(cells[len(columns) :], len(columns)) if cell.strip()]

    def get(self, target: str) -> str:
        """What stands in the column of this meaning; empty when there is none."""
        return self._values.get(target, "")

    def filled(self) -> frozenset[str]:
        """The meanings whose cells say something."""
        return frozenset(name for name, value in self._values.items() if value)

    def attributes(self) -> dict[str, str]:
        """The attribute columns that are filled, by code."""
        return {name[len(ATTRIBUTE) :]: value for name, value in self._values.items() if name.startswith(ATTRIBUTE) and value}

    def fault(self, target: str, sentence: str) -> Fault:
        """Something wrong in the column of this meaning."""
        return Fault(self.number, self.heading.get(target, ""), shown(self.get(target)), sentence)

    def unusable(self) -> Iterator[Fault]:
        """Cells that no column could take: broken characters, a spreadsheet's errors and formulas, no heading above."""
        for target, value in self._values.items():
            if UNREADABLE.search(value):
                yield self.fault(target, _("Some characters here cannot be read. Save the file as UTF-8 and send it again."))
            elif value in BROKEN:
                yield self.fault(target, _("The spreadsheet shows an error here. Put the value itself into the cell."))
            elif value.startswith("="):
                yield self.fault(target, _("A formula stands here. Put the value itself into the cell."))
        for place, value in self._beyond:
            sentence = _(
                "No heading stands above this cell. Has the row slipped? Empty the cell, or give the column a heading."
            )
            yield Fault(self.number, f"#{place + 1}", shown(value), sentence)


def shown(value: str) -> str:
    """What stood in a cell, as it can be kept and shown."""
    return UNREADABLE.sub("\ufffd", value)[:200]


def amounts(cells: Cells, currency: str, say: Callable[[Fault], None], *, there: bool = False) -> dict[str, Any]:
    """Prices in minor units, quantities as decimals, weight, days and barcode; what cannot be read is said and left out.

    Of what is `there` already, a price need not stand in the table.
    """
    found: dict[str, Any] = {}
    if not cells.get("sku"):
        say(cells.fault("sku", _("The SKU is missing.")))
    for name in QUANTITIES:
        if cells.get(name):
            _keep(found, name, decimal(cells.get(name)), cells, _("Enter a number."), say)
    _stock(cells, found, say)
    _prices(cells, currency, found, say, there)
    _steps(cells, say)
    if cells.get("weight_grams"):
        grams = decimal(cells.get("weight_grams"))
        _keep(found, "weight_grams", grams if grams is None else int(grams), cells, _("Enter a weight in grams."), say)
    if cells.get("lead_days"):
        days = decimal(cells.get("lead_days"))
        whole = int(days) if days is not None and days == days.to_integral_value() else None
        _keep(found, "lead_days", whole, cells, _("Enter a whole number of days."), say)
    if cells.get("barcode"):
        code = LISTED.split(cells.get("barcode"))[0]  # some systems export all of a product's barcodes: the first will do
        fits = code if len(code) <= LONGEST_BARCODE else None
        _keep(found, "barcode", fits, cells, _("At most %(most)s characters.", most=LONGEST_BARCODE), say)
    return found


def decimal(text: str) -> Decimal | None:
    """A number as people type it; None when it is none."""
    try:
        number = numbers.read(text)
    except ValueError:
        return None
    return number if abs(number) < 10**10 else None


def _keep(found: dict[str, Any], name: str, value: Any, cells: Cells, sentence: str, say: Callable[[Fault], None]) -> None:
    if value is None:
        say(cells.fault(name, sentence))
    else:
        found[name] = value


def _stock(cells: Cells, found: dict[str, Any], say: Callable[[Fault], None]) -> None:
    if not cells.get("stock"):
        return
    number = decimal(cells.get("stock"))
    _keep(found, "stock", number, cells, _("Enter a number."), say)
    if number is not None and (number < 0 or number != round(number, 3)):
        say(cells.fault("stock", _("Enter a quantity of zero or more, with at most three decimals.")))


def _prices(cells: Cells, currency: str, found: dict[str, Any], say: Callable[[Fault], None], there: bool) -> None:
    for name in PRICES:
        if cells.get(name):
            _keep(found, name, _minor(cells.get(name), currency), cells, _("Enter a price such as 18.50."), say)
    if cells.get("prices"):
        steps = _ladder(cells.get("prices"), currency)
        if not steps:
            say(cells.fault("prices", _("Write a price, or steps such as “1: 18.50; 100: 16.50”.")))
        else:
            found["ladder"], found["price"] = steps, steps[0][1]
    elif cells.get("price"):
        pass
    elif cells.get("price_cents"):
        cents = decimal(cells.get("price_cents"))
        whole = int(cents) if cents is not None and cents == cents.to_integral_value() else None
        _keep(found, "price_cents", whole, cells, _("Enter a whole number of cents."), say)
        if whole is not None:
            found["price"] = whole
    elif not there:
        named = next((name for name in ("price", "prices") if name in cells.heading), "price_cents")
        say(cells.fault(named, _("The price is missing.")))
    for name in [name for name in PRICES if found.get(name, 1) <= 0]:
        say(cells.fault(name if cells.get(name) else "price_cents", _("Enter a price greater than zero.")))
        del found[name]


def _ladder(text: str, currency: str) -> list[tuple[Decimal, int]] | None:
    """Price steps in one cell, as the export writes them: `1: 18.50; 100: 16.50`."""
    steps = []
    for part in filter(None, (one.strip() for one in STEP.split(text))):
        start, _colon, price = part.replace("：", ":").rpartition(":")
        quantity, minor = decimal(start) if start.strip() else Decimal(1), _minor(price.strip(), currency)
        if quantity is None or quantity <= 0 or not minor or minor < 0:
            return None
        steps.append((quantity, minor))
    return sorted(steps)


def _minor(text: str, currency: str) -> int | None:
    try:
        return Money.parse(text, currency).minor
    except ValueError:
        return None


def _steps(cells: Cells, say: Callable[[Fault], None]) -> None:
    """A price step is a price and a quantity: one without the other would be lost without a word."""
    for rung in ("2", "3"):
        price, start = f"price_{rung}", f"from_{rung}"
        if cells.get(price) and not cells.get(start):
            say(cells.fault(start if start in cells.heading else price, _("Say from which quantity on this price holds.")))
        elif cells.get(start) and not cells.get(price):
            say(cells.fault(price if price in cells.heading else start, _("Say which price holds from this quantity on.")))
