"""Every SELECT about staff."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.access.permissions import StaffRole
from tenants.accounts.sessions import hashed
from tenants.merchants.models import Merchant
from tenants.scope import Purpose, working_on
from tenants.staff.models import Invitation, Staff


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


def invitations(merchant_id: UUID) -> list[Invitation]:
    """The invitations that are still open, latest first."""
    wanted = (
        select(Invitation)
        .where(Invitation.merchant_id == merchant_id, Invitation.expires_at > clock.now())
        .order_by(Invitation.created_at.desc())
    )
    return list(db.session.scalars(wanted))


def invitation(word: str) -> tuple[Invitation, Merchant] | None:
    """The open invitation of a letter's word, and who invites. Runs under the purpose of invitation."""
    wanted = (
        select(Invitation, Merchant)
        .join(Merchant, Merchant.id == Invitation.merchant_id)
        .where(Invitation.token_hash == hashed(word), Invitation.expires_at > clock.now())
    )
    with working_on(Purpose.INVITATION):
        row = db.session.execute(wanted).first()
    return (row[0], row[1]) if row else None
