"""The long part: read every row, try it or write it, batch by batch; each batch is a transaction and shows progress."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import delete, insert

from marketplace.catalogue import queries as goods
from marketplace.catalogue import services as shelves
from marketplace.catalogue.errors import NotInThisState, OutsideScope, ProductInvalid, Unfinished
from marketplace.catalogue.models import Product
from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.services import ProductSheet
from marketplace.importing import merging, queries, reading
from marketplace.importing.cells import Cells, Fault
from marketplace.importing.errors import FileRefused
from marketplace.importing.models import ImportFault, ImportFile, ImportState
from marketplace.importing.sheets import Bundle, Known, bundles, read
from marketplace.inventory import services as stock
from marketplace.inventory.errors import NotThatMany
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.ids import uuid7
from marketplace.kernel.jobs import Lease
from marketplace.kernel.ports import Storage

BATCH = 100
MOST_FAULTS = 5000
LANGUAGES = {"zh_Hans": "zh_Hans_CN", "en": "en"}


@dataclass
class Tally:
    """What happened so far."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    faults: int = 0
    faulty: int = 0
    remarks: int = 0
    submitted: int = 0
    skus: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """As it is shown and kept."""
        names = ("rows", "new", "changed", "same", "faults", "faulty", "remarks", "submitted")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Errand:
    """One file under work, as plain values."""

    file_id: UUID
    merchant_id: UUID
    name: str
    columns: tuple[str, ...]
    mapping: dict[str, str]
    options: dict[str, Any]
    writing: bool
    data: bytes

    @property
    def may_price(self) -> bool:
        """Whether whoever sent it may change prices (RO2)."""
        return not self.options.get("keep_prices")


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
    _note_faults(errand, [pair for _bundle, pairs in read_ones for pair in pairs], tally)
    _note_remarks(errand, [remark for bundle, _faults in read_ones for remark in bundle.remarks], tally)
    good = [bundle for bundle, pairs in read_ones if bundle.sheet is not None and not pairs]
    for bundle in good:
        _one(errand, known, bundle, present, tally)
    db.session.flush()
    if errand.writing and errand.options.get("location"):
        _shelve(good, UUID(errand.options["location"]), errand, tally)
    db.session.expunge_all()


def _read(
    members: Sequence[Cells], known: Known, tally: Tally, present: Mapping[str, Product]
) -> tuple[Bundle, list[tuple[Fault, dict[str, str]]]]:
    """A product with its faults in both languages; only a faulty one is read twice."""
    there = all(cells.get("sku") in present for cells in members)
    bundle = read(members, known, there=there)
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
            again = read(members, known, there=there)
            for one in twice:
                again.say(replace(one, sentence=_("This SKU stands in row %(row)s already.", row=tally.skus[one.value])))
            said[language] = again.faults
    pairs = zip(*said.values(), strict=True)
    return bundle, [(same[0], dict(zip(said, (one.sentence for one in same), strict=True))) for same in pairs]


def _one(errand: Errand, known: Known, bundle: Bundle, present: dict[str, Product], tally: Tally) -> None:
    sheet = bundle.sheet
    product = next((present[sku] for sku in bundle.skus if sku in present), None)
    if sheet is None:
        return
    if not errand.writing:
        tally.new += product is None
        tally.same += product is not None
        return
    sheet, schema = _complete(errand, known, bundle, sheet, product)
    before = product.updated_at if product is not None else None
    try:
        written = shelves.write_sheet(merchant_id=errand.merchant_id, sheet=sheet, product=product, schema=schema)
    except (ProductInvalid, NotInThisState) as refusal:
        _note_refusal(errand, Fault(bundle.rows[0], _heading(errand, "sku"), bundle.skus[0], ""), refusal, tally)
        return
    tally.new += product is None
    tally.changed += product is not None and written.updated_at != before
    tally.same += product is not None and written.updated_at == before
    if errand.options.get("submit") and product is None:
        _submit(written, tally)


def _complete(
    errand: Errand, known: Known, bundle: Bundle, sheet: ProductSheet, product: Product | None
) -> tuple[ProductSheet, Sequence[AttributeField]]:
    """What the rows say, and what they do not speak of: as it was, or as a new product has it; with its category's questions."""
    given = frozenset(errand.mapping.values())
    if product is None:
        bare: dict[str, Any] = {"tiers": (), "variants": [replace(row, tiers=()) for row in sheet.variants]}
        new = replace(sheet, region_code=known.region_code, **({} if errand.may_price else bare))
        return new, known.schemas[sheet.category_id]
    if "category" not in given:
        sheet = replace(sheet, category_id=product.category_id)
    if bundle.remarks and sheet.brand_id is None:
        sheet = replace(sheet, brand_id=product.brand_id)  # a brand that is not understood takes none away
    schema = known.schemas.get(sheet.category_id) or goods.schema_of(sheet.category_id)
    given -= frozenset() if errand.may_price else merging.PRICES
    return merging.onto(sheet=sheet, product=product, given=given, schema=schema), schema


