"""The in-stock flags of product cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import Variant
from marketplace.catalogue.services import set_stock_flags
from marketplace.inventory.queries import get_available
from marketplace.kernel.db import advisory_lock, db
from tenants.isolation import AccessPurpose, with_purpose


def update_in_stock_flags(*, variant_ids: Iterable[UUID]) -> int:
    """Set the in-stock flag of the products of these variants from what is available now.

    Each product has an advisory lock, taken before its stock is read, so that an older reading never overwrites a newer one.

    Returns:
        The number of flags that changed.
    """
    with with_purpose(AccessPurpose.INDEXING):
        product_ids = db.session.scalars(select(Variant.product_id).where(Variant.id.in_(list(variant_ids)))).all()
        for product_id in sorted(set(product_ids)):
            advisory_lock("stock-flag", product_id)
        variants_stmt = select(Variant.id, Variant.product_id).where(
            Variant.product_id.in_(set(product_ids)), Variant.closed_at.is_(None)
        )
        product_ids_by_variant = dict(db.session.execute(variants_stmt).all())
        flags: dict[UUID, bool] = defaultdict(bool, dict.fromkeys(product_ids, False))
        for variant_id, available in get_available(product_ids_by_variant).items():
            flags[product_ids_by_variant[variant_id]] |= available > 0
        return set_stock_flags(flags=flags)
