"""Product export as a table: one row per variant, CSV or XLSX, safe to open in a spreadsheet (Product maintenance, CA1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.models import Product
from marketplace.catalogue.services.denormalization import tiers_of_variant
from marketplace.kernel import sanitize
from marketplace.kernel.db import db
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import escape_formula

COLUMNS = (
    "sku",
    "reference",
    "title_zh",
    "title_en",
    "category",
    "brand",
    "state",
    "unit",
    "option",
    "min",
    "max",
    "step",
    "weight_grams",
    "prices",
    "currency",
    "region",
    "lead_days",
    "attributes",
    "description_zh",
    "description_en",
)
"""The columns, with the names that the import accepts."""


def export_rows(merchant_id: UUID) -> Iterator[tuple[str, ...]]:
    """Yield the header and one row per variant, read in batches."""
    yield COLUMNS
    categories = {row.id: row.slug for row in queries.get_category_tree(closed=True)}
    brands = {row.id: row.slug for row in queries.list_brands(closed=True)}
    after: UUID | None = None
    while batch := queries.get_export_batch(merchant_id, after=after):
        for product in batch:
            yield from _product_rows(
                product, categories.get(product.category_id, ""), brands.get(product.brand_id, "") if product.brand_id else ""
            )
        after = batch[-1].id
        db.session.expunge_all()


def _product_rows(product: Product, category: str, brand: str) -> Iterator[tuple[str, ...]]:
    attributes = "; ".join(f"{code}={_joined(value)}" for code, value in sorted(product.attributes.items()))
    for variant in product.variants:
        if variant.closed_at is not None:
            continue
        tiers = tiers_of_variant(product=product, variant=variant)
        prices = "; ".join(
            f"{_format_quantity(tier.from_quantity)}: {Money(tier.price, product.currency).amount}" for tier in tiers
        )
        yield (
            variant.sku,
            product.reference or "",
            product.title.get("zh_Hans", ""),
            product.title.get("en", ""),
            category,
            brand,
            product.state.value,
            product.unit.value,
            "; ".join(f"{code}={value}" for code, value in variant.options.items()),
            _format_quantity(variant.min_quantity),
            _format_quantity(variant.max_quantity) if variant.max_quantity is not None else "",
            _format_quantity(variant.step),
            str(variant.weight_grams or ""),
            prices,
            product.currency,
            product.region_code,
            str(product.lead_days),
            attributes,
            sanitize.strip_html(product.description.get("zh_Hans", "")),
            sanitize.strip_html(product.description.get("en", "")),
        )


def write_csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    """Return CSV with a byte-order mark, without which spreadsheets misread Chinese."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    csv.writer(buffer).writerows([escape_formula(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def write_xlsx(rows: Iterable[tuple[str, ...]]) -> bytes:
    """Return a workbook with one sheet of text cells, none of them a formula."""
    from openpyxl import Workbook  # slow and memory-intensive to import, rarely needed
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    worksheet = workbook.create_sheet("products")
    worksheet.freeze_panes = "A2"
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(worksheet, value=escape_formula(text))
            cell.data_type = "s"
            cells.append(cell)
        worksheet.append(cells)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class ExportFormat:
    """A file format of the export."""

    write: Callable[[Iterable[tuple[str, ...]]], bytes]
    mimetype: str


FORMATS = {
    "csv": ExportFormat(write_csv, "text/csv; charset=utf-8"),
    "xlsx": ExportFormat(write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _joined(value: Any) -> str:
    return "|".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _format_quantity(quantity: Any) -> str:
    return f"{quantity.normalize():f}"