def _submit(product: Product, tally: Tally) -> None:
    """Put a new product forward for review if nothing is missing; else it stays a draft with its checklist."""
    db.session.flush()
    try:
        with db.session.begin_nested():
            shelves.submit(product_id=product.id)
        tally.submitted += 1
    except (Unfinished, OutsideScope, NotInThisState):
        db.session.expire(product)


def _shelve(good: Sequence[Bundle], location_id: UUID, errand: Errand, tally: Tally) -> None:
    """Book what the file says lies there, where it says something else than the shelf."""
    wanted = {sku: quantity for bundle in good for sku, quantity in bundle.stock.items()}
    rows = {sku: row for bundle in good for sku, row in zip(bundle.skus, bundle.rows, strict=True)}
    if not wanted:
        return
    present = goods.by_sku(list(wanted), merchant_id=errand.merchant_id)
    ids = {variant.sku: variant.id for product in set(present.values()) for variant in product.variants}
    lying = queries.on_hand(list(ids.values()), location_id)
    for sku, quantity in wanted.items():
        if sku not in ids or lying.get(ids[sku], Decimal(0)) == quantity:
            continue
        try:
            stock.correct(variant_id=ids[sku], location_id=location_id, to=quantity, note=errand.name, counted=True)
        except NotThatMany as refusal:  # so many are promised to buyers
            _note_refusal(errand, Fault(rows[sku], _heading(errand, "stock"), f"{quantity:f}", ""), refusal, tally)


def _heading(errand: Errand, target: str) -> str:
    return next((column for column, meaning in errand.mapping.items() if meaning == target), "")


def _note_refusal(errand: Errand, place: Fault, refusal: MarketplaceError, tally: Tally) -> None:
    """Something that only writing shows: somebody has changed the shelf since the check."""
    sentences = {}
    for language, locale in LANGUAGES.items():
        with force_locale(locale):
            sentences[language] = refusal.sentence()
    _note_faults(errand, [(place, sentences)], tally, kept=True)


def _note_faults(
    errand: Errand, pairs: Sequence[tuple[Fault, dict[str, str]]], tally: Tally, *, kept: bool | None = None
) -> None:
    """Count faults, and keep them: those of the check are kept by the check and not again by the writing."""
    room = max(0, MOST_FAULTS - tally.faults)
    tally.faults += len(pairs)
    tally.faulty += len({fault.row for fault, _sentences in pairs})
    if not errand.writing if kept is None else kept:
        _write_down(errand, pairs[:room], passes=False)


def _note_remarks(errand: Errand, remarks: Sequence[tuple[Fault, LazyString]], tally: Tally) -> None:
    """Count what was said of rows that go in all the same; the check keeps it."""
    room = max(0, MOST_FAULTS - tally.remarks)
    tally.remarks += len(remarks)
    if errand.writing or not remarks or not room:
        return
    pairs: list[tuple[Fault, dict[str, str]]] = [(place, {}) for place, _sentence in remarks[:room]]
    for language, locale in LANGUAGES.items():
        with force_locale(locale):
            for (_place, said), (_same, sentence) in zip(pairs, remarks, strict=False):
                said[language] = str(sentence)
    _write_down(errand, pairs, passes=True)


def _write_down(errand: Errand, pairs: Sequence[tuple[Fault, dict[str, str]]], *, passes: bool) -> None:
    rows = [
        {
            "id": uuid7(),
            "merchant_id": errand.merchant_id,
            "file_id": errand.file_id,
            "row": place.row,
            "column": place.column,
            "value": place.value,
            "sentence": sentences,
            "passes": passes,
        }
        for place, sentences in pairs
    ]
    if rows:
        db.session.execute(insert(ImportFault), rows)


def _close(errand: Errand, lease: Lease, result: dict[str, Any], state: ImportState) -> dict[str, Any]:
    with unit_of_work():
        file: ImportFile = queries.get(errand.file_id, lock=True)
        file.state, file.counts, file.finished_at = state, {**result}, clock.now()
        lease.finish(result)
    return result
