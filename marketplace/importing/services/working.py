"""The long part: read every row, try it or write it, batch by batch; each batch is a transaction and shows progress."""

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

from marketplace.catalogue import queries as goods
from marketplace.catalogue import services as shelves
from marketplace.catalogue.errors import NotInThisState, OutsideScope, ProductInvalid, Unfinished
from marketplace.catalogue.models import Product
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services import ProductSheet
from marketplace.catalogue.services.checking import sheet_errors
from marketplace.importing import merging, queries, reading, stocking
from marketplace.importing.cells import Cells, Fault
from marketplace.importing.errors import FileRefused
from marketplace.importing.models import ImportFault, ImportFile, ImportState
from marketplace.importing.noting import (
    LANGUAGES,
    Errand,
    Tally,
    heading,
    note_faults,
    note_refusal,
    note_remarks,
)
from marketplace.importing.sheets import Bundle, Known, There, bundles, read
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.jobs import Lease
from marketplace.kernel.ports import Storage

BATCH = 100


def work(*, lease: Lease) -> dict[str, Any]:
    """Check or import the file of a job, under its lease; what came out, with seconds and peak memory in MB."""
    started = time.perf_counter()
    errand, known = _errand(UUID(lease.arguments["file_id"]))
    tally = Tally()
    try:
        lines = _lines(errand)
        total = sum(1 for _line in reading.from_headings(errand.data, errand.name)) - 1
        while batch := list(islice(lines, BATCH)):
            with unit_of_work():
                _batch(errand, known, batch, tally)
            lease.report(min(tally.rows, total), total)
    except FileRefused as refusal:
        return _close(errand, lease, {"refused": refusal.sentence()}, ImportState.FAILED)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result = tally.counts() | {"seconds": round(time.perf_counter() - started, 1), "peak_mb": peak}
    return _close(errand, lease, result, ImportState.DONE if errand.writing else ImportState.CHECKED)


def _errand(file_id: UUID) -> tuple[Errand, Known]:
    with unit_of_work():
        file = queries.get(file_id)
        storage: Storage = current_app.extensions["storage"]
        if file.state is not ImportState.RUNNING:
            db.session.execute(delete(ImportFault).where(ImportFault.file_id == file.id))
        errand = Errand(
            file_id=file.id,
            merchant_id=file.merchant_id,
            name=file.name,
            columns=tuple(file.columns),
            mapping=dict(file.mapping),
            options=dict(file.options),
            writing=file.state is ImportState.RUNNING,
            data=storage.get(file.key) or b"",
            noted=frozenset(queries.faulty_rows(file.id)),
        )
        return errand, queries.known(options=errand.options, merchant_id=errand.merchant_id)


def _lines(errand: Errand) -> Iterator[list[Cells]]:
    """The products of the file, each as its rows; the headings are passed over."""
    rows = reading.from_headings(errand.data, errand.name)
    next(rows, None)
    return bundles(Cells(number, errand.columns, cells, errand.mapping) for number, cells in rows)


def _batch(errand: Errand, known: Known, batch: Sequence[Sequence[Cells]], tally: Tally) -> None:
    skus = [sku for members in batch for cells in members if (sku := cells.get("sku"))]
    present = goods.by_sku(skus, merchant_id=errand.merchant_id) if skus else {}
    read_ones = [_read(members, known, tally, present) for members in batch]
    tally.rows += sum(len(bundle.rows) for bundle, _faults in read_ones)
    note_faults(errand, [pair for _bundle, pairs in read_ones for pair in pairs], tally)
    note_remarks(errand, [remark for bundle, _faults in read_ones for remark in bundle.remarks], tally)
    good = [bundle for bundle, pairs in read_ones if bundle.sheet is not None and not pairs]
    good = stocking.allowed(good, present, errand, tally)
    written = [bundle for bundle in good if _one(errand, known, bundle, present, tally)]
    db.session.flush()
    if errand.writing:
        stocking.book(written, errand, tally)
    db.session.expunge_all()


