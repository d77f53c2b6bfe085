"""Carts of signed-in buyers. A visitor's cart lives in the visit's signed cookie (docs/decisions)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, created, currency, minor
from marketplace.kernel.money import Money
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant


class Cart(Base):
    """One buyer's cart: the row that a checkout locks."""

    __tablename__ = "carts"
    __data__ = DataClass.BUYER

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class CartLine(Base):
    """How much of one variant the buyer means to take; what it costs is asked when it is shown."""

    __tablename__ = "cart_lines"
    __data__ = DataClass.BUYER
    __table_args__ = (
        ForeignKeyConstraint(["buyer_id"], ["carts.buyer_id"]),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    buyer_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    selected: Mapped[bool] = mapped_column(Boolean, default=True)
    added_at: Mapped[created]


class BasketTerms(OwnedByMerchant, Base):
    """What a merchant asks of an order as a whole: from which amount on it takes one."""

    __tablename__ = "basket_terms"
    __data__ = DataClass.PUBLIC

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    currency: Mapped[currency]
    minimum_minor: Mapped[minor]

    @property
    def minimum(self) -> Money:
        """The smallest order, goods only."""
        return Money(self.minimum_minor, self.currency)
