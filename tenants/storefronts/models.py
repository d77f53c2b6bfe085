"""How a shop is arranged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, Versioned, texts
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant

ACCENT = "#24427f"


class Storefront(Versioned, OwnedByMerchant, Base):
    """The face of one merchant's shop; every admitted merchant has exactly one."""

    __tablename__ = "storefronts"
    __data__ = DataClass.PUBLIC

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    accent: Mapped[str] = mapped_column(String(7), default=ACCENT)
    logo: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    banner: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    video: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    announcement: Mapped[texts]
    introduction: Mapped[texts]
    contact: Mapped[dict[str, Any]] = mapped_column(default=dict)
