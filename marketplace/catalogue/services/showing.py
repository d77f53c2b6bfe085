"""What the public sees of a product at a glance: the facts on its card, kept beside it so that lists are one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.catalogue.events import ProductChanged
from marketplace.catalogue.models import Category, PriceTier, Product, ProductState, Variant
from marketplace.kernel.db import db
from marketplace.kernel.events import publish
from tenants.scope import Purpose, working_on

BATCH = 500


def refresh_card(product: Product) -> None:
    """Work out the price range, the smallest order and the cover from a product's parts, which are loaded."""
    offered = [variant for variant in product.variants if variant.closed_at is None]
    prices = [tier.price for variant in offered for tier in ladder_of(product=product, variant=variant)]
    product.price_low = min(prices, default=None)
    product.price_high = max(prices, default=None)
    product.from_quantity = min((variant.min_quantity for variant in offered), default=None)
    cover = min(product.pictures, key=lambda picture: picture.position or 0, default=None)
    product.cover_key = cover.key if cover else None
    product.cover_colour = cover.colour if cover else ""


def ladder_of(*, product: Product, variant: Variant) -> list[PriceTier]:
    """The rungs that price a variant: its own, or else the product's."""
    own = [tier for tier in product.tiers if tier.variant_id == variant.id]
    return own or [tier for tier in product.tiers if tier.variant_id is None]


def show_stock(*, flags: Mapping[UUID, bool]) -> int:
    """Set the stock flag of products where it is another now; returns how many it was. For the stock-keeper only."""
    flipped = 0
    for product_id, flag in sorted(flags.items()):
        row = db.session.execute(
            update(Product)
            .where(Product.id == product_id, Product.in_stock.is_not(flag))
            .values(in_stock=flag)
            .returning(Product.merchant_id)
            .execution_options(synchronize_session=False)
        ).first()
        if row is not None:
            flipped += 1
            publish(ProductChanged(product_id=product_id, merchant_id=row.merchant_id))
    return flipped


def count_sale(*, product_ids: Iterable[UUID]) -> None:
    """Add one order to the sales counters of these products, each once, in ascending order of their ids."""
    with working_on(Purpose.INDEXING):
        for product_id in sorted(set(product_ids)):
            db.session.execute(
                update(Product)
                .where(Product.id == product_id)
                .values(sales_count=Product.sales_count + 1)
                .execution_options(synchronize_session=False)
            )


def show_category(*, category_id: UUID) -> Iterator[list[UUID]]:
    """Number the shown products of a category, and of all below it, anew; their ids in batches, for search."""
    slug = db.session.scalar(select(Category.slug).where(Category.id == category_id))
    within = select(Category.id).where(Category.path.op("@>", is_comparison=True)(func.jsonb_build_array(slug)))
    with working_on(Purpose.INDEXING):
        ids = db.session.scalars(
            update(Product)
            .where(Product.category_id.in_(within), Product.state == ProductState.ON_SALE)
            .values(sales_count=Product.sales_count)
            .returning(Product.id)
            .execution_options(synchronize_session=False)
        ).all()
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])


def show_merchant(*, merchant_id: UUID) -> int:
    """Number all shown products of a merchant anew, so that search takes them up again or forgets them; nothing is edited."""
    with working_on(Purpose.INDEXING):
        return _renumber(merchant_id)


def _renumber(merchant_id: UUID) -> int:
    touched = db.session.execute(
        update(Product)
        .where(Product.merchant_id == merchant_id, Product.state == ProductState.ON_SALE)
        .values(sales_count=Product.sales_count)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(touched, "rowcount", 0))
