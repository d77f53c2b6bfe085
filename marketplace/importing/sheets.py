"""Rows become product sheets: cells in their types, options into axes, faults said at their column, all of them at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.catalogue.models import Unit
from marketplace.catalogue.rules.attributes import AttributeField, attribute_values
from marketplace.catalogue.services.checking import DEAREST, sheet_errors
from marketplace.catalogue.services.saving import ProductSheet, TierSheet, VariantSheet
from marketplace.importing.cells import Cells, Fault, amounts, shown
from marketplace.importing.columns import ATTRIBUTE

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
NOWHERE = UUID(int=0)  # stands for a category that was not understood, in a sheet that is only checked
LONGEST_SAID = 60  # of a cell, within a sentence
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
    region_code: str = ""  # from where new goods ship


@dataclass(frozen=True, kw_only=True)
class There:
    """What the market has of a product already: an empty cell leaves it as it is."""

    skus: frozenset[str]
    category_id: UUID
    schema: Sequence[AttributeField]


@dataclass
class Bundle:
    """Rows of one product as they were read."""

    rows: list[int]
    skus: list[str] = field(default_factory=list)
    sheet: ProductSheet | None = None
    stock: dict[str, Decimal] = field(default_factory=dict)
    filled: dict[str, frozenset[str]] = field(default_factory=dict)  # by SKU: the meanings whose cells are not empty
    faults: list[Fault] = field(default_factory=list)
    remarks: list[tuple[Fault, LazyString]] = field(default_factory=list)  # said, and the rows go in all the same

    def say(self, fault: Fault) -> None:
        """Note a fault; what is wrong with a cell already is enough about it."""
        if not self._is_said(fault):
            self.faults.append(fault)

    def remark(self, place: Fault, sentence: LazyString) -> None:
        """Note what does not keep the rows out; its sentence is made when it is known in which language."""
        if not self._is_said(place):
            self.remarks.append((place, sentence))

    def _is_said(self, place: Fault) -> bool:
        return any((place.row, place.column) == (known.row, known.column) for known in self.faults)


def bundles(lines: Iterable[Cells]) -> Iterator[list[Cells]]:
    """Rows that belong to one product: neighbours with the same product number, else each row alone."""
    for reference, some in groupby(lines, key=lambda cells: cells.get("reference") or f"#{cells.number}"):
        members = list(some)
        yield from [members] if not reference.startswith("#") else ([one] for one in members)


def brand_word(text: str) -> str:
    """How brands are compared: whatever case, width and blanks they are written in."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read(members: Sequence[Cells], known: Known, there: There | None = None) -> Bundle:
    """One product out of its rows. With faults, `sheet` is None.

    Of what is `there` already nothing is missing: only what its cells say can be wrong.
    """
    old = there.skus if there else frozenset()
    bundle = Bundle([cells.number for cells in members], [cells.get("sku") for cells in members])
    for cells in members:
        for fault in cells.unusable():
            bundle.say(fault)
    values = [amounts(cells, known.currency, bundle.say, there=cells.get("sku") in old) for cells in members]
    for cells in members:
        if cells.get("unit") and cells.get("unit").lower() not in UNITS:
            bundle.say(cells.fault("unit", _("We do not know this unit.")))
    category_id = _category(members[0], known, bundle, there)
    schema = there.schema if there and there.category_id == category_id else known.schemas[category_id] if category_id else ()
    brand_id = _brand(members, known, bundle)
    sheet = _sheet(members, values, known, category_id or NOWHERE, schema, brand_id)
    for place, sentence in sheet_errors(sheet=sheet, schema=schema).items():
        fault = _placed(members, values, place, sentence)
        if there is None or not _is_left(place, fault, members, there):
            bundle.say(fault)
    if not bundle.faults:
        bundle.filled = {cells.get("sku"): cells.filled() for cells in members}
        bundle.sheet = sheet
        bundle.stock = {
            cells.get("sku"): value["stock"] for cells, value in zip(members, values, strict=True) if "stock" in value
        }
    return bundle


def _is_left(place: str, fault: Fault, members: Sequence[Cells], there: There) -> bool:
    """Whether a complaint is about an empty cell of what is there already: that stays as it was."""
    cells = next(cells for cells in members if cells.number == fault.row)
    known = cells.get("sku") in there.skus or not place.startswith("variants")
    said = fault.value or (place.endswith(".options") and any(cells.get(target) for target, _code, _names in AXES))
    return known and not said


