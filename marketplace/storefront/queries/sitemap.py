"""Queries of the sitemap. Products are split into parts; each part is identified by its first product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from marketplace.catalogue.models import Product, ProductState
from marketplace.kernel.cache import memoize
from marketplace.kernel.db import db
from tenants.merchants.models import Merchant

PRODUCTS_PER_PART = 5_000
"""A tenth of the maximum size of a sitemap, so that a part is generated in milliseconds."""


@memoize(ttl=600)
def list_sitemap_parts() -> tuple[str, ...]:
    """Return the code of the first product of each part."""
    row_number = func.row_number().over(order_by=Product.id).label("row_number")
    numbered_products = select(Product.id, Product.code, row_number).where(Product.state == ProductState.ON_SALE).subquery()
    stmt = (
        select(numbered_products.c.code)
        .where(numbered_products.c.row_number % PRODUCTS_PER_PART == 1)
        .order_by(numbered_products.c.id)
    )
    return tuple(db.session.scalars(stmt))


@memoize(ttl=600)
def get_sitemap_part(first_code: str) -> tuple[tuple[str, str], ...]:
    """Return (code, date of last change) of the products of the part that starts at this code."""
    first_id = select(Product.id).where(Product.code == first_code).scalar_subquery()
    stmt = (
        select(Product.code, Product.updated_at)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.id >= first_id, Product.state == ProductState.ON_SALE, Merchant.may_sell)
        .order_by(Product.id)
        .limit(PRODUCTS_PER_PART)
    )
    return tuple((row.code, row.updated_at.date().isoformat()) for row in db.session.execute(stmt))


def list_shop_slugs(limit: int = 5_000) -> Sequence[Any]:
    """Return the slugs of the merchants that may sell."""
    return db.session.scalars(select(Merchant.slug).where(Merchant.may_sell).order_by(Merchant.slug).limit(limit)).all()
