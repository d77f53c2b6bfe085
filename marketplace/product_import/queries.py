"""Every SELECT of the product import, and the context that rows are parsed against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, exists, or_, select

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import Brand, Product, Unit
from marketplace.inventory.models import StockLevel
from marketplace.kernel.db import db
from marketplace.kernel.jobs import Job, JobState
from marketplace.product_import.errors import ImportNotFound
from marketplace.product_import.models import ImportFile, ImportRowError, SavedColumnMapping
from marketplace.product_import.row_parser import ImportContext, normalize_brand
from tenants.merchants.models import Merchant


def get_import(file_id: UUID, *, lock: bool = False) -> ImportFile:
    """Return one file of the tenant context.

    Raises:
        ImportNotFound: no such file.
    """
    stmt = select(ImportFile).where(ImportFile.id == file_id)
    import_file = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if import_file is None:
        raise ImportNotFound
    return import_file


def get_job(file: ImportFile) -> Job | None:
    """Return the latest job of a file."""
    return db.session.scalars(select(Job).where(Job.id == file.job_id)).first() if file.job_id else None


def get_jobs(files: Sequence[ImportFile]) -> dict[UUID, Job]:
    """Return the jobs of several files by id: one statement."""
    job_ids = [file.job_id for file in files if file.job_id]
    return {job.id: job for job in db.session.scalars(select(Job).where(Job.id.in_(job_ids)))} if job_ids else {}


def has_failed(file: ImportFile) -> bool:
    """Return whether the latest job of a file has failed."""
    job = get_job(file)
    return job is not None and job.state is JobState.FAILED


def list_recent_imports(limit: int = 20) -> Sequence[ImportFile]:
    """Return the latest files of the tenant context."""
    return db.session.scalars(select(ImportFile).order_by(ImportFile.created_at.desc()).limit(limit)).all()


def list_active_imports() -> Sequence[ImportFile]:
    """Return the latest files that have a job: the job indicator shows them."""
    return [file for file in list_recent_imports(5) if file.job_id is not None]


def errors_stmt(file_id: UUID) -> Select[ImportRowError]:
    """Return the statement over a file's errors by row; warnings come after the errors."""
    stmt = select(ImportRowError).where(ImportRowError.file_id == file_id)
    return stmt.order_by(ImportRowError.is_warning, ImportRowError.row, ImportRowError.id)


def list_rows_with_errors(file_id: UUID) -> set[int]:
    """Return the numbers of the rows that errors exclude."""
    stmt = select(ImportRowError.row).where(ImportRowError.file_id == file_id, ImportRowError.is_warning.is_(False))
    return set(db.session.scalars(stmt.distinct()))


def get_saved_mapping(headings_hash: str) -> SavedColumnMapping | None:
    """Return the mapping that was chosen last time for these headings."""
    return db.session.scalars(select(SavedColumnMapping).where(SavedColumnMapping.headings_hash == headings_hash)).first()


def list_leaf_categories() -> list[catalogue_queries.CategoryRow]:
    """Return the categories that products can be in."""
    rows = catalogue_queries.get_category_tree()
    parent_ids = {row.parent_id for row in rows}
    return [row for row in rows if row.id not in parent_ids]


def get_brand_ids_by_name(merchant_id: UUID) -> dict[str, UUID]:
    """Return the brands that a merchant's table may name, by normalised slug and name: one statement.

    A closed brand counts only for a merchant whose products have it: products keep their brand, and an exported table can be
    imported again.
    """
    sold_by_merchant = exists().where(Product.brand_id == Brand.id, Product.merchant_id == merchant_id)
    stmt = select(Brand.id, Brand.slug, Brand.names).where(or_(Brand.closed_at.is_(None), sold_by_merchant))
    rows = db.session.execute(stmt.order_by(Brand.closed_at.nulls_first(), Brand.slug)).all()
    labelled_ids = [(row.slug, row.id) for row in rows] + [(name, row.id) for row in rows for name in row.names.values()]
    brand_ids: dict[str, UUID] = {}
    for label, brand_id in labelled_ids:
        brand_ids.setdefault(normalize_brand(label), brand_id)
    return brand_ids


def load_import_context(*, options: Mapping[str, Any], merchant_id: UUID) -> ImportContext:
    """Load what rows are parsed against, once for a whole file: five statements."""
    categories = {category.slug: category for category in catalogue_queries.get_category_tree()}
    category_ids: dict[str, UUID] = {}
    leaf_categories = list_leaf_categories()
    for category in leaf_categories:
        for language in ("zh_Hans", "en"):
            path_names = [categories[slug].names.get(language, slug) for slug in category.path if slug in categories]
            for name in (
                " > ".join(path_names),
                " › ".join(path_names),
                "/".join(path_names),
                category.names.get(language, ""),
            ):
                category_ids.setdefault(name.casefold(), category.id)
        category_ids[category.slug] = category.id
    schemas = catalogue_queries.get_schemas([category.id for category in leaf_categories])
    default_category = options.get("category")
    return ImportContext(
        currency=current_app.config["SETTINGS"].currency,
        category_ids=category_ids,
        schemas={category.id: schemas.get(category.id, ()) for category in leaf_categories},
        brand_ids=get_brand_ids_by_name(merchant_id),
        default_category_id=category_ids.get(str(default_category)) if default_category else None,
        default_unit=Unit(options.get("unit") or Unit.PIECE),
        region_code=db.session.scalar(select(Merchant.region_code).where(Merchant.id == merchant_id)) or "",
    )


def get_on_hand(variant_ids: Sequence[UUID], location_id: UUID) -> dict[UUID, Decimal]:
    """Return the quantity on hand of these variants at one location."""
    stmt = select(StockLevel.variant_id, StockLevel.on_hand)
    return {row[0]: row[1] for row in db.session.execute(stmt.where(*_level_criteria(variant_ids, location_id)))}


def get_reserved(variant_ids: Sequence[UUID], location_id: UUID) -> dict[UUID, Decimal]:
    """Return the reserved quantity of these variants at one location."""
    stmt = select(StockLevel.variant_id, StockLevel.reserved)
    return {row[0]: row[1] for row in db.session.execute(stmt.where(*_level_criteria(variant_ids, location_id)))}


def _level_criteria(variant_ids: Sequence[UUID], location_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return StockLevel.variant_id.in_(variant_ids), StockLevel.location_id == location_id