def _sheet(
    members: Sequence[Cells],
    values: Sequence[Mapping[str, Any]],
    known: Known,
    category_id: UUID,
    schema: Sequence[AttributeField],
    brand_id: UUID | None,
) -> ProductSheet:
    """What the rows say. Cells that could not be read stand for the least that is right: their fault is said already."""
    first, base = members[0], _tiers(values[0])
    return ProductSheet(
        category_id=category_id,
        title=_texts(first, "title"),
        description=_texts(first, "description"),
        attributes=attribute_values(schema, first.attributes()),
        axes=_axes(members),
        brand_id=brand_id,
        reference=first.get("reference") or None,
        unit=UNITS.get(first.get("unit").lower(), known.unit),
        currency=known.currency,
        lead_days=values[0].get("lead_days", 0),
        tiers=base,
        variants=[
            _variant(cells, value, () if (ladder := _tiers(value)) == base else ladder)
            for cells, value in zip(members, values, strict=True)
        ],
        mixes=len(members) > 1,
    )


def _category(cells: Cells, known: Known, bundle: Bundle, there: There | None) -> UUID | None:
    typed = cells.get("category")
    if not typed and there is not None:
        return there.category_id
    if not typed:
        if known.category_id is None:
            bundle.say(cells.fault("category", _("The category is missing.")))
        return known.category_id
    found = known.categories.get(typed.casefold())
    if found is None:
        bundle.say(cells.fault("category", _("The market has no such category, or it has narrower ones below it.")))
    return found


def _brand(members: Sequence[Cells], known: Known, bundle: Bundle) -> UUID | None:
    """The brand of a product: the first that its rows name and the market knows. No row stays out for a brand."""
    found = None
    for cells in members:
        named = cells.get("brand")
        brand_id = known.brands.get(brand_word(named)) if named else None
        if named and brand_id is None:
            bundle.remark(cells.fault("brand", ""), _unknown_brand(named))
        found = found or brand_id
    return found


def _unknown_brand(named: str) -> LazyString:
    return _l(
        "The market does not know the brand “%(brand)s”: the row goes in without it. "
        "Write it as it stands in the list of brands, or leave the cell empty.",
        brand=shown(named)[:LONGEST_SAID],
    )


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


def _steps(value: Mapping[str, Any]) -> list[tuple[str, str, TierSheet]]:
    """The price steps of a row, each with the columns of its price and of its quantity; nothing rises above an unread price."""
    if "ladder" in value:
        return [("prices", "prices", TierSheet(from_quantity=start, price=price)) for start, price in value["ladder"]]
    first = TierSheet(from_quantity=value.get("min_quantity", Decimal(1)), price=value.get("price", DEAREST - 1))
    steps = [("price", "min_quantity", first)]
    for price, start in (("price_2", "from_2"), ("price_3", "from_3")):
        if price in value and start in value:
            steps.append((price, start, TierSheet(from_quantity=value[start], price=value[price])))
    return steps


def _tiers(value: Mapping[str, Any]) -> list[TierSheet]:
    return [step for _price, _start, step in _steps(value)]


def _culprit(value: Mapping[str, Any]) -> str:
    """The column that spoils a ladder: a quantity that stands there twice, or the first price that rises."""
    steps = _steps(value)
    starts = [step.from_quantity for _price, _start, step in steps]
    again = [start for place, (_price, start, step) in enumerate(steps) if step.from_quantity in starts[:place]]
    ladder = sorted(steps, key=lambda step: step[2].from_quantity)
    rising = [higher[0] for lower, higher in pairwise(ladder) if higher[2].price > lower[2].price]
    return [*again, *rising, "price"][0]


def _variant(cells: Cells, value: Mapping[str, Any], own: Sequence[TierSheet]) -> VariantSheet:
    options = {code: cells.get(target) for target, code, _names in AXES if cells.get(target)}
    return VariantSheet(
        sku=cells.get("sku"),
        options=options,
        barcode=value.get("barcode"),
        weight_grams=value.get("weight_grams", 0),
        min_quantity=value.get("min_quantity", Decimal(1)),
        max_quantity=value.get("max_quantity"),
        step=value.get("step", Decimal(1)),
        tiers=own,
    )


def _placed(members: Sequence[Cells], values: Sequence[Mapping[str, Any]], place: str, sentence: str) -> Fault:
    """A complaint of the catalogue at the row and column it comes from."""
    parts, number = place.split("."), 0
    if parts[0] == "variants":
        number, parts = int(parts[1]) if len(parts) > 1 else 0, parts[2:] or ["sku"]
    cells = members[number]
    if parts[0] == "tiers":
        price, start, _step = _steps(values[number])[int(parts[1])] if len(parts) > 1 else (_culprit(values[number]), "", None)
        wanted = start if parts[-1] == "from_quantity" else price
        return cells.fault("price_cents" if wanted == "price" and wanted not in cells.heading else wanted, sentence)
    if parts[0] == "attributes":
        return cells.fault(ATTRIBUTE + parts[1], sentence)
    targets = PLACES.get(".".join(parts), (parts[0], f"{parts[0]}_zh", f"{parts[0]}_en"))
    return cells.fault(next((name for name in targets if name in cells.heading), targets[0]), sentence)
