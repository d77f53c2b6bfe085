"""Freight rules, parcels, what is in them, and what the carrier says about them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from marketplace.shipping.rules import FreightRules
from tenants.scope import OwnedByMerchant, SharedByParties


class Carrier(Labelled):
    """The carriers of the trade, and goods that the buyer fetches."""

    SF = "sf", _l("SF Express")
    ZTO = "zto", _l("ZTO Express")
    YTO = "yto", _l("YTO Express")
    STO = "sto", _l("STO Express")
    YUNDA = "yunda", _l("Yunda Express")
    JT = "jt", _l("J&T Express")
    JD = "jd", _l("JD Logistics")
    EMS = "ems", _l("EMS")
    DEPPON = "deppon", _l("Deppon Logistics")
    ANE = "ane", _l("ANE Logistics")
    LOCAL = "local", _l("Local dedicated line")
    OWN = "own", _l("Own delivery or pick-up")
    PRETEND = "pretend", _l("Practice carrier (moves with the clock)")


class ParcelState(Labelled):
    """Where a parcel is."""

    SHIPPED = "shipped", _l("Handed to the carrier")
    MOVING = "moving", _l("On the way")
    ARRIVING = "arriving", _l("Out for delivery")
    DELIVERED = "delivered", _l("Delivered")
    TROUBLE = "trouble", _l("In trouble")


RANK = {
    ParcelState.SHIPPED: 0,
    ParcelState.MOVING: 1,
    ParcelState.TROUBLE: 1,
    ParcelState.ARRIVING: 2,
    ParcelState.DELIVERED: 3,
}
PARCEL_TONES = {"delivered": "good", "trouble": "bad", "shipped": "info", "moving": "info", "arriving": "due"}


class Freight(OwnedByMerchant, Base):
    """A merchant's freight rules: what carrying costs is public."""

    __tablename__ = "freight_rules"
    __data__ = DataClass.PUBLIC
    __table_args__ = (Unique("merchant_id"),)

    id: Mapped[pk]
    rules: Mapped[dict[str, Any]]
    changed_at: Mapped[created]

    @property
    def value(self) -> FreightRules:
        """The rules as the value that quotes."""
        return FreightRules.from_json(self.rules)


class Parcel(SharedByParties, Base):
    """One thing that travels: some lines of one or several orders of the same buyer to the same address."""

    __tablename__ = "parcels"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        Unique("id", "merchant_id"),
        Unique("id", "buyer_id"),
        Unique("merchant_id", "carrier", "tracking_number"),
        Index("ix_parcels_merchant_list", "merchant_id", "shipped_at"),
        Index("ix_parcels_moving", "carrier", "state"),
    )

    id: Mapped[pk]
    carrier: Mapped[Carrier]
    tracking_number: Mapped[str] = mapped_column(String(40))
    state: Mapped[ParcelState] = mapped_column(default=ParcelState.SHIPPED)
    ship_to: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")
    shipped_at: Mapped[created]
    shipped_by: Mapped[UUID | None]
    delivered_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]


class ParcelLine(SharedByParties, Base):
    """How much of an order's line is in a parcel."""

    __tablename__ = "parcel_lines"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["parcel_id", "merchant_id"], ["parcels.id", "parcels.merchant_id"]),
        ForeignKeyConstraint(["parcel_id", "buyer_id"], ["parcels.id", "parcels.buyer_id"]),
        ForeignKeyConstraint(["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"]),
        ForeignKeyConstraint(["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"]),
        ForeignKeyConstraint(["line_id", "order_id"], ["order_lines.id", "order_lines.order_id"]),
        Unique("parcel_id", "line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_parcel_lines_order_id", "order_id"),
    )

    id: Mapped[pk]
    parcel_id: Mapped[UUID]
    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class ParcelEvent(SharedByParties, Base):
    """One report about a parcel, by the carrier or typed by the merchant; written once."""

    __tablename__ = "parcel_events"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["parcel_id", "merchant_id"], ["parcels.id", "parcels.merchant_id"]),
        ForeignKeyConstraint(["parcel_id", "buyer_id"], ["parcels.id", "parcels.buyer_id"]),
        Unique("parcel_id", "report_key"),
        Index("ix_parcel_events_parcel", "parcel_id", "at"),
    )

    id: Mapped[pk]
    parcel_id: Mapped[UUID]
    report_key: Mapped[str] = mapped_column(String(60))
    at: Mapped[created]
    state: Mapped[ParcelState]
    place: Mapped[str] = mapped_column(String(120), default="")
    said: Mapped[str] = mapped_column(Text, default="")
    by_carrier: Mapped[bool] = mapped_column(default=False)
