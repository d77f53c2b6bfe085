"""Denormalized product columns: the fields of a card, kept in the row so that lists need one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.models import Category, PriceTier, Product, ProductState, Variant
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from tenants.isolation import AccessPurpose, with_purpose

BATCH = 500


def update_card_fields(product: Product) -> None:
    """Set price range, smallest order and cover from a product's parts, which must be loaded."""
    active_variants = [variant for variant in product.variants if variant.closed_at is None]
    prices = [tier.price for variant in active_variants for tier in tiers_of_variant(product=product, variant=variant)]
    product.price_low = min(prices, default=None)
    product.price_high = max(prices, default=None)
    product.from_quantity = min((variant.min_quantity for variant in active_variants), default=None)
    cover = min(product.pictures, key=lambda picture: picture.position or 0, default=None)
    product.cover_key = cover.key if cover else None
    product.cover_colour = cover.colour if cover else ""


def tiers_of_variant(*, product: Product, variant: Variant) -> list[PriceTier]:
    """Return the tiers that apply to a variant: its own, or else the product's."""
    own_tiers = [tier for tier in product.tiers if tier.variant_id == variant.id]
    return own_tiers or [tier for tier in product.tiers if tier.variant_id is None]


def set_stock_flags(*, flags: Mapping[UUID, bool]) -> int:
    """Set changed stock flags of products and return how many changed. Only for the inventory's stock owner."""
    changed = 0
    for product_id, flag in sorted(flags.items()):
        row = db.session.execute(
            update(Product)
            .where(Product.id == product_id, Product.in_stock.is_not(flag))
            .values(in_stock=flag)
            .returning(Product.merchant_id)
            .execution_options(synchronize_session=False)
        ).first()
        if row is not None:
            changed += 1
            publish(ProductChanged(product_id=product_id, merchant_id=row.merchant_id))
    return changed


def increment_sales_counts(*, product_ids: Iterable[UUID]) -> None:
    """Add one order to the sales counters of these products, each once, locked in ascending order of ids."""
    with with_purpose(AccessPurpose.INDEXING):
        for product_id in sorted(set(product_ids)):
            db.session.execute(
                update(Product)
                .where(Product.id == product_id)
                .values(sales_count=Product.sales_count + 1)
                .execution_options(synchronize_session=False)
            )


def touch_category_products(*, category_id: UUID) -> Iterator[list[UUID]]:
    """Increment the row version of a category's products on sale, and yield their ids in batches for search."""
    slug = db.session.scalar(select(Category.slug).where(Category.id == category_id))
    category_ids = select(Category.id).where(Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(slug)))
    with with_purpose(AccessPurpose.INDEXING):
        ids = db.session.scalars(
            update(Product)
            .where(Product.category_id.in_(category_ids), Product.state == ProductState.ON_SALE)
            .values(sales_count=Product.sales_count)
            .returning(Product.id)
            .execution_options(synchronize_session=False)
        ).all()
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])


def touch_merchant_products(*, merchant_id: UUID) -> int:
    """Increment the row version of a merchant's products on sale, so that search updates them; nothing is edited."""
    with with_purpose(AccessPurpose.INDEXING):
        return _touch_products(merchant_id)


def _touch_products(merchant_id: UUID) -> int:
    result = db.session.execute(
        update(Product)
        .where(Product.merchant_id == merchant_id, Product.state == ProductState.ON_SALE)
        .values(sales_count=Product.sales_count)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))
