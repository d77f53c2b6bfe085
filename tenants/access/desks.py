"""Which other doors stand open for a person: the desks where they work, and the market's console."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.kernel.db import db
from tenants.access.permissions import StaffRole
from tenants.accounts.models import MarketStaff
from tenants.merchants.models import Merchant
from tenants.scope import signed_in_as
from tenants.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A desk where a person works."""

    merchant_id: UUID
    slug: str
    name: dict[str, str]
    role: StaffRole


def desks_of(account_id: UUID) -> list[Desk]:
    """The desks where this person works, in the order of joining."""
    wanted = (
        select(Merchant.id, Merchant.slug, Merchant.name, Staff.role)
        .join(Staff, Staff.merchant_id == Merchant.id)
        .where(Staff.account_id == account_id, Staff.removed_at.is_(None))
        .order_by(Staff.since, Staff.id)
    )
    with signed_in_as(account_id):
        rows = db.session.execute(wanted).all()
    return [Desk(merchant_id=row.id, slug=row.slug, name=row.name, role=row.role) for row in rows]


def works_for_the_market(account_id: UUID) -> bool:
    """Whether the console is this person's."""
    wanted = select(MarketStaff.account_id).where(MarketStaff.account_id == account_id, MarketStaff.removed_at.is_(None))
    return db.session.scalar(wanted) is not None
