"""The shop of a merchant."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, LocalizedText, Versioned
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin

DEFAULT_ACCENT = "#24427f"


class MerchantShop(Versioned, MerchantOwnedMixin, Base):
    """The appearance of one merchant's shop; every admitted merchant has exactly one."""

    __tablename__ = "merchant_shops"
    __ownership__ = RowOwnership.PUBLIC
    __table_args__ = (CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),)

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    accent: Mapped[str] = mapped_column(String(7), default=DEFAULT_ACCENT)
    logo: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    banner: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    video: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    announcement: Mapped[LocalizedText]
    introduction: Mapped[LocalizedText]
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
