"""Queries for staff."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.access.permissions import StaffRole
from tenants.accounts.sessions import hash_token
from tenants.isolation import AccessPurpose, with_purpose
from tenants.merchants.models import Merchant
from tenants.staff.models import Invitation, Staff


def list_staff(merchant_id: UUID) -> list[Staff]:
    """Return the current staff of a merchant, in the order of joining."""
    stmt = select(Staff).where(Staff.merchant_id == merchant_id, Staff.removed_at.is_(None)).order_by(Staff.since, Staff.id)
    return list(db.session.scalars(stmt))


def get_staff(staff_id: UUID, *, lock: bool = False) -> Staff:
    """Return a staff member of the merchant of the running context.

    Raises:
        NotFound: The merchant has no such staff member.
    """
    stmt = select(Staff).where(Staff.id == staff_id, Staff.removed_at.is_(None))
    staff = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if staff is None:
        raise NotFound
    return staff


def find_staff_by_account(merchant_id: UUID, account_id: UUID) -> Staff | None:
    """Return the staff row of an account at a merchant, also of a removed member."""
    return db.session.scalars(select(Staff).where(Staff.merchant_id == merchant_id, Staff.account_id == account_id)).first()


def count_owners(merchant_id: UUID) -> int:
    """Return the number of a merchant's owners."""
    stmt = select(func.count()).where(
        Staff.merchant_id == merchant_id, Staff.role == StaffRole.OWNER, Staff.removed_at.is_(None)
    )
    return db.session.scalar(stmt) or 0


def list_invitations(merchant_id: UUID) -> list[Invitation]:
    """Return the open invitations, latest first."""
    stmt = (
        select(Invitation)
        .where(Invitation.merchant_id == merchant_id, Invitation.expires_at > clock.now())
        .order_by(Invitation.created_at.desc())
    )
    return list(db.session.scalars(stmt))


def get_invitation(token: str) -> tuple[Invitation, Merchant] | None:
    """Return the open invitation of a token, and its merchant. Runs with the purpose INVITATION."""
    stmt = (
        select(Invitation, Merchant)
        .join(Merchant, Merchant.id == Invitation.merchant_id)
        .where(Invitation.token_hash == hash_token(token), Invitation.expires_at > clock.now())
    )
    with with_purpose(AccessPurpose.INVITATION):
        row = db.session.execute(stmt).first()
    return (row[0], row[1]) if row else None
