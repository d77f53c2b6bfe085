"""Parsing rows into product inputs: typed cells, options as axes, all errors reported at their column."""

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

from marketplace.catalogue.inputs import ProductInput, TierInput, VariantInput
from marketplace.catalogue.models import Unit
from marketplace.catalogue.rules.attributes import AttributeField, parse_attribute_values
from marketplace.catalogue.services.validation import MAX_PRICE_MINOR, validate_product_input
from marketplace.product_import.cells import CellError, RowCells, display_value, parse_numbers
from marketplace.product_import.column_mapping import ATTRIBUTE_PREFIX

UNITS_BY_NAME: Mapping[str, Unit] = {
    name: unit
    for unit, names in {
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
    for name in names
}
OPTION_AXES = (
    ("option_1", "colour", {"zh_Hans": "颜色", "en": "Colour"}),
    ("option_2", "size", {"zh_Hans": "尺码", "en": "Size"}),
)
UNKNOWN_CATEGORY_ID = UUID(int=0)  # placeholder for an unknown category, in an input that is only checked
MAX_QUOTED_LENGTH = 60  # of a cell text within a message
TARGETS_BY_FIELD = {"title": ("title_zh", "title_en"), "title.zh_Hans": ("title_zh",), "title.en": ("title_en",)}


@dataclass(frozen=True, kw_only=True)
class ImportContext:
    """Reference data that is loaded once: categories by any of their names, schemas, brands by name."""

    currency: str
    category_ids: Mapping[str, UUID]
    schemas: Mapping[UUID, Sequence[AttributeField]]
    brand_ids: Mapping[str, UUID]
    default_category_id: UUID | None = None  # for all rows
    default_unit: Unit = Unit.PIECE
    region_code: str = ""  # where new products ship from


@dataclass(frozen=True, kw_only=True)
class ExistingProduct:
    """What the catalogue has of a product already: an empty cell leaves it unchanged."""

    skus: frozenset[str]
    category_id: UUID
    schema: Sequence[AttributeField]


@dataclass
class ProductRows:
    """The parsed rows of one product."""

    row_numbers: list[int]
    skus: list[str] = field(default_factory=list)
    product_input: ProductInput | None = None
    stock: dict[str, Decimal] = field(default_factory=dict)
    filled_targets: dict[str, frozenset[str]] = field(default_factory=dict)  # by SKU: the targets whose cells are not empty
    errors: list[CellError] = field(default_factory=list)
    warnings: list[tuple[CellError, LazyString]] = field(default_factory=list)  # reported, but the rows are imported

    def add_error(self, error: CellError) -> None:
        """Record an error; the first error of a cell is enough."""
        if not self._has_error(error):
            self.errors.append(error)

    def add_warning(self, cell: CellError, message: LazyString) -> None:
        """Record a warning, which does not exclude the rows; its message is formatted when the language is known."""
        if not self._has_error(cell):
            self.warnings.append((cell, message))

    def _has_error(self, cell: CellError) -> bool:
        return any((cell.row, cell.column) == (error.row, error.column) for error in self.errors)


def group_rows(all_rows: Iterable[RowCells]) -> Iterator[list[RowCells]]:
    """Yield the rows of each product: neighbours with the same product number, else each row alone."""
    for reference, grouped in groupby(all_rows, key=lambda cells: cells.get("reference") or f"#{cells.row_number}"):
        group = list(grouped)
        yield from [group] if not reference.startswith("#") else ([row] for row in group)


def normalize_brand(text: str) -> str:
    """Return a brand name for comparison, independent of case, character width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def parse_product(rows: Sequence[RowCells], context: ImportContext, existing: ExistingProduct | None = None) -> ProductRows:
    """Parse one product from its rows. With errors, `product_input` is None.

    An existing product lacks nothing: only cells that are filled can be wrong.
    """
    existing_skus = existing.skus if existing else frozenset()
    product_rows = ProductRows([cells.row_number for cells in rows], [cells.get("sku") for cells in rows])
    for cells in rows:
        for error in cells.iter_invalid_cells():
            product_rows.add_error(error)
    values = [
        parse_numbers(cells, context.currency, product_rows.add_error, is_existing=cells.get("sku") in existing_skus)
        for cells in rows
    ]
    for cells in rows:
        if cells.get("unit") and cells.get("unit").lower() not in UNITS_BY_NAME:
            product_rows.add_error(cells.make_error("unit", _("We do not know this unit.")))
    category_id = _parse_category(rows[0], context, product_rows, existing)
    schema = (
        existing.schema
        if existing and existing.category_id == category_id
        else context.schemas[category_id]
        if category_id
        else ()
    )
    brand_id = _parse_brand(rows, context, product_rows)
    product_input = _build_input(rows, values, context, category_id or UNKNOWN_CATEGORY_ID, schema, brand_id)
    for field_path, message in validate_product_input(data=product_input, schema=schema).items():
        error = _locate_error(rows, values, field_path, message)
        if existing is None or not _is_unchanged(field_path, error, rows, existing):
            product_rows.add_error(error)
    if not product_rows.errors:
        product_rows.filled_targets = {cells.get("sku"): cells.filled_targets() for cells in rows}
        product_rows.product_input = product_input
        product_rows.stock = {
            cells.get("sku"): value["stock"] for cells, value in zip(rows, values, strict=True) if "stock" in value
        }
    return product_rows


def _is_unchanged(field_path: str, error: CellError, rows: Sequence[RowCells], existing: ExistingProduct) -> bool:
    """Return whether an error is about an empty cell of an existing product, which stays unchanged."""
    cells = next(cells for cells in rows if cells.row_number == error.row)
    is_existing = cells.get("sku") in existing.skus or not field_path.startswith("variants")
    has_value = error.value or (
        field_path.endswith(".options") and any(cells.get(target) for target, _code, _names in OPTION_AXES)
    )
    return is_existing and not has_value


def _build_input(
    rows: Sequence[RowCells],
    values: Sequence[Mapping[str, Any]],
    context: ImportContext,
    category_id: UUID,
    schema: Sequence[AttributeField],
    brand_id: UUID | None,
) -> ProductInput:
    """Build the input from the rows. Unreadable cells become the smallest valid value: their error is recorded already."""
    first_row, base_tiers = rows[0], _tiers(values[0])
    return ProductInput(
        category_id=category_id,
        title=_localized(first_row, "title"),
        description=_localized(first_row, "description"),
        attributes=parse_attribute_values(schema, first_row.attributes()),
        axes=_build_axes(rows),
        brand_id=brand_id,
        reference=first_row.get("reference") or None,
        unit=UNITS_BY_NAME.get(first_row.get("unit").lower(), context.default_unit),
        currency=context.currency,
        lead_days=values[0].get("lead_days", 0),
        tiers=base_tiers,
        variants=[
            _build_variant(cells, value, () if (row_tiers := _tiers(value)) == base_tiers else row_tiers)
            for cells, value in zip(rows, values, strict=True)
        ],
        mix_variants=len(rows) > 1,
    )


def _parse_category(
    cells: RowCells, context: ImportContext, product_rows: ProductRows, existing: ExistingProduct | None
) -> UUID | None:
    text = cells.get("category")
    if not text and existing is not None:
        return existing.category_id
    if not text:
        if context.default_category_id is None:
            product_rows.add_error(cells.make_error("category", _("The category is missing.")))
        return context.default_category_id
    category_id = context.category_ids.get(text.casefold())
    if category_id is None:
        product_rows.add_error(
            cells.make_error("category", _("The market has no such category, or it has narrower ones below it."))
        )
    return category_id


def _parse_brand(rows: Sequence[RowCells], context: ImportContext, product_rows: ProductRows) -> UUID | None:
    """Return the first known brand that the rows name. An unknown brand excludes no row."""
    first_brand_id = None
    for cells in rows:
        name = cells.get("brand")
        brand_id = context.brand_ids.get(normalize_brand(name)) if name else None
        if name and brand_id is None:
            product_rows.add_warning(cells.make_error("brand", ""), _unknown_brand_message(name))
        first_brand_id = first_brand_id or brand_id
    return first_brand_id


def _unknown_brand_message(name: str) -> LazyString:
    return _l(
        "The market does not know the brand “%(brand)s”: the row goes in without it. "
        "Write it as it stands in the list of brands, or leave the cell empty.",
        brand=display_value(name)[:MAX_QUOTED_LENGTH],
    )


def _localized(cells: RowCells, prefix: str) -> dict[str, str]:
    by_language = {"zh_Hans": cells.get(f"{prefix}_zh"), "en": cells.get(f"{prefix}_en")}
    return {language: text for language, text in by_language.items() if text}


def _build_axes(rows: Sequence[RowCells]) -> list[dict[str, Any]]:
    axes = []
    for target, code, names in OPTION_AXES:
        values = list(dict.fromkeys(cells.get(target) for cells in rows if cells.get(target)))
        if values:
            axis_values = [{"value": value, "names": {"zh_Hans": value, "en": value}} for value in values]
            axes.append({"code": code, "names": names, "values": axis_values})
    return axes


def _tiers_with_columns(value: Mapping[str, Any]) -> list[tuple[str, str, TierInput]]:
    """Return the price tiers of a row with the columns of price and quantity; an unreadable price is never exceeded."""
    if "tiers" in value:
        return [
            ("prices", "prices", TierInput(from_quantity=from_quantity, price=price)) for from_quantity, price in value["tiers"]
        ]
    first_tier = TierInput(from_quantity=value.get("min_quantity", Decimal(1)), price=value.get("price", MAX_PRICE_MINOR - 1))
    tiers = [("price", "min_quantity", first_tier)]
    for price, from_quantity in (("price_2", "from_2"), ("price_3", "from_3")):
        if price in value and from_quantity in value:
            tiers.append((price, from_quantity, TierInput(from_quantity=value[from_quantity], price=value[price])))
    return tiers


def _tiers(value: Mapping[str, Any]) -> list[TierInput]:
    return [tier for _price, _from_quantity, tier in _tiers_with_columns(value)]


def _invalid_tier_column(value: Mapping[str, Any]) -> str:
    """Return the column that makes the tiers invalid: a quantity that occurs twice, or the first price that rises."""
    tiers = _tiers_with_columns(value)
    quantities = [tier.from_quantity for _price, _from_quantity, tier in tiers]
    duplicates = [
        quantity_column
        for index, (_price, quantity_column, tier) in enumerate(tiers)
        if tier.from_quantity in quantities[:index]
    ]
    sorted_tiers = sorted(tiers, key=lambda tier: tier[2].from_quantity)
    rising_prices = [higher[0] for lower, higher in pairwise(sorted_tiers) if higher[2].price > lower[2].price]
    return [*duplicates, *rising_prices, "price"][0]


def _build_variant(cells: RowCells, value: Mapping[str, Any], tiers: Sequence[TierInput]) -> VariantInput:
    options = {code: cells.get(target) for target, code, _names in OPTION_AXES if cells.get(target)}
    return VariantInput(
        sku=cells.get("sku"),
        options=options,
        barcode=value.get("barcode"),
        weight_grams=value.get("weight_grams", 0),
        min_quantity=value.get("min_quantity", Decimal(1)),
        max_quantity=value.get("max_quantity"),
        step=value.get("step", Decimal(1)),
        tiers=tiers,
    )


def _locate_error(rows: Sequence[RowCells], values: Sequence[Mapping[str, Any]], field_path: str, message: str) -> CellError:
    """Return a validation error of the catalogue at the row and column it comes from."""
    parts, row_index = field_path.split("."), 0
    if parts[0] == "variants":
        row_index, parts = int(parts[1]) if len(parts) > 1 else 0, parts[2:] or ["sku"]
    cells = rows[row_index]
    if parts[0] == "tiers":
        price_column, quantity_column, _tier = (
            _tiers_with_columns(values[row_index])[int(parts[1])]
            if len(parts) > 1
            else (_invalid_tier_column(values[row_index]), "", None)
        )
        target = quantity_column if parts[-1] == "from_quantity" else price_column
        return cells.make_error("price_cents" if target == "price" and target not in cells.headings else target, message)
    if parts[0] == "attributes":
        return cells.make_error(ATTRIBUTE_PREFIX + parts[1], message)
    targets = TARGETS_BY_FIELD.get(".".join(parts), (parts[0], f"{parts[0]}_zh", f"{parts[0]}_en"))
    return cells.make_error(next((name for name in targets if name in cells.headings), targets[0]), message)
