"""The desks and the console that a user has access to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from marketplace.kernel import compiled_sql
from marketplace.kernel.db import db
from tenants.access.permissions import StaffRole
from tenants.accounts.models import PlatformStaff
from tenants.isolation import as_account
from tenants.merchants.models import Merchant
from tenants.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class MerchantMembership:
    """A merchant that the user works for."""

    merchant_id: UUID
    slug: str
    name: dict[str, str]
    role: StaffRole


def list_memberships(account_id: UUID) -> list[MerchantMembership]:
    """Return the merchants that the account works for, in the order of joining."""
    stmt = (
        select(Merchant.id, Merchant.slug, Merchant.name, Staff.role)
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Staff.account_id == account_id, Staff.removed_at.is_(None))
        .order_by(Staff.since, Staff.id)
    )
    with as_account(account_id):
        rows = db.session.execute(stmt).all()
    return [MerchantMembership(merchant_id=row.id, slug=row.slug, name=row.name, role=row.role) for row in rows]


@dataclass(frozen=True, kw_only=True)
class AvailableSites:
    """The sites open to a user besides the shop: the desks of these merchants, and the console."""

    merchant_slugs: tuple[str, ...] = ()
    has_console: bool = False


def get_available_sites(account_id: UUID) -> AvailableSites:
    """Return the sites open to the account, in one statement per request: every page of a logged-in user links to them."""
    sites_by_account: dict[UUID, AvailableSites] = g.setdefault("available_sites", {})
    if account_id not in sites_by_account:
        with as_account(account_id):
            row = compiled_sql.fetch_all(_available_sites_stmt(), account=account_id)[0]
        sites_by_account[account_id] = AvailableSites(merchant_slugs=tuple(row.desks or ()), has_console=row.console)
    return sites_by_account[account_id]


@cache
def _available_sites_stmt() -> Select[*tuple[Any, ...]]:
    account_param = bindparam("account", type_=Uuid())
    merchant_slugs = (
        select(func.array_agg(aggregate_order_by(Merchant.slug, Staff.since, Staff.id)))
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Staff.account_id == account_param, Staff.removed_at.is_(None))
        .scalar_subquery()
    )
    platform_staff = select(PlatformStaff.account_id).where(
        PlatformStaff.account_id == account_param, PlatformStaff.removed_at.is_(None)
    )
    return select(merchant_slugs.label("desks"), platform_staff.exists().label("console"))


def is_platform_staff(account_id: UUID) -> bool:
    """Return whether the account belongs to the platform staff."""
    stmt = select(PlatformStaff.account_id).where(PlatformStaff.account_id == account_id, PlatformStaff.removed_at.is_(None))
    return db.session.scalar(stmt) is not None