def _read(
    members: Sequence[Cells], known: Known, tally: Tally, present: Mapping[str, Product]
) -> tuple[Bundle, list[tuple[Fault, dict[str, str]]]]:
    """A product with its faults in both languages; only a faulty one is read twice."""
    there = _there(members, known, present)
    bundle = read(members, known, there)
    twice = [
        cells.fault("sku", "")
        for cells in members
        if cells.get("sku") and tally.skus.setdefault(cells.get("sku"), cells.number) != cells.number
    ]
    if not bundle.faults and not twice:
        return bundle, []
    said: dict[str, list[Fault]] = {}
    for language, locale in LANGUAGES.items():
        with force_locale(locale):
            again = read(members, known, there)
            for one in twice:
                again.say(replace(one, sentence=_("This SKU stands in row %(row)s already.", row=tally.skus[one.value])))
            said[language] = again.faults
    pairs = zip(*said.values(), strict=True)
    return bundle, [(same[0], dict(zip(said, (one.sentence for one in same), strict=True))) for same in pairs]


def _there(members: Sequence[Cells], known: Known, present: Mapping[str, Product]) -> There | None:
    """What the market has of the product that these rows speak of."""
    product = next((present[cells.get("sku")] for cells in members if cells.get("sku") in present), None)
    if product is None:
        return None
    skus = frozenset(variant.sku for variant in product.variants if variant.closed_at is None)
    return There(skus=skus, category_id=product.category_id, schema=_schema(known, product.category_id))


def _schema(known: Known, category_id: UUID) -> Sequence[AttributeField]:
    return known.schemas[category_id] if category_id in known.schemas else goods.schema_of(category_id)


def _one(errand: Errand, known: Known, bundle: Bundle, present: dict[str, Product], tally: Tally) -> bool:
    """Write one product, or only count it; False when the market refuses it, which is noted."""
    sheet = bundle.sheet
    product = next((present[sku] for sku in bundle.skus if sku in present), None)
    if sheet is None:
        return False
    sheet, schema = _complete(errand, known, bundle, sheet, product)
    before = product.updated_at if product is not None else None
    try:
        if not errand.writing:
            shelves.check_sheet(sheet=sheet, product=product, schema=schema)
            tally.new += product is None
            tally.same += product is not None
            return True
        written = shelves.write_sheet(merchant_id=errand.merchant_id, sheet=sheet, product=product, schema=schema)
    except (ProductInvalid, NotInThisState) as refusal:
        place = Fault(bundle.rows[0], heading(errand, "sku"), bundle.skus[0], "")
        note_refusal(errand, place, partial(_why, refusal, sheet, schema), tally)
        return False
    tally.new += product is None
    tally.changed += product is not None and written.updated_at != before
    tally.same += product is not None and written.updated_at == before
    if errand.options.get("submit") and product is None:
        _submit(written, tally)
    return True


def _why(refusal: MarketplaceError, sheet: ProductSheet, schema: Sequence[AttributeField]) -> str:
    """What the catalogue has against a product as the row would make it, in the language of the moment."""
    return next(iter(sheet_errors(sheet=sheet, schema=schema).values()), refusal.sentence())


def _complete(
    errand: Errand, known: Known, bundle: Bundle, sheet: ProductSheet, product: Product | None
) -> tuple[ProductSheet, Sequence[AttributeField]]:
    """What the rows say, and what they do not speak of: as it was, or as a new product has it; with its category's questions."""
    if product is None:
        bare: dict[str, Any] = {"tiers": (), "variants": [replace(row, tiers=()) for row in sheet.variants]}
        new = replace(sheet, region_code=known.region_code, **({} if errand.may_price else bare))
        return new, known.schemas[sheet.category_id]
    if bundle.remarks and sheet.brand_id is None:
        sheet = replace(sheet, brand_id=product.brand_id)  # a brand that is not understood takes none away
    schema = _schema(known, sheet.category_id)
    deaf = frozenset() if errand.may_price else merging.STEPS
    filled = {sku: cells - deaf for sku, cells in bundle.filled.items()}
    return merging.onto(sheet=sheet, product=product, filled=filled, schema=schema), schema


def _submit(product: Product, tally: Tally) -> None:
    """Put a new product forward for review if nothing is missing; else it stays a draft with its checklist."""
    db.session.flush()
    try:
        with db.session.begin_nested():
            shelves.submit(product_id=product.id)
        tally.submitted += 1
    except (Unfinished, OutsideScope, NotInThisState):
        db.session.expire(product)


def _close(errand: Errand, lease: Lease, result: dict[str, Any], state: ImportState) -> dict[str, Any]:
    with unit_of_work():
        file: ImportFile = queries.get(errand.file_id, lock=True)
        file.state, file.counts, file.finished_at = state, {**result}, clock.now()
        lease.finish(result)
    return result
