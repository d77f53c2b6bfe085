"""Tables of rates, published as numbered sets that never change, and of the commission entries computed from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from billing.commissions.domain import CommissionEntryKind
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, MinorUnits, PrimaryKey
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin


class RateSet(Base):
    """All rates that are valid from one moment on. A change of a rate publishes the next set."""

    __tablename__ = "commission_rate_sets"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (CheckConstraint("default_basis_points between 0 and 5000", name="basis_points"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    default_basis_points: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[CreatedAt]
    published_by: Mapped[UUID | None]


class CommissionRate(Base):
    """One rate of a set: for one merchant or all, for one category or all."""

    __tablename__ = "commission_rates"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        Unique("set_number", "position"),
        CheckConstraint("basis_points between 0 and 5000", name="basis_points"),
    )

    id: Mapped[PrimaryKey]
    set_number: Mapped[int] = mapped_column(ForeignKey("commission_rate_sets.number"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    category: Mapped[str] = mapped_column(String(300), default="")
    basis_points: Mapped[int]
    active_from: Mapped[datetime | None]
    active_to: Mapped[datetime | None]


class CommissionEntry(MerchantOwnedMixin, Base):
    """The platform's fee on one line of a sale: written at the sale, never changed, reversed by further entries."""

    __tablename__ = "commission_entries"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        Unique("id", "merchant_id"),
        ForeignKeyConstraint(["reverses_id", "merchant_id"], ["commission_entries.id", "commission_entries.merchant_id"]),
        Index("uq_commission_entries_charge", "order", "line", unique=True, postgresql_where="kind = 'charge'"),
        Index("uq_commission_entries_reversal", "reverses_id", "cause", unique=True),
        CheckConstraint("(kind = 'charge') = (reverses_id is null)", name="reverses"),
        CheckConstraint("(kind = 'charge' and amount >= 0) or (kind = 'reversal' and amount <= 0)", name="sign"),
    )

    id: Mapped[PrimaryKey]
    order: Mapped[str] = mapped_column(String(100), index=True)
    line: Mapped[str] = mapped_column(String(100))
    kind: Mapped[CommissionEntryKind]
    set_number: Mapped[int]
    rate_id: Mapped[UUID | None]
    basis_points: Mapped[int]
    base: Mapped[MinorUnits]
    amount: Mapped[MinorUnits]
    currency: Mapped[CurrencyCode]
    cause: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[UUID | None]
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[CreatedAt]

    @property
    def fee(self) -> Money:
        """Return the amount as Money; negative for a reversal."""
        return Money(self.amount, self.currency)
