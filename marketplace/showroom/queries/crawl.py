"""All addresses of the hall, for search engines: in parts, each found by where it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from marketplace.catalogue.models import Product, ProductState
from marketplace.kernel.db import db
from marketplace.kernel.memo import remembered
from tenants.merchants.models import Merchant

EACH = 5_000
"""Products a part: a tenth of what a sitemap may hold, so that a part costs milliseconds."""


@remembered(seconds=600)
def parts() -> tuple[str, ...]:
    """The code of the first product of each part."""
    place = func.row_number().over(order_by=Product.id).label("place")
    numbered = select(Product.id, Product.code, place).where(Product.state == ProductState.ON_SALE).subquery()
    wanted = select(numbered.c.code).where(numbered.c.place % EACH == 1).order_by(numbered.c.id)
    return tuple(db.session.scalars(wanted))


@remembered(seconds=600)
def part(first: str) -> tuple[tuple[str, str], ...]:
    """The products from this one on: their codes, and the day on which each was last changed."""
    beginning = select(Product.id).where(Product.code == first).scalar_subquery()
    wanted = (
        select(Product.code, Product.updated_at)
        .join(Merchant, Merchant.id == Product.merchant_id)
        .where(Product.id >= beginning, Product.state == ProductState.ON_SALE, Merchant.may_sell)
        .order_by(Product.id)
        .limit(EACH)
    )
    return tuple((row.code, row.updated_at.date().isoformat()) for row in db.session.execute(wanted))


def shops(limit: int = 5_000) -> Sequence[Any]:
    """The words in the addresses of the shops that are open."""
    return db.session.scalars(select(Merchant.slug).where(Merchant.may_sell).order_by(Merchant.slug).limit(limit)).all()
