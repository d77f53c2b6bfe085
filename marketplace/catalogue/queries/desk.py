"""Goods as their merchant and the market's reviewers see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, or_, select
from sqlalchemy.orm import selectinload

from marketplace.catalogue.errors import NoSuchProduct
from marketplace.catalogue.models import Category, Product, ProductReview, ProductState, Variant
from marketplace.catalogue.queries.kinds import below
from marketplace.kernel.db import db
from tenants.merchants.models import Merchant

DeskRow = Any
WITH_PARTS = (selectinload(Product.variants), selectinload(Product.tiers), selectinload(Product.pictures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a list of products is narrowed and ordered."""

    state: ProductState | None = None
    text: str = ""
    category: str = ""
    stock: str = ""  # "in" | "out"
    merchant_id: UUID | None = None
    sort: str = "changed"


def get(product_id: UUID, *, lock: bool = False, parts: bool = True) -> Product:
    """One product of the present scope, with its variants, ladder and pictures. Raises NoSuchProduct."""
    wanted = select(Product).where(Product.id == product_id)
    if parts:
        wanted = wanted.options(*WITH_PARTS)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(wanted).first()
    if found is None:
        raise NoSuchProduct
    return found


def by_sku(skus: Sequence[str], *, merchant_id: UUID) -> dict[str, Product]:
    """A merchant's products by the SKU of any variant, with their parts: four statements for any number (imports)."""
    found = (
        select(Product)
        .where(Product.merchant_id == merchant_id, Product.variants.any(Variant.sku.in_(list(skus))))
        .options(*WITH_PARTS)
    )
    return {variant.sku: product for product in db.session.scalars(found) for variant in product.variants}


def is_shown(video: str, *, merchant_id: UUID) -> bool:
    """Whether any product of a merchant shows the video of this key."""
    wanted = select(Product.id).where(Product.merchant_id == merchant_id, Product.video["key"].astext == video)
    return db.session.scalar(wanted.limit(1)) is not None


def desk_rows(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """A list of products as columns, one statement for any number of lines."""
    variants = (
        select(func.count())
        .where(Variant.product_id == Product.id, Variant.closed_at.is_(None))
        .correlate(Product)
        .scalar_subquery()
    )
    rows = select(
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
        variants.label("variant_count"),
    )
    rows = rows.join(Category, Category.id == Product.category_id).join(Merchant, Merchant.id == Product.merchant_id)
    return _sorted(_narrowed(rows, wanted), wanted.sort)


def _narrowed(rows: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    if wanted.merchant_id is not None:
        rows = rows.where(Product.merchant_id == wanted.merchant_id)
    if wanted.state is not None:
        rows = rows.where(Product.state == wanted.state)
    else:
        rows = rows.where(Product.state != ProductState.DELETED)
    if wanted.category:
        rows = rows.where(Product.category_id.in_(below(wanted.category)))
    if wanted.stock:
        rows = rows.where(Product.in_stock.is_(wanted.stock == "in"))
    return rows.where(_says(wanted.text)) if wanted.text else rows


def _says(text: str) -> Any:
    """Title in any language, product number or SKU."""
    like = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(
        cast(Product.title, String).ilike(like),
        Product.reference.ilike(like),
        Product.code == text.strip().lower(),
        Product.variants.any(Variant.sku.ilike(like)),
    )


def _sorted(rows: Select[*tuple[Any, ...]], sort: str) -> Select[*tuple[Any, ...]]:
    orders: dict[str, Any] = {
        "changed": Product.updated_at.desc(),
        "waiting": Product.submitted_at,
        "price": Product.price_low.asc().nulls_last(),
        "price_down": Product.price_low.desc().nulls_last(),
        "sales": Product.sales_count.desc(),
        "title": Product.title["zh_Hans"].astext,
    }
    return rows.order_by(orders.get(sort, orders["changed"]), Product.id)


def merchant_of(product_id: UUID) -> Any:
    """Whose product it is: id, slug and name. Raises NoSuchProduct."""
    wanted = select(Merchant.id, Merchant.slug, Merchant.name).join(Product, Product.merchant_id == Merchant.id)
    found = db.session.execute(wanted.where(Product.id == product_id)).first()
    if found is None:
        raise NoSuchProduct
    return found


def counts_by_state(merchant_id: UUID | None = None) -> dict[ProductState, int]:
    """How many products stand where."""
    wanted = select(Product.state, func.count()).group_by(Product.state)
    if merchant_id is not None:
        wanted = wanted.where(Product.merchant_id == merchant_id)
    return dict(db.session.execute(wanted).all())


def waiting_for_review() -> tuple[int, Any]:
    """How many products wait for the market, and since when the oldest does."""
    wanted = select(func.count(), func.min(Product.submitted_at)).where(Product.state == ProductState.IN_REVIEW)
    row = db.session.execute(wanted).one()
    return row[0], row[1]


def reviews_of(product_id: UUID) -> Sequence[ProductReview]:
    """The steps of a product's review, newest first."""
    wanted = select(ProductReview).where(ProductReview.product_id == product_id)
    return db.session.scalars(wanted.order_by(ProductReview.at.desc(), ProductReview.id.desc()).limit(100)).all()


def export_rows(merchant_id: UUID, *, after: UUID | None = None, size: int = 500) -> list[Product]:
    """The next batch of a merchant's products with their parts, by id: for exports of any length."""
    mine = select(Product).where(Product.merchant_id == merchant_id, Product.state != ProductState.DELETED)
    wanted = mine.options(*WITH_PARTS).order_by(Product.id).limit(size)
    return list(db.session.scalars(wanted if after is None else wanted.where(Product.id > after)))
