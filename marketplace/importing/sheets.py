"""Rows become product sheets: cells read in their types, options into axes, faults said at their column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.catalogue.rules.attributes import AttributeField, attribute_values
from marketplace.catalogue.services.checking import sheet_errors
from marketplace.catalogue.services.saving import ProductSheet, TierSheet, VariantSheet
from marketplace.importing.columns import ATTRIBUTE
from marketplace.kernel.money import Money

UNITS: Mapping[str, Unit] = {
    word: unit
    for unit, words in {
        Unit.PIECE: ("piece", "pcs", "pc", "件", "个", "只", "条", "张", "块", "支", "粒"),
        Unit.METRE: ("metre", "meter", "m", "米"),
        Unit.YARD: ("yard", "yd", "码"),
        Unit.KILOGRAM: ("kilogram", "kg", "公斤", "千克"),
        Unit.JIN: ("jin", "斤"),
        Unit.TON: ("ton", "t", "吨"),
        Unit.SQUARE_METRE: ("square_metre", "m²", "m2", "平方米", "平方"),
        Unit.ROLL: ("roll", "卷", "匹"),
        Unit.SET: ("set", "套"),
        Unit.PAIR: ("pair", "双", "对"),
        Unit.DOZEN: ("dozen", "打"),
        Unit.BOX: ("box", "箱", "盒"),
        Unit.PACK: ("pack", "包", "袋"),
    }.items()
    for word in words
}
AXES = (("option_1", "colour", {"zh_Hans": "颜色", "en": "Colour"}), ("option_2", "size", {"zh_Hans": "尺码", "en": "Size"}))
NUMBERS = ("min_quantity", "max_quantity", "step", "from_2", "from_3", "stock")
PRICES = ("price", "price_2", "price_3")
PLACES = {"title": ("title_zh", "title_en"), "title.zh_Hans": ("title_zh",), "title.en": ("title_en",)}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the market knows, asked for once: categories by any of their words, schemas, brands by name."""

    currency: str
    categories: Mapping[str, UUID]
    schemas: Mapping[UUID, Sequence[AttributeField]]
    brands: Mapping[str, UUID]
    category_id: UUID | None = None  # for all rows
    unit: Unit = Unit.PIECE


@dataclass(frozen=True)
class Fault:
    """One thing wrong: the row, the heading of its column, what stood there, a sentence."""

    row: int
    column: str
    value: str
    sentence: str


