"""The cells of a row by their targets: parsed values, and errors by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel import numbers
from marketplace.kernel.money import Money
from marketplace.product_import.column_mapping import ATTRIBUTE_PREFIX

QUANTITY_TARGETS = ("min_quantity", "max_quantity", "step", "from_2", "from_3")
PRICE_TARGETS = ("price", "price_2", "price_3")
MAX_BARCODE_LENGTH = 20
TIER_SEPARATOR_RE = re.compile(r"[;；\n]")
LIST_SEPARATOR_RE = re.compile(r"[\s,;|，；、]+")
CONTROL_CHARACTERS_RE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
)  # cell values of failed formulas


@dataclass(frozen=True)
class CellError:
    """One error: row, column heading, cell text, message."""

    row: int
    column: str
    value: str
    message: str


class RowCells:
    """One row of a table, its cells by target."""

    def __init__(self, row_number: int, columns: Sequence[str], cells: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.row_number = row_number
        self.headings = {mapping[column]: column for column in columns if mapping.get(column)}
        width = len(cells)
        self._values = {
            mapping[column]: cells[index].strip() if index < width else ""
            for index, column in enumerate(columns)
            if mapping.get(column)
        }
        self._extra_cells = [
            (index, cell.strip()) for index, cell in enumerate(cells[len(columns) :], len(columns)) if cell.strip()
        ]

    def get(self, target: str) -> str:
        """Return the cell of this target; empty when no column has it."""
        return self._values.get(target, "")

    def filled_targets(self) -> frozenset[str]:
        """Return the targets whose cells are not empty."""
        return frozenset(name for name, value in self._values.items() if value)

    def attributes(self) -> dict[str, str]:
        """Return the filled attribute columns by attribute code."""
        return {
            name[len(ATTRIBUTE_PREFIX) :]: value
            for name, value in self._values.items()
            if name.startswith(ATTRIBUTE_PREFIX) and value
        }

    def make_error(self, target: str, message: str) -> CellError:
        """Return an error in the column of this target."""
        return CellError(self.row_number, self.headings.get(target, ""), display_value(self.get(target)), message)

    def iter_invalid_cells(self) -> Iterator[CellError]:
        """Yield errors for cells that are invalid in any column: broken characters, spreadsheet errors, formulas, no heading."""
        for target, value in self._values.items():
            if CONTROL_CHARACTERS_RE.search(value):
                yield self.make_error(
                    target, _("Some characters here cannot be read. Save the file as UTF-8 and send it again.")
                )
            elif value in SPREADSHEET_ERRORS:
                yield self.make_error(target, _("The spreadsheet shows an error here. Put the value itself into the cell."))
            elif value.startswith("="):
                yield self.make_error(target, _("A formula stands here. Put the value itself into the cell."))
        for index, value in self._extra_cells:
            message = _("No heading stands above this cell. Has the row slipped? Empty the cell, or give the column a heading.")
            yield CellError(self.row_number, f"#{index + 1}", display_value(value), message)


def display_value(value: str) -> str:
    """Return the text of a cell as it can be stored and displayed."""
    return CONTROL_CHARACTERS_RE.sub("\ufffd", value)[:200]


def parse_numbers(
    cells: RowCells, currency: str, add_error: Callable[[CellError], None], *, is_existing: bool = False
) -> dict[str, Any]:
    """Parse prices (minor units), quantities (decimals), weight, days and barcode; invalid cells are reported and left out.

    An existing variant needs no price.
    """
    values: dict[str, Any] = {}
    if not cells.get("sku"):
        add_error(cells.make_error("sku", _("The SKU is missing.")))
    for name in QUANTITY_TARGETS:
        if cells.get(name):
            _store_value(values, name, parse_decimal(cells.get(name)), cells, _("Enter a number."), add_error)
    _parse_stock(cells, values, add_error)
    _parse_prices(cells, currency, values, add_error, is_existing)
    _check_tier_pairs(cells, add_error)
    if cells.get("weight_grams"):
        grams = parse_decimal(cells.get("weight_grams"))
        _store_value(
            values, "weight_grams", grams if grams is None else int(grams), cells, _("Enter a weight in grams."), add_error
        )
    if cells.get("lead_days"):
        days = parse_decimal(cells.get("lead_days"))
        whole_days = int(days) if days is not None and days == days.to_integral_value() else None
        _store_value(values, "lead_days", whole_days, cells, _("Enter a whole number of days."), add_error)
    if cells.get("barcode"):
        code = LIST_SEPARATOR_RE.split(cells.get("barcode"))[
            0
        ]  # some systems export all barcodes of a product; the first is used
        barcode = code if len(code) <= MAX_BARCODE_LENGTH else None
        _store_value(values, "barcode", barcode, cells, _("At most %(most)s characters.", most=MAX_BARCODE_LENGTH), add_error)
    return values


def parse_decimal(text: str) -> Decimal | None:
    """Parse a number as people type it; None if it is invalid."""
    try:
        number = numbers.parse_decimal(text)
    except ValueError:
        return None
    return number if abs(number) < 10**10 else None


def _store_value(
    values: dict[str, Any], name: str, value: Any, cells: RowCells, message: str, add_error: Callable[[CellError], None]
) -> None:
    if value is None:
        add_error(cells.make_error(name, message))
    else:
        values[name] = value


def _parse_stock(cells: RowCells, values: dict[str, Any], add_error: Callable[[CellError], None]) -> None:
    if not cells.get("stock"):
        return
    number = parse_decimal(cells.get("stock"))
    _store_value(values, "stock", number, cells, _("Enter a number."), add_error)
    if number is not None and (number < 0 or number != round(number, 3)):
        add_error(cells.make_error("stock", _("Enter a quantity of zero or more, with at most three decimals.")))


def _parse_prices(
    cells: RowCells, currency: str, values: dict[str, Any], add_error: Callable[[CellError], None], is_existing: bool
) -> None:
    for name in PRICE_TARGETS:
        if cells.get(name):
            _store_value(
                values, name, _parse_minor(cells.get(name), currency), cells, _("Enter a price such as 18.50."), add_error
            )
    if cells.get("prices"):
        tiers = _parse_tiers(cells.get("prices"), currency)
        if not tiers:
            add_error(cells.make_error("prices", _("Write a price, or steps such as “1: 18.50; 100: 16.50”.")))
        else:
            values["tiers"], values["price"] = tiers, tiers[0][1]
    elif cells.get("price"):
        pass
    elif cells.get("price_cents"):
        cents = parse_decimal(cells.get("price_cents"))
        whole_cents = int(cents) if cents is not None and cents == cents.to_integral_value() else None
        _store_value(values, "price_cents", whole_cents, cells, _("Enter a whole number of cents."), add_error)
        if whole_cents is not None:
            values["price"] = whole_cents
    elif not is_existing:
        missing_target = next((name for name in ("price", "prices") if name in cells.headings), "price_cents")
        add_error(cells.make_error(missing_target, _("The price is missing.")))
    for name in [name for name in PRICE_TARGETS if values.get(name, 1) <= 0]:
        add_error(cells.make_error(name if cells.get(name) else "price_cents", _("Enter a price greater than zero.")))
        del values[name]


def _parse_tiers(text: str, currency: str) -> list[tuple[Decimal, int]] | None:
    """Parse price tiers in one cell, as the export writes them: `1: 18.50; 100: 16.50`."""
    tiers = []
    for part in filter(None, (piece.strip() for piece in TIER_SEPARATOR_RE.split(text))):
        quantity_text, _colon, price_text = part.replace("：", ":").rpartition(":")
        quantity, minor = (
            parse_decimal(quantity_text) if quantity_text.strip() else Decimal(1),
            _parse_minor(price_text.strip(), currency),
        )
        if quantity is None or quantity <= 0 or not minor or minor < 0:
            return None
        tiers.append((quantity, minor))
    return sorted(tiers)


def _parse_minor(text: str, currency: str) -> int | None:
    try:
        return Money.parse(text, currency).minor
    except ValueError:
        return None


def _check_tier_pairs(cells: RowCells, add_error: Callable[[CellError], None]) -> None:
    """Report a tier with a price but no quantity, or the other way round: it would be lost silently."""
    for number in ("2", "3"):
        price_target, quantity_target = f"price_{number}", f"from_{number}"
        if cells.get(price_target) and not cells.get(quantity_target):
            add_error(
                cells.make_error(
                    quantity_target if quantity_target in cells.headings else price_target,
                    _("Say from which quantity on this price holds."),
                )
            )
        elif cells.get(quantity_target) and not cells.get(price_target):
            add_error(
                cells.make_error(
                    price_target if price_target in cells.headings else quantity_target,
                    _("Say which price holds from this quantity on."),
                )
            )
