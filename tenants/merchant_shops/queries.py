"""Queries for merchant shops."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.merchant_shops.errors import MerchantShopClosed
from tenants.merchant_shops.models import MerchantShop
from tenants.merchants.models import Merchant


def get_merchant_shop(merchant_id: UUID, *, lock: bool = False) -> MerchantShop | None:
    """Return a merchant's shop; None when it was never saved."""
    stmt = select(MerchantShop).where(MerchantShop.merchant_id == merchant_id)
    return db.session.scalars(stmt.with_for_update() if lock else stmt).first()


def has_branding(merchant_id: UUID) -> bool:
    """Return whether the shop has a logo or a banner; its texts do not count, they come from the application."""
    has_image = or_(MerchantShop.logo.is_not(None), MerchantShop.banner.is_not(None))
    return bool(db.session.scalar(select(exists().where(MerchantShop.merchant_id == merchant_id, has_image))))


def get_video_key(merchant_id: UUID) -> str | None:
    """Return the storage key of the shop's video."""
    return db.session.scalar(select(MerchantShop.video["key"].astext).where(MerchantShop.merchant_id == merchant_id))


def get_open_shop(slug: str) -> tuple[Merchant, MerchantShop | None]:
    """Return merchant and shop with this slug, in one statement.

    Shops of suspended and closed merchants cannot be visited; those of merchants who are away can.

    Raises:
        NotFound: There is no such shop.
        MerchantShopClosed: The merchant is suspended or closed.
    """
    stmt = (
        select(Merchant, MerchantShop)
        .outerjoin(MerchantShop, MerchantShop.merchant_id == Merchant.id)
        .where(Merchant.slug == slug, Merchant.admitted_at.is_not(None))
    )
    row = db.session.execute(stmt).first()
    if row is None:
        raise NotFound
    merchant, merchant_shop = row
    if merchant.suspended_at or merchant.closed_at:
        raise MerchantShopClosed
    return merchant, merchant_shop


def get_accent(slug: str) -> str | None:
    """Return the accent of a shop, for its stylesheet."""
    stmt = select(MerchantShop.accent).join(Merchant, Merchant.id == MerchantShop.merchant_id).where(Merchant.slug == slug)
    return db.session.scalar(stmt)


def get_logos(ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the logos of several merchants, in the stored form."""
    stmt = select(MerchantShop.merchant_id, MerchantShop.logo).where(
        MerchantShop.merchant_id.in_(ids), MerchantShop.logo.is_not(None)
    )
    return {row.merchant_id: row.logo for row in db.session.execute(stmt)}
