"""Product queries for merchants and the platform's reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, or_, select
from sqlalchemy.orm import selectinload

from marketplace.catalogue.errors import ProductNotFound
from marketplace.catalogue.models import Category, Product, ProductReview, ProductState, Variant
from marketplace.catalogue.queries.taxonomy import subtree_ids_stmt
from marketplace.kernel.db import db
from tenants.merchants.models import Merchant

ProductRow = Any
LOAD_PARTS = (selectinload(Product.variants), selectinload(Product.tiers), selectinload(Product.pictures))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """The filters and the order of a product list."""

    state: ProductState | None = None
    text: str = ""
    category: str = ""
    stock: str = ""  # "in" | "out"
    merchant_id: UUID | None = None
    sort: str = "changed"


def get_product(product_id: UUID, *, lock: bool = False, parts: bool = True) -> Product:
    """Return a product of the present scope, with its variants, tiers and pictures.

    Raises:
        ProductNotFound: It does not exist in this scope.
    """
    stmt = select(Product).where(Product.id == product_id)
    if parts:
        stmt = stmt.options(*LOAD_PARTS)
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    product = db.session.scalars(stmt).first()
    if product is None:
        raise ProductNotFound
    return product


def find_by_skus(skus: Sequence[str], *, merchant_id: UUID) -> dict[str, Product]:
    """Return a merchant's products with their parts by the SKU of any variant: four statements for any number (imports)."""
    stmt = (
        select(Product)
        .where(Product.merchant_id == merchant_id, Product.variants.any(Variant.sku.in_(list(skus))))
        .options(*LOAD_PARTS)
    )
    return {variant.sku: product for product in db.session.scalars(stmt) for variant in product.variants}


def video_in_use(video_key: str, *, merchant_id: UUID) -> bool:
    """Return whether any product of a merchant has the video with this key."""
    stmt = select(Product.id).where(Product.merchant_id == merchant_id, Product.video["key"].astext == video_key)
    return db.session.scalar(stmt.limit(1)) is not None


def list_products_stmt(filters: ProductFilter) -> Select[*tuple[Any, ...]]:
    """Return a statement for a product list as columns; it runs as one statement for any number of rows."""
    variant_count = (
        select(func.count())
        .where(Variant.product_id == Product.id, Variant.closed_at.is_(None))
        .correlate(Product)
        .scalar_subquery()
    )
    stmt = select(
        Product.id,
        Product.code,
        Product.merchant_id,
        Product.reference,
        Product.title,
        Product.state,
        Product.unit,
        Product.currency,
        Product.price_low,
        Product.price_high,
        Product.from_quantity,
        Product.cover_key,
        Product.cover_colour,
        Product.in_stock,
        Product.sales_count,
        Product.updated_at,
        Product.submitted_at,
        Product.review_note,
        Product.version,
        Category.names.label("category_names"),
        Merchant.name.label("merchant_name"),
        Merchant.slug.label("merchant_slug"),
        variant_count.label("variant_count"),
    )
    stmt = stmt.join(Category, Category.id == Product.category_id).join(Merchant, Merchant.id == Product.merchant_id)
    return _apply_sort(_apply_filters(stmt, filters), filters.sort)


def _apply_filters(stmt: Select[*tuple[Any, ...]], filters: ProductFilter) -> Select[*tuple[Any, ...]]:
    if filters.merchant_id is not None:
        stmt = stmt.where(Product.merchant_id == filters.merchant_id)
    if filters.state is not None:
        stmt = stmt.where(Product.state == filters.state)
    else:
        stmt = stmt.where(Product.state != ProductState.DELETED)
    if filters.category:
        stmt = stmt.where(Product.category_id.in_(subtree_ids_stmt(filters.category)))
    if filters.stock:
        stmt = stmt.where(Product.in_stock.is_(filters.stock == "in"))
    return stmt.where(_text_filter(filters.text)) if filters.text else stmt


def _text_filter(text: str) -> Any:
    """Return a filter on the title in any language, the product number or an SKU."""
    pattern = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(
        cast(Product.title, String).ilike(pattern),
        Product.reference.ilike(pattern),
        Product.code == text.strip().lower(),
        Product.variants.any(Variant.sku.ilike(pattern)),
    )


def _apply_sort(stmt: Select[*tuple[Any, ...]], sort: str) -> Select[*tuple[Any, ...]]:
    orders: dict[str, Any] = {
        "changed": Product.updated_at.desc(),
        "waiting": Product.submitted_at,
        "price": Product.price_low.asc().nulls_last(),
        "price_down": Product.price_low.desc().nulls_last(),
        "sales": Product.sales_count.desc(),
        "title": Product.title["zh_Hans"].astext,
    }
    return stmt.order_by(orders.get(sort, orders["changed"]), Product.id)


def get_product_merchant(product_id: UUID) -> Any:
    """Return id, slug and name of the merchant of a product.

    Raises:
        ProductNotFound: It does not exist in this scope.
    """
    stmt = select(Merchant.id, Merchant.slug, Merchant.name).join(Product, Product.merchant_id == Merchant.id)
    merchant = db.session.execute(stmt.where(Product.id == product_id)).first()
    if merchant is None:
        raise ProductNotFound
    return merchant


def count_products_by_state(merchant_id: UUID | None = None) -> dict[ProductState, int]:
    """Return the number of products in each state."""
    stmt = select(Product.state, func.count()).group_by(Product.state)
    if merchant_id is not None:
        stmt = stmt.where(Product.merchant_id == merchant_id)
    return dict(db.session.execute(stmt).all())


def review_queue_stats() -> tuple[int, Any]:
    """Return the number of products that wait for review, and since when the oldest one waits."""
    stmt = select(func.count(), func.min(Product.submitted_at)).where(Product.state == ProductState.IN_REVIEW)
    row = db.session.execute(stmt).one()
    return row[0], row[1]


def list_reviews(product_id: UUID) -> Sequence[ProductReview]:
    """Return the steps of a product's review, newest first."""
    stmt = select(ProductReview).where(ProductReview.product_id == product_id)
    return db.session.scalars(stmt.order_by(ProductReview.at.desc(), ProductReview.id.desc()).limit(100)).all()


def get_export_batch(merchant_id: UUID, *, after: UUID | None = None, size: int = 500) -> list[Product]:
    """Return the next batch of a merchant's products with their parts, by id; for exports of any length."""
    products_stmt = select(Product).where(Product.merchant_id == merchant_id, Product.state != ProductState.DELETED)
    stmt = products_stmt.options(*LOAD_PARTS).order_by(Product.id).limit(size)
    return list(db.session.scalars(stmt if after is None else stmt.where(Product.id > after)))
