"""Locations, stock levels, movements and reservations (inventory management IN1, stocktake IN2, movement log IN4).

A level changes only by movements: a database trigger adds each movement to its level, and the application's role may not write
`on_hand`. Available is what is on hand less the reservations that have not expired. The database function `stock_available()`
is the only implementation of that formula; it reads the levels alone, except for expired reservations that were not released
yet.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin

QUANTITY = Numeric(14, 3)


class Location(MerchantOwnedMixin, Base):
    """A place where a merchant stores goods; stock is taken from lower positions first."""

    __tablename__ = "locations"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (UniqueConstraint("id", "merchant_id"), UniqueConstraint("merchant_id", "name"))

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(80))
    region_code: Mapped[str] = mapped_column(String(12), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]


class StockLevel(MerchantOwnedMixin, Base):
    """The quantity of a variant on hand at a location, and how much of it is reserved."""

    __tablename__ = "stock_levels"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        UniqueConstraint("variant_id", "location_id"),
        CheckConstraint("reserved between 0 and on_hand", name="reserved"),
    )

    id: Mapped[PrimaryKey]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID] = mapped_column(index=True)
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0", server_onupdate=FetchedValue())
    reserved: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")


class MovementKind(LabeledStrEnum):
    """The reason of a movement."""

    RECEIVED = "received", _l("Received")
    SOLD = "sold", _l("Sold")
    RETURNED = "returned", _l("Came back")
    CORRECTED = "corrected", _l("Corrected")
    COUNTED = "counted", _l("Counted")
    TRANSFERRED = "transferred", _l("Moved to another place")
    WRITTEN_OFF = "written_off", _l("Written off")


class StockMovement(MerchantOwnedMixin, Base):
    """One stock movement: inserted once, never changed. The database sets `before` and `after`."""

    __tablename__ = "stock_movements"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        CheckConstraint("quantity <> 0", name="nonzero"),
        CheckConstraint('"after" = "before" + quantity and "after" >= 0', name="adds_up"),
        Index("ix_stock_movements_variant_id_at", "variant_id", "at"),
        Index("ix_stock_movements_merchant_id_at", "merchant_id", "at"),
        Index(
            "uq_stock_movements_reference",
            "reference",
            "kind",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where="kind in ('sold', 'returned') and reference <> ''",
        ),
    )

    id: Mapped[PrimaryKey]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    kind: Mapped[MovementKind]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    before: Mapped[Decimal] = mapped_column(QUANTITY, server_default=FetchedValue())
    after: Mapped[Decimal] = mapped_column(QUANTITY, server_default=FetchedValue())
    reference: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    unit_cost: Mapped[int | None] = mapped_column(BigInteger)  # of one received unit, in minor units
    account_id: Mapped[UUID | None]
    at: Mapped[CreatedAt]


class StockReservation(MerchantOwnedMixin, Base):
    """Stock reserved until `expires_at` for a cart, checkout, deal or quote. Active until released or consumed."""

    __tablename__ = "stock_reservations"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("released_at is null or consumed_at is null", name="one_end"),
        Index("ix_stock_reservations_reference", "reference"),
        Index(
            "ix_stock_reservations_open",
            "variant_id",
            "expires_at",
            postgresql_where="released_at is null and consumed_at is null",
        ),
        Index("ix_stock_reservations_expires_at", "expires_at", postgresql_where="released_at is null and consumed_at is null"),
        Index(
            "uq_stock_reservations_open",
            "reference",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where="released_at is null and consumed_at is null",
        ),
    )

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(String(120))
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    expires_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
    released_at: Mapped[datetime | None]
    consumed_at: Mapped[datetime | None]


class LowStockThreshold(MerchantOwnedMixin, Base):
    """The quantity at or below which the merchant is alerted about a variant (stock alert line, IN5)."""

    __tablename__ = "low_stock_thresholds"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"], ondelete="CASCADE"),
        CheckConstraint("quantity >= 0", name="quantity"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)


class StockCost(MerchantOwnedMixin, Base):
    """The average cost of one unit on hand of a variant, in minor units (inventory management, IN1)."""

    __tablename__ = "stock_costs"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"], ondelete="CASCADE"),
        CheckConstraint("average >= 0", name="average"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[CurrencyCode]
    average: Mapped[Decimal] = mapped_column(Numeric(24, 6))