@dataclass
class Bundle:
    """Rows of one product as they were read."""

    rows: list[int]
    skus: list[str] = field(default_factory=list)
    sheet: ProductSheet | None = None
    stock: dict[str, Decimal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


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

    def get(self, target: str) -> str:
        """What stands in the column of this meaning; empty when there is none."""
        return self._values.get(target, "")

    def attributes(self) -> dict[str, str]:
        """The attribute columns that are filled, by code."""
        return {name[len(ATTRIBUTE) :]: value for name, value in self._values.items() if name.startswith(ATTRIBUTE) and value}

    def fault(self, target: str, sentence: str) -> Fault:
        """Something wrong in the column of this meaning."""
        return Fault(self.number, self.heading.get(target, ""), self.get(target)[:200], sentence)


def bundles(lines: Iterable[Cells]) -> Iterator[list[Cells]]:
    """Rows that belong to one product: neighbours with the same product number, else each row alone."""
    for reference, some in groupby(lines, key=lambda cells: cells.get("reference") or f"#{cells.number}"):
        members = list(some)
        yield from [members] if not reference.startswith("#") else ([one] for one in members)


def read(members: Sequence[Cells], known: Known) -> Bundle:
    """One product out of its rows. With faults, `sheet` is None."""
    bundle = Bundle([cells.number for cells in members], [cells.get("sku") for cells in members])
    first = members[0]
    values = [_numbers(cells, known, bundle) for cells in members]
    category_id = _category(first, known, bundle)
    if bundle.faults or category_id is None:
        return bundle
    sheet = ProductSheet(
        category_id=category_id,
        title=_texts(first, "title"),
        description=_texts(first, "description"),
        attributes=attribute_values(known.schemas[category_id], first.attributes()),
        axes=_axes(members),
        brand_id=known.brands.get(first.get("brand").casefold()),
        reference=first.get("reference") or None,
        unit=UNITS.get(first.get("unit").lower(), known.unit),
        currency=known.currency,
        lead_days=int(first.get("lead_days") or 0) if (first.get("lead_days") or "0").isdigit() else 0,
        tiers=_tiers(values[0]),
        variants=[_variant(cells, value, own=value is not values[0]) for cells, value in zip(members, values, strict=True)],
        mixes=len(members) > 1,
    )
    for place, sentence in sheet_errors(sheet=sheet, schema=known.schemas[category_id]).items():
        fault = _placed(members, place, sentence)
        if all((fault.row, fault.column) != (known_one.row, known_one.column) for known_one in bundle.faults):
            bundle.faults.append(fault)
    if not bundle.faults:
        bundle.sheet = sheet
        bundle.stock = {
            cells.get("sku"): value["stock"] for cells, value in zip(members, values, strict=True) if "stock" in value
        }
    return bundle


def _numbers(cells: Cells, known: Known, bundle: Bundle) -> dict[str, Any]:
    """Prices in minor units, quantities as decimals; faults where they cannot be read."""
    found: dict[str, Any] = {}
    if not cells.get("sku"):
        bundle.faults.append(cells.fault("sku", _("The SKU is missing.")))
    for name in NUMBERS:
        if cells.get(name):
            number = _decimal(cells.get(name))
            if number is None:
                bundle.faults.append(cells.fault(name, _("Enter a number.")))
            else:
                found[name] = number
    for name in PRICES:
        if cells.get(name):
            _price(cells, name, known.currency, found, bundle)
    if "price" not in found and cells.get("price_cents"):
        cents = _decimal(cells.get("price_cents"))
        if cents is None or cents != cents.to_integral_value():
            bundle.faults.append(cells.fault("price_cents", _("Enter a whole number of cents.")))
        else:
            found["price"] = int(cents)
    if "price" not in found and not any(fault.row == cells.number for fault in bundle.faults):
        bundle.faults.append(cells.fault("price" if "price" in cells.heading else "price_cents", _("The price is missing.")))
    unit = cells.get("unit").lower()
    if unit and unit not in UNITS:
        bundle.faults.append(cells.fault("unit", _("We do not know this unit.")))
    return found


def _price(cells: Cells, name: str, currency: str, found: dict[str, Any], bundle: Bundle) -> None:
    try:
        found[name] = Money.parse(cells.get(name), currency).minor
    except ValueError:
        bundle.faults.append(cells.fault(name, _("Enter a price such as 18.50.")))


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**10 else None


def _category(cells: Cells, known: Known, bundle: Bundle) -> UUID | None:
    typed = cells.get("category")
    if not typed:
        if known.category_id is None:
            bundle.faults.append(cells.fault("category", _("The category is missing.")))
        return known.category_id
    found = known.categories.get(typed.casefold())
    if found is None:
        bundle.faults.append(cells.fault("category", _("The market has no such category, or it has narrower ones below it.")))
    return found


def _texts(cells: Cells, stem: str) -> dict[str, str]:
    both = {"zh_Hans": cells.get(f"{stem}_zh"), "en": cells.get(f"{stem}_en")}
    return {language: text for language, text in both.items() if text}


def _axes(members: Sequence[Cells]) -> list[dict[str, Any]]:
    made = []
    for target, code, names in AXES:
        values = list(dict.fromkeys(cells.get(target) for cells in members if cells.get(target)))
        if values:
            listed = [{"value": value, "names": {"zh_Hans": value, "en": value}} for value in values]
            made.append({"code": code, "names": names, "values": listed})
    return made


def _tiers(value: Mapping[str, Any]) -> list[TierSheet]:
    ladder = [TierSheet(from_quantity=value.get("min_quantity", Decimal(1)), price=value["price"])]
    for rung in ("2", "3"):
        if f"price_{rung}" in value and f"from_{rung}" in value:
            ladder.append(TierSheet(from_quantity=value[f"from_{rung}"], price=value[f"price_{rung}"]))
    return ladder


def _variant(cells: Cells, value: Mapping[str, Any], *, own: bool) -> VariantSheet:
    options = {code: cells.get(target) for target, code, _names in AXES if cells.get(target)}
    return VariantSheet(
        sku=cells.get("sku"),
        options=options,
        barcode=(cells.get("barcode") or "")[:20] or None,
        weight_grams=int(_decimal(cells.get("weight_grams")) or 0),
        min_quantity=value.get("min_quantity", Decimal(1)),
        max_quantity=value.get("max_quantity"),
        step=value.get("step", Decimal(1)),
        tiers=_tiers(value) if own else (),
    )


def _placed(members: Sequence[Cells], place: str, sentence: str) -> Fault:
    """A complaint of the catalogue at the row and column it comes from."""
    parts, cells = place.split("."), members[0]
    if parts[0] == "variants":
        cells, parts = members[int(parts[1])] if len(parts) > 1 else cells, parts[2:] or ["sku"]
    if parts[0] == "tiers":
        number = int(parts[1]) + 1 if len(parts) > 1 else 1
        name = "from" if parts[-1] == "from_quantity" else "price"
        plain = "price" if "price" in cells.heading else "price_cents"
        return cells.fault(f"{name}_{number}" if number > 1 else plain if name == "price" else "min_quantity", sentence)
    if parts[0] == "attributes":
        return cells.fault(ATTRIBUTE + parts[1], sentence)
    wanted = PLACES.get(".".join(parts), (parts[0], f"{parts[0]}_zh", f"{parts[0]}_en"))
    return cells.fault(next((name for name in wanted if name in cells.heading), wanted[0]), sentence)
