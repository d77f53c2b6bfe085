"""Carts of signed-in buyers. A guest's cart is in the signed session cookie (docs/decisions/0011-guest-cart.md)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, MinorUnits
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin


class Cart(Base):
    """The cart of one buyer; a checkout locks this row."""

    __tablename__ = "carts"
    __ownership__ = RowOwnership.BUYER

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)


class CartLine(Base):
    """The quantity of one variant in a cart. Prices are not stored: they are read when the cart is shown."""

    __tablename__ = "cart_lines"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (
        ForeignKeyConstraint(["buyer_id"], ["carts.buyer_id"]),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    buyer_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    selected: Mapped[bool] = mapped_column(Boolean, default=True)
    added_at: Mapped[CreatedAt]


class MerchantOrderMinimum(MerchantOwnedMixin, Base):
    """The smallest order amount that a merchant accepts."""

    __tablename__ = "merchant_order_minimums"
    __ownership__ = RowOwnership.PUBLIC

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    currency: Mapped[CurrencyCode]
    minimum_minor: Mapped[MinorUnits]

    @property
    def minimum(self) -> Money:
        """Return the smallest accepted amount of an order, without freight."""
        return Money(self.minimum_minor, self.currency)
