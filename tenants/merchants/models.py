"""The merchant: the tenant that owns products, stock and orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, String, Text, and_, func, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, created, slug, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass


class MerchantKind(Labelled):
    """The four kinds of merchant (MA4)."""

    MANUFACTURER = "manufacturer", _l("Manufacturer")
    AGENT = "agent", _l("Agent")
    DEALER = "dealer", _l("Dealer")
    TRADER = "trader", _l("Individual trader")


class Ownership(Labelled):
    """To whom the business belongs (MA4)."""

    PRIVATE = "private", _l("Private enterprise")
    STATE = "state", _l("State-owned")
    COLLECTIVE = "collective", _l("Collective")
    FOREIGN = "foreign", _l("Foreign-invested")
    SOLE = "sole", _l("Sole proprietor")


class Merchant(Base):
    """An admitted seller. Admission, suspension, closure and absence are separate facts; "may sell" is computed from them."""

    __tablename__ = "merchants"
    __data__ = DataClass.PUBLIC

    id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    slug: Mapped[slug] = mapped_column(unique=True)
    name: Mapped[texts]
    kind: Mapped[MerchantKind]
    ownership: Mapped[Ownership]
    region_code: Mapped[str] = mapped_column(String(12), default="")
    founded_year: Mapped[int | None]
    staff_size: Mapped[str] = mapped_column(String(20), default="")
    admitted_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    created_at: Mapped[created]

    @hybrid_property
    def may_sell(self) -> bool:
        """Admitted, neither suspended nor closed, and not away."""
        moment = clock.now()
        back = self.away_until is not None and self.away_until <= moment
        away = self.away_from is not None and self.away_from <= moment and not back
        return bool(self.admitted_at) and not self.suspended_at and not self.closed_at and not away

    @may_sell.inplace.expression
    @classmethod
    def _may_sell(cls) -> ColumnElement[bool]:
        return and_(
            cls.admitted_at.is_not(None),
            cls.suspended_at.is_(None),
            cls.closed_at.is_(None),
            or_(cls.away_from.is_(None), cls.away_from > func.now(), func.coalesce(cls.away_until <= func.now(), False)),
        )
