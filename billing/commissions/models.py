"""Rates, published as numbered sets that never change, and the fees frozen from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from billing.commissions.rules import FeeKind
from marketplace.kernel.db import Base, created, currency, minor, pk
from marketplace.kernel.money import Money
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant


class RateSet(Base):
    """All rates as they held from one moment on. Changing a rate publishes the next set."""

    __tablename__ = "commission_rate_sets"
    __data__ = DataClass.PLATFORM

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    default_basis_points: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[created]
    published_by: Mapped[UUID | None]


class CommissionRate(Base):
    """One rate of a set: for one merchant or all, for one branch of the category tree or all."""

    __tablename__ = "commission_rates"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        Unique("set_number", "position"),
        CheckConstraint("basis_points between 0 and 5000", name="basis_points"),
    )

    id: Mapped[pk]
    set_number: Mapped[int] = mapped_column(ForeignKey("commission_rate_sets.number"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    category: Mapped[str] = mapped_column(String(300), default="")
    basis_points: Mapped[int]
    active_from: Mapped[datetime | None]
    active_to: Mapped[datetime | None]


class FeeLine(OwnedByMerchant, Base):
    """What the market keeps of one line of a sale: written when it is sold, never changed; given back by further lines."""

    __tablename__ = "fee_lines"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        Unique("id", "merchant_id"),
        ForeignKeyConstraint(["reverses_id", "merchant_id"], ["fee_lines.id", "fee_lines.merchant_id"]),
        Index("uq_fee_lines_charge", "order", "line", unique=True, postgresql_where="kind = 'charge'"),
        Index("uq_fee_lines_reversal", "reverses_id", "cause", unique=True),
        CheckConstraint("(kind = 'charge') = (reverses_id is null)", name="reverses"),
        CheckConstraint("(kind = 'charge' and amount >= 0) or (kind = 'reversal' and amount <= 0)", name="sign"),
    )

    id: Mapped[pk]
    order: Mapped[str] = mapped_column(String(100), index=True)
    line: Mapped[str] = mapped_column(String(100))
    kind: Mapped[FeeKind]
    set_number: Mapped[int]
    rate_id: Mapped[UUID | None]
    basis_points: Mapped[int]
    base: Mapped[minor]
    amount: Mapped[minor]
    currency: Mapped[currency]
    cause: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[UUID | None]
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[created]

    @property
    def fee(self) -> Money:
        """The amount as a value; below zero when it was given back."""
        return Money(self.amount, self.currency)
