"""Every SELECT about staff."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.access.permissions import StaffRole
from tenants.staff.models import Staff


def colleagues(merchant_id: UUID) -> list[Staff]:
    """Who works at a merchant's desk now, in the order of joining."""
    wanted = select(Staff).where(Staff.merchant_id == merchant_id, Staff.removed_at.is_(None)).order_by(Staff.since, Staff.id)
    return list(db.session.scalars(wanted))


def get(staff_id: UUID, *, lock: bool = False) -> Staff:
    """One colleague of the merchant of the running scope. Raises NotFound."""
    wanted = select(Staff).where(Staff.id == staff_id, Staff.removed_at.is_(None))
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def of_account(merchant_id: UUID, account_id: UUID) -> Staff | None:
    """The place of a person at a merchant's desk, also a former one."""
    return db.session.scalars(select(Staff).where(Staff.merchant_id == merchant_id, Staff.account_id == account_id)).first()


def owners(merchant_id: UUID) -> int:
    """How many owners a merchant has."""
    wanted = select(func.count()).where(
        Staff.merchant_id == merchant_id, Staff.role == StaffRole.OWNER, Staff.removed_at.is_(None)
    )
    return db.session.scalar(wanted) or 0
