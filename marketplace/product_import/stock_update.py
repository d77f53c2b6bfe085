"""The stock column of an imported file: checking the new quantities, and recording them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import Product
from marketplace.inventory import services as inventory_services
from marketplace.inventory.errors import BelowReserved, InsufficientAvailable
from marketplace.product_import import queries
from marketplace.product_import.cells import CellError
from marketplace.product_import.import_log import ImportCounters, ImportRun, heading_of_target, record_rejection
from marketplace.product_import.row_parser import ProductRows


def check_stock_changes(
    valid: Sequence[ProductRows], products_by_sku: Mapping[str, Product], import_run: ImportRun, counters: ImportCounters
) -> list[ProductRows]:
    """Return the products whose stock can be set to what the file says.

    Products with less than is reserved are recorded and left out as a whole, before anything of them is written. The levels
    that writing will change stay locked, so that nothing is reserved between this check and the movements.
    """
    variant_ids = _variant_ids_by_sku(products_by_sku.values())
    requested = [
        (product_rows, row, sku, quantity)
        for product_rows in valid
        for row, sku, quantity in _iter_stock_lines(product_rows)
        if sku in variant_ids
    ]
    if import_run.stock_location_id is None or not requested:
        return list(valid)
    on_hand = queries.get_on_hand(
        [variant_ids[sku] for _product_rows, _row, sku, _quantity in requested], import_run.stock_location_id
    )
    changed = {
        variant_ids[sku]: quantity
        for _product_rows, _row, sku, quantity in requested
        if on_hand.get(variant_ids[sku], 0) != quantity
    }
    if import_run.is_writing:
        inventory_services.lock_levels((variant_id, import_run.stock_location_id) for variant_id in changed)
    reserved = queries.get_reserved(list(changed), import_run.stock_location_id)
    rejected: list[ProductRows] = []
    for product_rows, row, sku, quantity in requested:
        reserved_quantity = reserved.get(variant_ids[sku], Decimal(0))
        if variant_ids[sku] in changed and quantity < reserved_quantity:
            _record_stock_error(import_run, row, quantity, BelowReserved(held=f"{reserved_quantity.normalize():f}"), counters)
            rejected.append(product_rows)
    return [product_rows for product_rows in valid if product_rows not in rejected]


def apply_stock(saved: Sequence[ProductRows], import_run: ImportRun, counters: ImportCounters) -> None:
    """Record the stock that the file says, where it differs from the level."""
    requested = [line for product_rows in saved for line in _iter_stock_lines(product_rows)]
    if import_run.stock_location_id is None or not requested:
        return
    products_by_sku = catalogue_queries.find_by_skus(
        [sku for _row, sku, _quantity in requested], merchant_id=import_run.merchant_id
    )
    variant_ids = _variant_ids_by_sku(products_by_sku.values())
    on_hand = queries.get_on_hand(list(variant_ids.values()), import_run.stock_location_id)
    for row, sku, quantity in requested:
        if sku not in variant_ids or on_hand.get(variant_ids[sku], 0) == quantity:
            continue
        try:
            inventory_services.adjust(
                variant_id=variant_ids[sku],
                location_id=import_run.stock_location_id,
                new_quantity=quantity,
                note=import_run.name,
                is_count=True,
            )
        except InsufficientAvailable as exc:  # the level equalled the file at the check: not locked, and reserved since
            _record_stock_error(import_run, row, quantity, exc, counters)


def _iter_stock_lines(product_rows: ProductRows) -> Iterator[tuple[int, str, Decimal]]:
    """Yield row, SKU and quantity of a product's rows with a stock cell."""
    for row, sku in zip(product_rows.row_numbers, product_rows.skus, strict=True):
        if sku in product_rows.stock:
            yield row, sku, product_rows.stock[sku]


def _variant_ids_by_sku(products: Iterable[Product]) -> dict[str, UUID]:
    return {variant.sku: variant.id for product in set(products) for variant in product.variants}


def _record_stock_error(
    import_run: ImportRun, row: int, quantity: Decimal, exc: InsufficientAvailable, counters: ImportCounters
) -> None:
    record_rejection(
        import_run, CellError(row, heading_of_target(import_run, "stock"), f"{quantity:f}", ""), exc.user_message, counters
    )
