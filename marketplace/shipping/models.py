"""Freight rates, parcels, their contents and tracking events."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from marketplace.shipping.rates import FreightRates
from tenants.isolation import BuyerMerchantSharedMixin, MerchantOwnedMixin


class Carrier(LabeledStrEnum):
    """A carrier, including own delivery and pick-up."""

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
    SANDBOX = "sandbox", _l("Practice carrier (moves with the clock)")


class ParcelState(LabeledStrEnum):
    """The delivery state of a parcel."""

    SHIPPED = "shipped", _l("Handed to the carrier")
    IN_TRANSIT = "in_transit", _l("On the way")
    OUT_FOR_DELIVERY = "out_for_delivery", _l("Out for delivery")
    DELIVERED = "delivered", _l("Delivered")
    EXCEPTION = "exception", _l("In trouble")


STATE_ORDER = {
    ParcelState.SHIPPED: 0,
    ParcelState.IN_TRANSIT: 1,
    ParcelState.EXCEPTION: 1,
    ParcelState.OUT_FOR_DELIVERY: 2,
    ParcelState.DELIVERED: 3,
}
PARCEL_TONES = {"delivered": "good", "exception": "bad", "shipped": "info", "in_transit": "info", "out_for_delivery": "due"}


class MerchantFreightRates(MerchantOwnedMixin, Base):
    """The freight rates of a merchant; public, because product pages show them to everyone."""

    __tablename__ = "freight_rates"
    __ownership__ = RowOwnership.PUBLIC
    __table_args__ = (Unique("merchant_id"),)

    id: Mapped[PrimaryKey]
    rates: Mapped[dict[str, Any]]
    updated_at: Mapped[CreatedAt]

    @property
    def parsed_rates(self) -> FreightRates:
        """Return the stored rates as `FreightRates`."""
        return FreightRates.from_json(self.rates)


class Parcel(BuyerMerchantSharedMixin, Base):
    """A shipment of lines of one or several orders of the same buyer to the same address."""

    __tablename__ = "parcels"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        Unique("id", "merchant_id"),
        Unique("id", "buyer_id"),
        Unique("merchant_id", "carrier", "tracking_number"),
        Index("ix_parcels_merchant_list", "merchant_id", "shipped_at"),
        Index("ix_parcels_in_transit", "carrier", "state"),
    )

    id: Mapped[PrimaryKey]
    carrier: Mapped[Carrier]
    tracking_number: Mapped[str] = mapped_column(String(40))
    state: Mapped[ParcelState] = mapped_column(default=ParcelState.SHIPPED)
    ship_to: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")
    shipped_at: Mapped[CreatedAt]
    shipped_by: Mapped[UUID | None]
    delivered_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]


class ParcelLine(BuyerMerchantSharedMixin, Base):
    """The quantity of an order line in a parcel."""

    __tablename__ = "parcel_lines"
    __ownership__ = RowOwnership.PARTIES
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

    id: Mapped[PrimaryKey]
    parcel_id: Mapped[UUID]
    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class ParcelEvent(BuyerMerchantSharedMixin, Base):
    """A tracking event of a parcel, from the carrier or entered by the merchant; never updated."""

    __tablename__ = "parcel_events"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["parcel_id", "merchant_id"], ["parcels.id", "parcels.merchant_id"]),
        ForeignKeyConstraint(["parcel_id", "buyer_id"], ["parcels.id", "parcels.buyer_id"]),
        Unique("parcel_id", "event_key"),
        Index("ix_parcel_events_parcel", "parcel_id", "at"),
    )

    id: Mapped[PrimaryKey]
    parcel_id: Mapped[UUID]
    event_key: Mapped[str] = mapped_column(String(60))
    at: Mapped[CreatedAt]
    state: Mapped[ParcelState]
    location: Mapped[str] = mapped_column(String(120), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    by_carrier: Mapped[bool] = mapped_column(default=False)
