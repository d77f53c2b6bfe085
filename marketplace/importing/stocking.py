"""What a file says lies on the shelf: whether that may be, and booking it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import Product
from marketplace.importing import queries
from marketplace.importing.cells import Fault
from marketplace.importing.noting import Errand, Tally, heading, note_refusal
from marketplace.importing.sheets import Bundle
from marketplace.inventory import services as stock
from marketplace.inventory.errors import BelowPromised, NotThatMany


def allowed(good: Sequence[Bundle], present: Mapping[str, Product], errand: Errand, tally: Tally) -> list[Bundle]:
    """The products whose stock may become what the file says: those with less than is promised are noted and left out whole.

    Before anything of them is written; and the shelves that writing changes stay locked, so that nobody is promised goods
    between this look and the booking.
    """
    ids = _ids(present.values())
    wanted = [(bundle, row, sku, quantity) for bundle in good for row, sku, quantity in _lines(bundle) if sku in ids]
    if errand.shelf is None or not wanted:
        return list(good)
    lying = queries.lying([ids[sku] for _bundle, _row, sku, _quantity in wanted], errand.shelf)
    changing = {ids[sku]: quantity for _bundle, _row, sku, quantity in wanted if lying.get(ids[sku], 0) != quantity}
    if errand.writing:
        stock.lock_levels((variant_id, errand.shelf) for variant_id in changing)
    promised = queries.promised(list(changing), errand.shelf)
    refused: list[Bundle] = []
    for bundle, row, sku, quantity in wanted:
        held = promised.get(ids[sku], Decimal(0))
        if ids[sku] in changing and quantity < held:
            _note(errand, row, quantity, BelowPromised(held=f"{held.normalize():f}"), tally)
            refused.append(bundle)
    return [bundle for bundle in good if bundle not in refused]


def book(written: Sequence[Bundle], errand: Errand, tally: Tally) -> None:
    """Book what the file says lies there, where it says something else than the shelf."""
    wanted = [line for bundle in written for line in _lines(bundle)]
    if errand.shelf is None or not wanted:
        return
    present = goods.by_sku([sku for _row, sku, _quantity in wanted], merchant_id=errand.merchant_id)
    ids = _ids(present.values())
    lying = queries.lying(list(ids.values()), errand.shelf)
    for row, sku, quantity in wanted:
        if sku not in ids or lying.get(ids[sku], 0) == quantity:
            continue
        try:
            stock.correct(variant_id=ids[sku], location_id=errand.shelf, to=quantity, note=errand.name, counted=True)
        except NotThatMany as refusal:  # its shelf was as the file says a moment ago, so that nobody held it
            _note(errand, row, quantity, refusal, tally)


def _lines(bundle: Bundle) -> Iterator[tuple[int, str, Decimal]]:
    """Row, SKU and quantity of what a product's rows say about stock."""
    for row, sku in zip(bundle.rows, bundle.skus, strict=True):
        if sku in bundle.stock:
            yield row, sku, bundle.stock[sku]


def _ids(products: Iterable[Product]) -> dict[str, UUID]:
    return {variant.sku: variant.id for product in set(products) for variant in product.variants}


def _note(errand: Errand, row: int, quantity: Decimal, refusal: NotThatMany, tally: Tally) -> None:
    note_refusal(errand, Fault(row, heading(errand, "stock"), f"{quantity:f}", ""), refusal.sentence, tally)
