"""Products as a table: one line for each variant, CSV or XLSX, safe to open in a spreadsheet (CA1; safety §8)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.models import Product
from marketplace.catalogue.services.showing import ladder_of
from marketplace.kernel import rich
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

HEAD = (
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
"""The columns, by the names that the import understands."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def lines(merchant_id: UUID) -> Iterator[tuple[str, ...]]:
    """The head, then a line for each variant, read batch by batch."""
    yield HEAD
    categories = {row.id: row.slug for row in queries.tree(closed=True)}
    brands = {row.id: row.slug for row in queries.brands(closed=True)}
    after: UUID | None = None
    while batch := queries.export_rows(merchant_id, after=after):
        for product in batch:
            yield from _product(
                product, categories.get(product.category_id, ""), brands.get(product.brand_id, "") if product.brand_id else ""
            )
        after = batch[-1].id
        db.session.expunge_all()


def _product(product: Product, category: str, brand: str) -> Iterator[tuple[str, ...]]:
    attributes = "; ".join(f"{code}={_joined(value)}" for code, value in sorted(product.attributes.items()))
    for variant in product.variants:
        if variant.closed_at is not None:
            continue
        ladder = ladder_of(product=product, variant=variant)
        prices = "; ".join(f"{_plain(t.from_quantity)}: {Money(t.price, product.currency).amount}" for t in ladder)
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
            _plain(variant.min_quantity),
            _plain(variant.max_quantity) if variant.max_quantity is not None else "",
            _plain(variant.step),
            str(variant.weight_grams or ""),
            prices,
            product.currency,
            product.region_code,
            str(product.lead_days),
            attributes,
            rich.plain(product.description.get("zh_Hans", "")),
            rich.plain(product.description.get("en", "")),
        )


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def write_csv(table: Iterable[tuple[str, ...]]) -> bytes:
    """CSV with a byte-order mark, so that spreadsheets read Chinese rightly."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    csv.writer(buffer).writerows([safe(cell) for cell in line] for line in table)
    return buffer.getvalue().encode()


def write_xlsx(table: Iterable[tuple[str, ...]]) -> bytes:
    """One sheet of text cells; nothing in it is a formula."""
    from openpyxl import Workbook  # a quarter of a second and much memory, for the few who want this format
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page = book.create_sheet("products")
    page.freeze_panes = "A2"
    for line in table:
        cells = []
        for text in line:
            cell = WriteOnlyCell(page, value=safe(text))
            cell.data_type = "s"
            cells.append(cell)
        page.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Format:
    """A way to write a table."""

    write: Callable[[Iterable[tuple[str, ...]]], bytes]
    mimetype: str


FORMATS = {
    "csv": Format(write_csv, "text/csv; charset=utf-8"),
    "xlsx": Format(write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def _joined(value: Any) -> str:
    return "|".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _plain(quantity: Any) -> str:
    return f"{quantity.normalize():f}"
