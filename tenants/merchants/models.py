"""The merchant: the tenant that owns products, stock and orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, String, Text, UniqueConstraint, and_, func, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, created, pk, slug, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant


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


class StaffSize(Labelled):
    """How many people work there."""

    TINY = "1-20", _l("1–20 people")
    SMALL = "21-50", _l("21–50 people")
    FAIR = "51-100", _l("51–100 people")
    MIDDLE = "101-200", _l("101–200 people")
    LARGE = "201-500", _l("201–500 people")
    HUGE = "501-1000", _l("501–1,000 people")
    GIANT = "over-1000", _l("over 1,000 people")


class MerchantState(Labelled):
    """What its separate facts come to, for people to read; never stored."""

    TRADING = "trading", _l("Trading")
    AWAY = "away", _l("Away")
    SUSPENDED = "suspended", _l("Suspended")
    CLOSED = "closed", _l("Closed")
    NOT_ADMITTED = "not_admitted", _l("Not admitted")


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

    @property
    def state(self) -> MerchantState:
        """The strongest of its facts."""
        if self.closed_at:
            return MerchantState.CLOSED
        if not self.admitted_at:
            return MerchantState.NOT_ADMITTED
        if self.suspended_at:
            return MerchantState.SUSPENDED
        return MerchantState.TRADING if self.may_sell else MerchantState.AWAY

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


class MerchantScope(OwnedByMerchant, Base):
    """A category that a merchant's contract lets it trade in (MA5); the market writes it, everybody may see it."""

    __tablename__ = "merchant_scopes"
    __data__ = DataClass.PUBLIC

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[created]


class LegalProfile(OwnedByMerchant, Base):
    """What a merchant legally is from a day on. Papers keep the identity of their own day, so rows are only added."""

    __tablename__ = "legal_profiles"
    __data__ = DataClass.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "valid_from"),)

    id: Mapped[pk]
    company_name: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str] = mapped_column(String(18))
    legal_person: Mapped[str] = mapped_column(String(80))
    region_code: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(String(200))
    contact_name: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(String(40))
    contact_email: Mapped[str] = mapped_column(String(254))
    valid_from: Mapped[created]
