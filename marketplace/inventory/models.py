"""Places, levels, movements, holds (IN1, IN2, IN4).

A level changes only by movements: the database adds each movement to its level, and the application's role may not write
`on_hand` itself. What is free is what lies there less the holds that still live; `stock_available()` in the database is
the one formula for it, and reads it from the levels alone but for holds that lapsed and were not swept yet.
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

from marketplace.kernel.db import Base, created, currency, pk
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant

QUANTITY = Numeric(14, 3)


class Location(OwnedByMerchant, Base):
    """A place where a merchant's goods lie; a lower position is taken from first."""

    __tablename__ = "locations"
    __data__ = DataClass.MERCHANT
    __table_args__ = (UniqueConstraint("id", "merchant_id"), UniqueConstraint("merchant_id", "name"))

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(String(80))
    region_code: Mapped[str] = mapped_column(String(12), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[created]
    closed_at: Mapped[datetime | None]


class StockLevel(OwnedByMerchant, Base):
    """How much of a variant lies at a place, and how much of that is promised."""

    __tablename__ = "stock_levels"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        UniqueConstraint("variant_id", "location_id"),
        CheckConstraint("held between 0 and on_hand", name="held"),
    )

    id: Mapped[pk]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID] = mapped_column(index=True)
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0", server_onupdate=FetchedValue())
    held: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")


class MovementKind(Labelled):
    """Why goods came or went."""

    RECEIVED = "received", _l("Received")
    SOLD = "sold", _l("Sold")
    RETURNED = "returned", _l("Came back")
    CORRECTED = "corrected", _l("Corrected")
    COUNTED = "counted", _l("Counted")
    TRANSFERRED = "transferred", _l("Moved to another place")
    WRITTEN_OFF = "written_off", _l("Written off")


class StockMovement(OwnedByMerchant, Base):
    """One line of the stock book: written once, never changed. `before` and `after` are set by the database."""

    __tablename__ = "stock_movements"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        CheckConstraint("quantity <> 0", name="moves"),
        CheckConstraint('"after" = "before" + quantity and "after" >= 0', name="adds_up"),
        Index("ix_stock_movements_variant_id_at", "variant_id", "at"),
        Index("ix_stock_movements_merchant_id_at", "merchant_id", "at"),
        Index(
            "uq_stock_movements_cause",
            "cause",
            "kind",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where="kind in ('sold', 'returned') and cause <> ''",
        ),
    )

    id: Mapped[pk]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    kind: Mapped[MovementKind]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    before: Mapped[Decimal] = mapped_column(QUANTITY, server_default=FetchedValue())
    after: Mapped[Decimal] = mapped_column(QUANTITY, server_default=FetchedValue())
    cause: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    unit_cost: Mapped[int | None] = mapped_column(BigInteger)  # of one unit that was received, in minor units
    account_id: Mapped[UUID | None]
    at: Mapped[created]


class StockHold(OwnedByMerchant, Base):
    """Goods kept for somebody until a moment: a cart, a checkout, a deal, a quote. Open until released or consumed."""

    __tablename__ = "stock_holds"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"]),
        ForeignKeyConstraint(["location_id", "merchant_id"], ["locations.id", "locations.merchant_id"]),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("released_at is null or consumed_at is null", name="one_end"),
        Index("ix_stock_holds_cause", "cause"),
        Index("ix_stock_holds_open", "variant_id", "until", postgresql_where="released_at is null and consumed_at is null"),
        Index("ix_stock_holds_until", "until", postgresql_where="released_at is null and consumed_at is null"),
        Index(
            "uq_stock_holds_open",
            "cause",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where="released_at is null and consumed_at is null",
        ),
    )

    id: Mapped[pk]
    cause: Mapped[str] = mapped_column(String(120))
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    until: Mapped[datetime]
    created_at: Mapped[created]
    released_at: Mapped[datetime | None]
    consumed_at: Mapped[datetime | None]


class AlertLine(OwnedByMerchant, Base):
    """Below how many of a variant its merchant wants to be told (IN5)."""

    __tablename__ = "stock_alert_lines"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"], ondelete="CASCADE"),
        CheckConstraint("quantity >= 0", name="quantity"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)


class StockCost(OwnedByMerchant, Base):
    """What one unit of a variant has cost its merchant, on average of what lies there, in minor units (IN1)."""

    __tablename__ = "stock_costs"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"], ondelete="CASCADE"),
        CheckConstraint("average >= 0", name="average"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[currency]
    average: Mapped[Decimal] = mapped_column(Numeric(24, 6))
