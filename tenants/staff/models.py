"""Staff members and invitations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.tenancy import RowOwnership
from tenants.access.permissions import StaffRole
from tenants.isolation import MerchantOwnedMixin


class Staff(MerchantOwnedMixin, Base):
    """A staff member: one account with one role at one merchant."""

    __tablename__ = "staff"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "account_id"),)

    id: Mapped[PrimaryKey]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[StaffRole]
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    since: Mapped[CreatedAt]
    removed_at: Mapped[datetime | None]


class Invitation(MerchantOwnedMixin, Base):
    """An invitation by e-mail to join a merchant's staff. The e-mail holds a token; only its hash is stored."""

    __tablename__ = "staff_invitations"
    __ownership__ = RowOwnership.MERCHANT

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[StaffRole]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    inviter_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
