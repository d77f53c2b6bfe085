"""The stock flag on a product's card, worked out anew when stock has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import Variant
from marketplace.catalogue.services import show_stock
from marketplace.inventory.queries import available
from marketplace.kernel.db import advisory_lock, db
from tenants.scope import Purpose, working_on


def refresh_flags(*, variant_ids: Iterable[UUID]) -> int:
    """Set the flag "in stock" of the products of these variants by what is free now; how many flags turned.

    A product at a time, locked by name before its stock is read, so that an older reading never wins.
    """
    with working_on(Purpose.INDEXING):
        products = db.session.scalars(select(Variant.product_id).where(Variant.id.in_(list(variant_ids)))).all()
        for product_id in sorted(set(products)):
            advisory_lock("stock-flag", product_id)
        offered = select(Variant.id, Variant.product_id).where(
            Variant.product_id.in_(set(products)), Variant.closed_at.is_(None)
        )
        variants = dict(db.session.execute(offered).all())
        flags: dict[UUID, bool] = defaultdict(bool, dict.fromkeys(products, False))
        for variant_id, free in available(variants).items():
            flags[variants[variant_id]] |= free > 0
        return show_stock(flags=flags)
