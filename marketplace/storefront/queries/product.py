"""Queries of the product page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ScalarSelect, Select, String, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import Brand, Picture, PriceTier, Product, ProductState, Variant
from marketplace.catalogue.queries import PurchasableVariant
from marketplace.catalogue.queries.public import PUBLIC_STATES
from marketplace.inventory.queries import available_subquery
from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.cache import VersionedCache, row_version, rows_version
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.localized_text import current_language
from tenants.merchant_shops.models import MerchantShop
from tenants.merchants.models import Merchant

MAX_CACHED_PRODUCTS = 16  # products with their variants, about 70 kB each
_cache: VersionedCache[ProductDetail] = VersionedCache(MAX_CACHED_PRODUCTS)


@dataclass(frozen=True)
class VariantOption:
    """A variant that can be selected."""

    id: UUID
    sku: str
    label: dict[str, str]
    options: dict[str, str]


@dataclass(frozen=True)
class PictureRow:
    """A picture of a product, or of one of its variants."""

    key: str
    colour: str
    alt: dict[str, str]
    variant_id: UUID | None


@dataclass(frozen=True)
class ProductDetail:
    """A product with its variants, pictures and offers by variant id."""

    product: Any
    variants: Sequence[VariantOption]
    pictures: Sequence[PictureRow]
    offers: Mapping[UUID, PurchasableVariant]


@dataclass(frozen=True)
class ProductVersion:
    """The version of a product: row versions of everything its page shows, and available quantities."""

    product_id: UUID
    category_id: UUID
    row_versions: tuple[Any, ...]
    available_json: str | None


def get_product_version(code: str) -> ProductVersion:
    """Return the version of a public product. One statement.

    Raises:
        NotFound: The product was never published, or has been withdrawn.
    """
    rows = compiled_sql.fetch_all(_product_version_stmt(), code=code, moment=clock.now())
    if not rows:
        raise NotFound
    product_id, category_id, available_json, *row_versions = rows[0]
    return ProductVersion(product_id, category_id, (product_id, *row_versions), available_json)


def get_product(code: str, version: ProductVersion) -> ProductDetail:
    """Return a product with its variants, pictures and offers. Two statements, or none if it is cached.

    The cache is keyed by row versions without the stock: products that sell every minute change only in their stock.

    Raises:
        NotFound: The product is not public any more.
    """
    key = (current_language(), code)
    return _cache.get(key, version.row_versions) or _cache.set(key, _load_product(code), version.row_versions)


def _load_product(code: str) -> ProductDetail:
    row = db.session.execute(_product_stmt(), {"code": code}).first()
    if row is None:
        raise NotFound
    variants = [
        VariantOption(UUID(entry["id"]), entry["sku"], entry["label"], entry["options"] or {}) for entry in row.variants or ()
    ]
    return ProductDetail(
        product=row,
        variants=variants,
        pictures=[
            PictureRow(entry["key"], entry["colour"], entry["alt"], _parse_uuid(entry["variant"]))
            for entry in row.pictures or ()
        ],
        offers=catalogue_queries.get_purchasable(entry.id for entry in variants),
    )


def list_variant_ids(code: str, sku: str) -> list[UUID]:
    """Return the id of the variant with this SKU, or of all variants if there is none. One statement."""
    stmt = (
        select(Variant.id, Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.code == code, Variant.closed_at.is_(None), Product.published_at.is_not(None))
        .order_by(Variant.position, Variant.id)
    )
    rows = db.session.execute(stmt).all()
    return [row.id for row in rows if row.sku == sku] or [row.id for row in rows]


def list_best_seller_ids(category_id: UUID, limit: int) -> list[str]:
    """Return the ids of the best sellers of a category."""
    return [row[0] for row in compiled_sql.fetch_all(_best_sellers_stmt(), category=category_id, limit=limit)]


@cache
def _best_sellers_stmt() -> Select[*tuple[Any, ...]]:
    return (
        select(cast(Product.id, String))
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.state == ProductState.ON_SALE, Merchant.may_sell, Product.category_id == bindparam("category"))
        .order_by(Product.sales_count.desc(), Product.id)
        .limit(bindparam("limit"))
    )


@cache
def _product_version_stmt() -> Select[*tuple[Any, ...]]:
    """Return the statement for the ids of the transactions that wrote a product page's rows.

    Any write changes the result, including writes that publish no event.
    """
    child_tables = (Variant.__tablename__, PriceTier.__tablename__, Picture.__tablename__)
    child_versions = [rows_version(table_name, "part.product_id = products.id") for table_name in child_tables]
    related_versions = [row_version(table_name) for table_name in ("merchants", "merchant_shops", "brands")]
    open_variant_ids = select(func.array_agg(Variant.id)).where(Variant.product_id == Product.id, Variant.closed_at.is_(None))
    available = available_subquery(
        open_variant_ids.correlate(Product).scalar_subquery(), bindparam("moment", type_=DateTime(timezone=True))
    )
    return (
        select(
            Product.id,
            Product.category_id,
            available.label("available"),
            Product.row_version,
            *related_versions,
            Merchant.may_sell,
            *child_versions,
        )
        .join(Merchant, Merchant.id == Product.merchant_id)
        .outerjoin(MerchantShop, MerchantShop.merchant_id == Merchant.id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.code == bindparam("code"), Product.published_at.is_not(None))
        .where(or_(*(Product.state == state for state in PUBLIC_STATES)))
    )


@cache
def _product_stmt() -> Select[*tuple[Any, ...]]:
    """Return the product statement. It selects columns and is built once: building it takes longer than running it."""
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
            MerchantShop.logo,
            Brand.slug.label("brand"),
            Brand.names.label("brand_names"),
            _variants_json().label("variants"),
            _pictures_json().label("pictures"),
        )
        .join(Merchant, Merchant.id == Product.merchant_id)
        .outerjoin(MerchantShop, MerchantShop.merchant_id == Merchant.id)
        .outerjoin(Brand, Brand.id == Product.brand_id)
        .where(Product.code == bindparam("code"), Product.published_at.is_not(None), Product.state.in_(PUBLIC_STATES))
    )


def _variants_json() -> ScalarSelect[Any]:
    variant_json = func.json_build_object(
        "id", Variant.id, "sku", Variant.sku, "label", Variant.label, "options", Variant.options
    )
    json_list = func.json_agg(aggregate_order_by(variant_json, Variant.position, Variant.id))
    return (
        select(json_list)
        .where(Variant.product_id == Product.id, Variant.closed_at.is_(None))
        .correlate(Product)
        .scalar_subquery()
    )


def _pictures_json() -> ScalarSelect[Any]:
    picture_json = func.json_build_object(
        "key", Picture.key, "colour", Picture.colour, "alt", Picture.alt, "variant", Picture.variant_id
    )
    json_list = func.json_agg(aggregate_order_by(picture_json, Picture.position, Picture.id))
    return select(json_list).where(Picture.product_id == Product.id).correlate(Product).scalar_subquery()


def _parse_uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
