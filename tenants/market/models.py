"""What the market's staff can set for the whole market."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, Versioned, created, texts
from marketplace.kernel.rows import DataClass

THE_MARKET = "market"


class MarketSettings(Versioned, Base):
    """One row; while nobody has set anything there is none, and the defaults of `tenants.market.queries` hold."""

    __tablename__ = "market_settings"
    __data__ = DataClass.PLATFORM

    name: Mapped[str] = mapped_column(String(20), primary_key=True, default=THE_MARKET)
    announcement: Mapped[texts]
    unpaid_minutes: Mapped[int]
    changed_at: Mapped[created]
