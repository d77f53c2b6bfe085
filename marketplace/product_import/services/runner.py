"""The import run: parse every row, check or write it, batch by batch; each batch is a transaction and reports progress."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.errors import (
    InvalidProductTransition,
    OutsideBusinessScope,
    ProductValidationError,
    RequirementsMissing,
)
from marketplace.catalogue.inputs import ProductInput
from marketplace.catalogue.models import Product
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services.validation import validate_product_input
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.jobs import Lease
from marketplace.kernel.ports import Storage
from marketplace.product_import import merge, queries, stock_update, table_reader
from marketplace.product_import.cells import CellError, RowCells
from marketplace.product_import.errors import InvalidImportFile
from marketplace.product_import.import_log import (
    LOCALES,
    ImportCounters,
    ImportRun,
    heading_of_target,
    record_errors,
    record_rejection,
    record_warnings,
)
from marketplace.product_import.models import ImportFile, ImportRowError, ImportState
from marketplace.product_import.row_parser import ExistingProduct, ImportContext, ProductRows, group_rows, parse_product

BATCH_SIZE = 100


def run_import(*, lease: Lease) -> dict[str, Any]:
    """Check or import the file of a job, under its lease.

    Returns:
        The counters, with seconds and peak memory in MB.
    """
    started_at = time.perf_counter()
    import_run, context = _load_run(UUID(lease.arguments["file_id"]))
    counters = ImportCounters()
    try:
        groups = _iter_groups(import_run)
        total = sum(1 for _row in table_reader.iter_from_header(import_run.data, import_run.name)) - 1
        while batch := list(islice(groups, BATCH_SIZE)):
            with unit_of_work():
                _process_batch(import_run, context, batch, counters)
            lease.heartbeat(min(counters.rows, total), total)
    except InvalidImportFile as exc:
        return _finish(import_run, lease, {"error": exc.user_message()}, ImportState.FAILED)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result = counters.to_dict() | {"seconds": round(time.perf_counter() - started_at, 1), "peak_mb": peak_mb}
    return _finish(import_run, lease, result, ImportState.DONE if import_run.is_writing else ImportState.CHECKED)


def _load_run(file_id: UUID) -> tuple[ImportRun, ImportContext]:
    with unit_of_work():
        file = queries.get_import(file_id)
        storage: Storage = current_app.extensions["storage"]
        if file.state is not ImportState.RUNNING:
            db.session.execute(delete(ImportRowError).where(ImportRowError.file_id == file.id))
        import_run = ImportRun(
            file_id=file.id,
            merchant_id=file.merchant_id,
            name=file.name,
            columns=tuple(file.columns),
            mapping=dict(file.mapping),
            options=dict(file.options),
            is_writing=file.state is ImportState.RUNNING,
            data=storage.get(file.key) or b"",
            known_error_rows=frozenset(queries.list_rows_with_errors(file.id)),
        )
        return import_run, queries.load_import_context(options=import_run.options, merchant_id=import_run.merchant_id)


def _iter_groups(import_run: ImportRun) -> Iterator[list[RowCells]]:
    """Yield the products of the file, each as its rows, without the header row."""
    rows = table_reader.iter_from_header(import_run.data, import_run.name)
    next(rows, None)
    return group_rows(RowCells(number, import_run.columns, cells, import_run.mapping) for number, cells in rows)


def _process_batch(
    import_run: ImportRun, context: ImportContext, batch: Sequence[Sequence[RowCells]], counters: ImportCounters
) -> None:
    skus = [sku for rows in batch for cells in rows if (sku := cells.get("sku"))]
    products_by_sku = catalogue_queries.find_by_skus(skus, merchant_id=import_run.merchant_id) if skus else {}
    parsed = [_parse_with_messages(rows, context, counters, products_by_sku) for rows in batch]
    counters.rows += sum(len(product_rows.row_numbers) for product_rows, _errors in parsed)
    record_errors(import_run, [pair for _product_rows, pairs in parsed for pair in pairs], counters)
    record_warnings(import_run, [warning for product_rows, _errors in parsed for warning in product_rows.warnings], counters)
    valid = [product_rows for product_rows, pairs in parsed if product_rows.product_input is not None and not pairs]
    valid = stock_update.check_stock_changes(valid, products_by_sku, import_run, counters)
    saved = [
        product_rows for product_rows in valid if _import_product(import_run, context, product_rows, products_by_sku, counters)
    ]
    db.session.flush()
    if import_run.is_writing:
        stock_update.apply_stock(saved, import_run, counters)
    db.session.expunge_all()


def _parse_with_messages(
    rows: Sequence[RowCells], context: ImportContext, counters: ImportCounters, products_by_sku: Mapping[str, Product]
) -> tuple[ProductRows, list[tuple[CellError, dict[str, str]]]]:
    """Return a product with its errors in both languages; only a product with errors is parsed again."""
    existing = _find_existing(rows, context, products_by_sku)
    product_rows = parse_product(rows, context, existing)
    duplicates = [
        cells.make_error("sku", "")
        for cells in rows
        if cells.get("sku") and counters.first_row_by_sku.setdefault(cells.get("sku"), cells.row_number) != cells.row_number
    ]
    if not product_rows.errors and not duplicates:
        return product_rows, []
    errors_by_language: dict[str, list[CellError]] = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            reparsed = parse_product(rows, context, existing)
            for cell_error in duplicates:
                reparsed.add_error(
                    replace(
                        cell_error,
                        message=_("This SKU stands in row %(row)s already.", row=counters.first_row_by_sku[cell_error.value]),
                    )
                )
            errors_by_language[language] = reparsed.errors
    pairs = zip(*errors_by_language.values(), strict=True)
    return product_rows, [
        (translations[0], dict(zip(errors_by_language, (cell_error.message for cell_error in translations), strict=True)))
        for translations in pairs
    ]


def _find_existing(
    rows: Sequence[RowCells], context: ImportContext, products_by_sku: Mapping[str, Product]
) -> ExistingProduct | None:
    """Return what the catalogue has of the product that these rows name."""
    product = next((products_by_sku[cells.get("sku")] for cells in rows if cells.get("sku") in products_by_sku), None)
    if product is None:
        return None
    skus = frozenset(variant.sku for variant in product.variants if variant.closed_at is None)
    return ExistingProduct(skus=skus, category_id=product.category_id, schema=_get_schema(context, product.category_id))


def _get_schema(context: ImportContext, category_id: UUID) -> Sequence[AttributeField]:
    return context.schemas[category_id] if category_id in context.schemas else catalogue_queries.get_schema(category_id)


def _import_product(
    import_run: ImportRun,
    context: ImportContext,
    product_rows: ProductRows,
    products_by_sku: dict[str, Product],
    counters: ImportCounters,
) -> bool:
    """Write one product, or only count it; False when the catalogue rejects it, which is recorded."""
    product_input = product_rows.product_input
    product = next((products_by_sku[sku] for sku in product_rows.skus if sku in products_by_sku), None)
    if product_input is None:
        return False
    product_input, schema = _complete_input(import_run, context, product_rows, product_input, product)
    previous_updated_at = product.updated_at if product is not None else None
    try:
        if not import_run.is_writing:
            catalogue_services.ensure_valid_input(data=product_input, product=product, schema=schema)
            counters.new += product is None
            counters.unchanged += product is not None
            return True
        saved = catalogue_services.apply_product_input(
            merchant_id=import_run.merchant_id, data=product_input, product=product, schema=schema
        )
    except (ProductValidationError, InvalidProductTransition) as exc:
        cell_error = CellError(product_rows.row_numbers[0], heading_of_target(import_run, "sku"), product_rows.skus[0], "")
        record_rejection(import_run, cell_error, partial(_rejection_message, exc, product_input, schema), counters)
        return False
    counters.new += product is None
    counters.changed += product is not None and saved.updated_at != previous_updated_at
    counters.unchanged += product is not None and saved.updated_at == previous_updated_at
    if import_run.options.get("submit") and product is None:
        _submit_for_review(saved, counters)
    return True


def _rejection_message(exc: MarketplaceError, product_input: ProductInput, schema: Sequence[AttributeField]) -> str:
    """Return why the catalogue rejects the product as the row would make it, in the current language."""
    return next(iter(validate_product_input(data=product_input, schema=schema).values()), exc.user_message())


def _complete_input(
    import_run: ImportRun,
    context: ImportContext,
    product_rows: ProductRows,
    product_input: ProductInput,
    product: Product | None,
) -> tuple[ProductInput, Sequence[AttributeField]]:
    """Return the input completed from the product, or with the defaults of a new one; and the schema of its category."""
    if product is None:
        without_prices: dict[str, Any] = {
            "tiers": (),
            "variants": [replace(variant, tiers=()) for variant in product_input.variants],
        }
        new_input = replace(
            product_input, region_code=context.region_code, **({} if import_run.can_edit_prices else without_prices)
        )
        return new_input, context.schemas[product_input.category_id]
    if product_rows.warnings and product_input.brand_id is None:
        product_input = replace(product_input, brand_id=product.brand_id)  # an unknown brand does not remove the current one
    schema = _get_schema(context, product_input.category_id)
    ignored_targets = frozenset() if import_run.can_edit_prices else merge.PRICE_TARGETS
    filled_by_sku = {sku: targets - ignored_targets for sku, targets in product_rows.filled_targets.items()}
    return merge.merge_into_product(
        product_input=product_input, product=product, filled_by_sku=filled_by_sku, schema=schema
    ), schema


def _submit_for_review(product: Product, counters: ImportCounters) -> None:
    """Submit a new product for review if nothing is missing; else it stays a draft with its checklist."""
    db.session.flush()
    try:
        with db.session.begin_nested():
            catalogue_services.submit_for_review(product_id=product.id)
        counters.submitted += 1
    except (RequirementsMissing, OutsideBusinessScope, InvalidProductTransition):
        db.session.expire(product)


def _finish(import_run: ImportRun, lease: Lease, result: dict[str, Any], state: ImportState) -> dict[str, Any]:
    with unit_of_work():
        file: ImportFile = queries.get_import(import_run.file_id, lock=True)
        file.state, file.counts, file.finished_at = state, {**result}, clock.now()
        lease.finish(result)
    return result
