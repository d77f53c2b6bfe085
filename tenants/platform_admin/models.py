"""Settings of the whole platform."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, LocalizedText, Versioned
from marketplace.kernel.tenancy import RowOwnership

SETTINGS_KEY = "market"


class PlatformSettings(Versioned, Base):
    """The settings in one row. Without a row the defaults of `PlatformSettingsValues` apply."""

    __tablename__ = "platform_settings"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        CheckConstraint(f"name = '{SETTINGS_KEY}'", name="single_row"),
        CheckConstraint("unpaid_minutes between 5 and 10080", name="unpaid_minutes"),
    )

    name: Mapped[str] = mapped_column(String(20), primary_key=True, default=SETTINGS_KEY)
    announcement: Mapped[LocalizedText]
    unpaid_minutes: Mapped[int]
    updated_at: Mapped[CreatedAt]
