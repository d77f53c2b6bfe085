"""Every SELECT about imports, and what the market knows that rows are read against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, exists, or_, select

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import Brand, Product, Unit
from marketplace.importing.errors import NoSuchImport
from marketplace.importing.models import ColumnHabit, ImportFault, ImportFile
from marketplace.importing.sheets import Known, brand_word
from marketplace.inventory.models import StockLevel
from marketplace.kernel.db import db
from marketplace.kernel.jobs import Job, JobState
from tenants.merchants.models import Merchant


def get(file_id: UUID, *, lock: bool = False) -> ImportFile:
    """One file of the merchant in scope. Raises NoSuchImport."""
    wanted = select(ImportFile).where(ImportFile.id == file_id)
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NoSuchImport
    return found


def job_of(file: ImportFile) -> Job | None:
    """The job that works on a file, or worked last."""
    return db.session.scalars(select(Job).where(Job.id == file.job_id)).first() if file.job_id else None


def jobs_of(files: Sequence[ImportFile]) -> dict[UUID, Job]:
    """The jobs of several files, by id: one statement."""
    wanted = [file.job_id for file in files if file.job_id]
    return {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(wanted)))} if wanted else {}


def has_failed(file: ImportFile) -> bool:
    """Whether the worker gave up on a file."""
    job = job_of(file)
    return job is not None and job.state is JobState.FAILED


def recent(limit: int = 20) -> Sequence[ImportFile]:
    """The latest files of the merchant in scope."""
    return db.session.scalars(select(ImportFile).order_by(ImportFile.created_at.desc()).limit(limit)).all()


def busy() -> Sequence[ImportFile]:
    """Files that are being worked on, and those that ended in the last minutes: what the tray shows."""
    return [file for file in recent(5) if file.job_id is not None]


def faults(file_id: UUID) -> Select[ImportFault]:
    """What was wrong in a file, by row; remarks, whose rows go in all the same, after the faults."""
    found = select(ImportFault).where(ImportFault.file_id == file_id)
    return found.order_by(ImportFault.passes, ImportFault.row, ImportFault.id)


def faulty_rows(file_id: UUID) -> set[int]:
    """The rows with faults that keep them out."""
    wanted = select(ImportFault.row).where(ImportFault.file_id == file_id, ImportFault.passes.is_(False))
    return set(db.session.scalars(wanted.distinct()))


def habit(headings: str) -> ColumnHabit | None:
    """How such a table was matched last time."""
    return db.session.scalars(select(ColumnHabit).where(ColumnHabit.headings == headings)).first()


def leaves() -> list[goods.CategoryRow]:
    """The categories that products can stand in."""
    rows = goods.tree()
    parents = {row.parent_id for row in rows}
    return [row for row in rows if row.id not in parents]


def brands(merchant_id: UUID) -> dict[str, UUID]:
    """The brands a merchant's table may name, by slug and by name in any language, as `brand_word` has them: one statement.

    A brand out of use counts only for a merchant whose goods bear it: goods keep their brand, and come back in as they went out.
    """
    borne = exists().where(Product.brand_id == Brand.id, Product.merchant_id == merchant_id)
    wanted = select(Brand.id, Brand.slug, Brand.names).where(or_(Brand.closed_at.is_(None), borne))
    rows = db.session.execute(wanted.order_by(Brand.closed_at.nulls_first(), Brand.slug)).all()
    words = [(row.slug, row.id) for row in rows] + [(name, row.id) for row in rows for name in row.names.values()]
    found: dict[str, UUID] = {}
    for word, brand_id in words:
        found.setdefault(brand_word(word), brand_id)
    return found


def known(*, options: Mapping[str, Any], merchant_id: UUID) -> Known:
    """What rows are read against, once for a whole file: five statements."""
    rows = {row.slug: row for row in goods.tree()}
    words: dict[str, UUID] = {}
    able = leaves()
    for row in able:
        for language in ("zh_Hans", "en"):
            trail = [rows[slug].names.get(language, slug) for slug in row.path if slug in rows]
            for word in (" > ".join(trail), " › ".join(trail), "/".join(trail), row.names.get(language, "")):
                words.setdefault(word.casefold(), row.id)
        words[row.slug] = row.id
    schemas = goods.schemas_of([row.id for row in able])
    chosen = options.get("category")
    return Known(
        currency=current_app.config["SETTINGS"].currency,
        categories=words,
        schemas={row.id: schemas.get(row.id, ()) for row in able},
        brands=brands(merchant_id),
        category_id=words.get(str(chosen)) if chosen else None,
        unit=Unit(options.get("unit") or Unit.PIECE),
        region_code=db.session.scalar(select(Merchant.region_code).where(Merchant.id == merchant_id)) or "",
    )


def lying(variant_ids: Sequence[UUID], location_id: UUID) -> dict[UUID, Decimal]:
    """What lies at one place, of these variants."""
    wanted = select(StockLevel.variant_id, StockLevel.on_hand)
    return {row[0]: row[1] for row in db.session.execute(wanted.where(*_at(variant_ids, location_id)))}


def promised(variant_ids: Sequence[UUID], location_id: UUID) -> dict[UUID, Decimal]:
    """What is promised to buyers from one place, of these variants."""
    wanted = select(StockLevel.variant_id, StockLevel.held)
    return {row[0]: row[1] for row in db.session.execute(wanted.where(*_at(variant_ids, location_id)))}


def _at(variant_ids: Sequence[UUID], location_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return StockLevel.variant_id.in_(variant_ids), StockLevel.location_id == location_id
