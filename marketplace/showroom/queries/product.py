"""One product as its page shows it, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, ScalarSelect, Select, String, bindparam, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import Brand, Picture, PriceTier, Product, ProductState, Variant
from marketplace.catalogue.queries import Sellable
from marketplace.catalogue.queries.shown import PUBLIC
from marketplace.inventory.queries import free_of
from marketplace.kernel import clock, quick
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.memo import Ready
from marketplace.kernel.texts import language
from tenants.merchants.models import Merchant
from tenants.storefronts.models import Storefront

KEPT = 16  # products with their variants, of some seventy kilobytes each
_ready: Ready[Shown] = Ready(KEPT)


@dataclass(frozen=True)
class Offered:
    """A variant that can be chosen."""

    id: UUID
    sku: str
    label: dict[str, str]
    options: dict[str, str]


@dataclass(frozen=True)
class Shot:
    """A picture of a product, or of one of its variants."""

    key: str
    colour: str
    alt: dict[str, str]
    variant_id: UUID | None


@dataclass(frozen=True)
class Shown:
    """A product as its page shows it: plain rows, and what each variant is offered for."""

    product: Any
    variants: Sequence[Offered]
    pictures: Sequence[Shot]
    offers: Mapping[UUID, Sellable]


@dataclass(frozen=True)
class Mark:
    """What tells one state of a product from every other: who wrote its rows, and what is free of each variant."""

    product_id: UUID
    category_id: UUID
    writers: tuple[Any, ...]
    free: str | None


def mark(code: str) -> Mark:
    """The state of a product that was published and has not been withdrawn. Raises NotFound. One statement."""
    found = quick.ask(_mark(), code=code, moment=clock.now())
    if not found:
        raise NotFound
    product_id, category_id, free, *writers = found[0]
    return Mark(product_id, category_id, (product_id, *writers), free)


def product(code: str, marked: Mark) -> Shown:
    """A product with its variants and pictures, and what they are offered for. Raises NotFound. Two statements, or none.

    The rows of a few are kept by their writers: of goods that sell by the minute only the stock is new each time.
    """
    key = (language(), code)
    return _ready.get(key, marked.writers) or _ready.keep(key, _read(code), marked.writers)


def _read(code: str) -> Shown:
    row = db.session.execute(_by_code(), {"code": code}).first()
    if row is None:
        raise NotFound
    variants = [Offered(UUID(one["id"]), one["sku"], one["label"], one["options"] or {}) for one in row.offered or ()]
    return Shown(
        product=row,
        variants=variants,
        pictures=[Shot(one["key"], one["colour"], one["alt"], _uuid(one["variant"])) for one in row.shots or ()],
        offers=goods.sellable(one.id for one in variants),
    )


def variant_ids(code: str, sku: str) -> list[UUID]:
    """The variant of these words, or all of the product when the word fits none: one statement."""
    wanted = (
        select(Variant.id, Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.code == code, Variant.closed_at.is_(None), Product.published_at.is_not(None))
        .order_by(Variant.position, Variant.id)
    )
    rows = db.session.execute(wanted).all()
    return [row.id for row in rows if row.sku == sku] or [row.id for row in rows]


def leading(category_id: UUID, limit: int) -> list[str]:
    """The ids of what sells best of a category."""
    return [row[0] for row in quick.ask(_leading(), category=category_id, most=limit)]


@cache
def _leading() -> Select[*tuple[Any, ...]]:
    return (
        select(cast(Product.id, String))
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.state == ProductState.ON_SALE, Merchant.may_sell, Product.category_id == bindparam("category"))
        .order_by(Product.sales_count.desc(), Product.id)
        .limit(bindparam("most"))
    )


@cache
def _mark() -> Select[*tuple[Any, ...]]:
    """Which transactions wrote what a product's page is made of: any write changes the answer, whoever wrote it and how."""
    parts = [_writers(table.__tablename__) for table in (Variant, PriceTier, Picture)]
    people = [literal_column(f"{table}.xmin::text", String) for table in ("merchants", "storefronts", "brands")]
    variants = select(func.array_agg(Variant.id)).where(Variant.product_id == Product.id, Variant.closed_at.is_(None))
    free = free_of(variants.correlate(Product).scalar_subquery(), bindparam("moment", type_=DateTime(timezone=True)))
    return (
        select(Product.id, Product.category_id, free.label("free"), Product.stamp, *people, Merchant.may_sell, *parts)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .outerjoin(Storefront, Storefront.merchant_id == Merchant.id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.code == bindparam("code"), Product.published_at.is_not(None))
        .where(or_(*(Product.state == state for state in PUBLIC)))
    )


def _writers(table: str) -> ColumnElement[str]:
    return literal_column(
        f"(select string_agg(part.xmin::text, ' ' order by part.id) from {table} part"  # noqa: S608 - our names
        " where part.product_id = products.id)",
        String,
    )


@cache
def _by_code() -> Select[*tuple[Any, ...]]:
    """Columns, not an entity, and put together once: building this anew costs more than running it."""
    return (
        select(
            Product.id,
            Product.code,
            Product.category_id,
            Product.title,
            Product.description,
            Product.attributes,
            Product.axes,
            Product.lead_days,
            Product.sales_count,
            Product.video,
            Merchant.slug.label("merchant_slug"),
            Merchant.name.label("merchant_name"),
            Merchant.kind,
            Merchant.ownership,
            Merchant.region_code,
            Merchant.founded_year,
            Merchant.staff_size,
            Merchant.admitted_at,
            Storefront.logo,
            Brand.slug.label("brand"),
            Brand.names.label("brand_names"),
            _offered().label("offered"),
            _shots().label("shots"),
        )
        .join(Merchant, Merchant.id == Product.merchant_id)
        .outerjoin(Storefront, Storefront.merchant_id == Merchant.id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.code == bindparam("code"), Product.published_at.is_not(None), Product.state.in_(PUBLIC))
    )


def _offered() -> ScalarSelect[Any]:
    shape = func.json_build_object("id", Variant.id, "sku", Variant.sku, "label", Variant.label, "options", Variant.options)
    listed = func.json_agg(aggregate_order_by(shape, Variant.position, Variant.id))
    return (
        select(listed).where(Variant.product_id == Product.id, Variant.closed_at.is_(None)).correlate(Product).scalar_subquery()
    )


def _shots() -> ScalarSelect[Any]:
    shape = func.json_build_object(
        "key", Picture.key, "colour", Picture.colour, "alt", Picture.alt, "variant", Picture.variant_id
    )
    listed = func.json_agg(aggregate_order_by(shape, Picture.position, Picture.id))
    return select(listed).where(Picture.product_id == Product.id).correlate(Product).scalar_subquery()


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
