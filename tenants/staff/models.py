"""Who works at a merchant's desk."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.rows import DataClass
from tenants.access.permissions import StaffRole
from tenants.scope import OwnedByMerchant


class Staff(OwnedByMerchant, Base):
    """A colleague: one account in one role at one merchant."""

    __tablename__ = "staff"
    __data__ = DataClass.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "account_id"),)

    id: Mapped[pk]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[StaffRole]
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    since: Mapped[created]
    removed_at: Mapped[datetime | None]


class Invitation(OwnedByMerchant, Base):
    """Somebody is asked by mail to work at a merchant's desk. The letter holds a word; only its hash is kept."""

    __tablename__ = "staff_invitations"
    __data__ = DataClass.MERCHANT

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[StaffRole]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    inviter: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[created]
    expires_at: Mapped[datetime]
