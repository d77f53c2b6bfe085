"""Every SELECT about shops."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.merchants.models import Merchant
from tenants.storefronts.errors import ShopShut
from tenants.storefronts.models import Storefront


def of_merchant(merchant_id: UUID, *, lock: bool = False) -> Storefront | None:
    """How a merchant's shop is arranged; None when nobody has touched it."""
    wanted = select(Storefront).where(Storefront.merchant_id == merchant_id)
    return db.session.scalars(wanted.with_for_update() if lock else wanted).first()


def has_a_face(merchant_id: UUID) -> bool:
    """Whether a merchant has hung up a logo or a banner: its first words come from its application."""
    hung = or_(Storefront.logo.is_not(None), Storefront.banner.is_not(None))
    return bool(db.session.scalar(select(exists().where(Storefront.merchant_id == merchant_id, hung))))


def shown_video(merchant_id: UUID) -> str | None:
    """The key of the video that a merchant introduces itself by."""
    return db.session.scalar(select(Storefront.video["key"].astext).where(Storefront.merchant_id == merchant_id))


def open_shop(slug: str) -> tuple[Merchant, Storefront | None]:
    """The merchant of this shop address and its arrangement, in one statement. Raises NotFound, ShopShut.

    Suspended and closed merchants have no shop to visit; those on holiday have.
    """
    wanted = (
        select(Merchant, Storefront)
        .outerjoin(Storefront, Storefront.merchant_id == Merchant.id)
        .where(Merchant.slug == slug, Merchant.admitted_at.is_not(None))
    )
    row = db.session.execute(wanted).first()
    if row is None:
        raise NotFound
    merchant, front = row
    if merchant.suspended_at or merchant.closed_at:
        raise ShopShut
    return merchant, front


def accent_of(slug: str) -> str | None:
    """The accent of a shop, for its stylesheet."""
    wanted = select(Storefront.accent).join(Merchant, Merchant.id == Storefront.merchant_id).where(Merchant.slug == slug)
    return db.session.scalar(wanted)


def logos_of(ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The logos of several merchants, as they are kept."""
    wanted = select(Storefront.merchant_id, Storefront.logo).where(
        Storefront.merchant_id.in_(ids), Storefront.logo.is_not(None)
    )
    return {row.merchant_id: row.logo for row in db.session.execute(wanted)}
