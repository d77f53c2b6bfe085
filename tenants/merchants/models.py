"""The merchant: the tenant that owns products, stock and orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ForeignKey, String, Text, UniqueConstraint, and_, func, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, CreatedAt, LocalizedText, PrimaryKey, Slug
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin


class MerchantKind(LabeledStrEnum):
    """The four kinds of merchant (MA4)."""

    MANUFACTURER = "manufacturer", _l("Manufacturer")
    AGENT = "agent", _l("Agent")
    DEALER = "dealer", _l("Dealer")
    TRADER = "trader", _l("Individual trader")


class Ownership(LabeledStrEnum):
    """The ownership of a business (MA4)."""

    PRIVATE = "private", _l("Private enterprise")
    STATE = "state", _l("State-owned")
    COLLECTIVE = "collective", _l("Collective")
    FOREIGN = "foreign", _l("Foreign-invested")
    SOLE = "sole", _l("Sole proprietor")


class StaffSize(LabeledStrEnum):
    """The number of employees."""

    TINY = "1-20", _l("1–20 people")
    SMALL = "21-50", _l("21–50 people")
    FAIR = "51-100", _l("51–100 people")
    MIDDLE = "101-200", _l("101–200 people")
    LARGE = "201-500", _l("201–500 people")
    HUGE = "501-1000", _l("501–1,000 people")
    GIANT = "over-1000", _l("over 1,000 people")


class MerchantState(LabeledStrEnum):
    """The state computed from a merchant's separate columns, for display; never stored."""

    TRADING = "trading", _l("Trading")
    AWAY = "away", _l("Away")
    SUSPENDED = "suspended", _l("Suspended")
    CLOSED = "closed", _l("Closed")
    NOT_ADMITTED = "not_admitted", _l("Not admitted")


class Merchant(Base):
    """An admitted seller. Admission, suspension, closure and absence are separate columns; `may_sell` is computed."""

    __tablename__ = "merchants"
    __ownership__ = RowOwnership.PUBLIC

    id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    slug: Mapped[Slug] = mapped_column(unique=True)
    name: Mapped[LocalizedText]
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
    created_at: Mapped[CreatedAt]

    @property
    def state(self) -> MerchantState:
        """Return the strongest of the separate states."""
        if self.closed_at:
            return MerchantState.CLOSED
        if not self.admitted_at:
            return MerchantState.NOT_ADMITTED
        if self.suspended_at:
            return MerchantState.SUSPENDED
        return MerchantState.TRADING if self.may_sell else MerchantState.AWAY

    @hybrid_property
    def may_sell(self) -> bool:
        """Return whether the merchant is admitted, neither suspended nor closed, and not away."""
        now = clock.now()
        has_returned = self.away_until is not None and self.away_until <= now
        is_away = self.away_from is not None and self.away_from <= now and not has_returned
        return bool(self.admitted_at) and not self.suspended_at and not self.closed_at and not is_away

    @may_sell.inplace.expression
    @classmethod
    def _may_sell(cls) -> ColumnElement[bool]:
        return and_(
            cls.admitted_at.is_not(None),
            cls.suspended_at.is_(None),
            cls.closed_at.is_(None),
            or_(cls.away_from.is_(None), cls.away_from > func.now(), func.coalesce(cls.away_until <= func.now(), False)),
        )


class MerchantScope(MerchantOwnedMixin, Base):
    """A category that a merchant may trade in (MA5); the platform writes it, everybody may read it."""

    __tablename__ = "merchant_scopes"
    __ownership__ = RowOwnership.PUBLIC

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)
    since: Mapped[CreatedAt]


class LegalProfile(MerchantOwnedMixin, Base):
    """The legal identity of a merchant from a date on. Documents keep the identity of their date, so rows are only added."""

    __tablename__ = "legal_profiles"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "valid_from"),)

    id: Mapped[PrimaryKey]
    company_name: Mapped[str] = mapped_column(String(200))
    credit_code: Mapped[str] = mapped_column(String(18))
    legal_person: Mapped[str] = mapped_column(String(80))
    region_code: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(String(200))
    contact_name: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(String(40))
    contact_email: Mapped[str] = mapped_column(String(254))
    valid_from: Mapped[CreatedAt]
