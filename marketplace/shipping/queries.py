"""SELECT statements about freight rates and parcels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from marketplace.kernel.db import db
from marketplace.orders.models import Order, OrderLine
from marketplace.shipping.carriers import CARRIER_CLIENTS
from marketplace.shipping.errors import ParcelNotFound
from marketplace.shipping.models import MerchantFreightRates, Parcel, ParcelEvent, ParcelLine, ParcelState
from marketplace.shipping.rates import FreightRates


@dataclass(frozen=True, kw_only=True)
class ParcelContents:
    """The quantity of an order line in a parcel."""

    parcel_id: UUID
    order_id: UUID
    order_number: str
    order_line: OrderLine
    quantity: object


def freight_rates_by_merchant(merchant_ids: Iterable[UUID]) -> dict[UUID, FreightRates]:
    """Return the freight rates by merchant; merchants without rates are left out."""
    rows = db.session.scalars(select(MerchantFreightRates).where(MerchantFreightRates.merchant_id.in_(list(merchant_ids))))
    return {row.merchant_id: row.parsed_rates for row in rows}


def get_freight_rates(merchant_id: UUID) -> MerchantFreightRates | None:
    """Return the freight row of one merchant, or None."""
    return db.session.scalars(select(MerchantFreightRates).where(MerchantFreightRates.merchant_id == merchant_id)).first()


def parcels_stmt() -> Select[Parcel]:
    """Return the statement for the tenant's parcels, newest first."""
    return select(Parcel).order_by(Parcel.shipped_at.desc(), Parcel.id.desc())


def count_parcels_by_state() -> dict[ParcelState, int]:
    """Return the number of the tenant's parcels by state."""
    return dict(db.session.execute(select(Parcel.state, func.count()).group_by(Parcel.state)).all())


def search_parcels_stmt(search_text: str) -> Select[Parcel]:
    """Return the statement for parcels found by tracking number, recipient or order number."""
    pattern = f"%{search_text.strip().upper()}%"
    in_order = exists().where(ParcelLine.parcel_id == Parcel.id, ParcelLine.order_id == Order.id, Order.number.like(pattern))
    return parcels_stmt().where(
        or_(Parcel.tracking_number.like(pattern), Parcel.ship_to["name"].astext.like(f"%{search_text.strip()}%"), in_order)
    )


def get_parcel(parcel_id: UUID, *, lock: bool = False) -> Parcel:
    """Return one of the tenant's parcels.

    Raises:
        ParcelNotFound: It does not exist, or another tenant owns it.
    """
    stmt = select(Parcel).where(Parcel.id == parcel_id)
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    parcel = db.session.scalars(stmt).first()
    if parcel is None:
        raise ParcelNotFound
    return parcel


def list_parcels_of_orders(order_ids: Iterable[UUID]) -> Sequence[Parcel]:
    """Return the parcels that contain lines of these orders, oldest first."""
    parcel_ids = select(ParcelLine.parcel_id).where(ParcelLine.order_id.in_(list(order_ids)))
    return db.session.scalars(select(Parcel).where(Parcel.id.in_(parcel_ids)).order_by(Parcel.shipped_at, Parcel.id)).all()


def get_contents(parcel_ids: Iterable[UUID]) -> dict[UUID, list[ParcelContents]]:
    """Return the contents of parcels by parcel id."""
    stmt = (
        select(ParcelLine, OrderLine, Order.number)
        .join(OrderLine, OrderLine.id == ParcelLine.line_id)
        .join(Order, Order.id == ParcelLine.order_id)
        .where(ParcelLine.parcel_id.in_(list(parcel_ids)))
        .order_by(Order.number, OrderLine.position)
    )
    contents_by_parcel: dict[UUID, list[ParcelContents]] = {}
    for parcel_line, order_line, order_number in db.session.execute(stmt):
        row = ParcelContents(
            parcel_id=parcel_line.parcel_id,
            order_id=parcel_line.order_id,
            order_number=order_number,
            order_line=order_line,
            quantity=parcel_line.quantity,
        )
        contents_by_parcel.setdefault(parcel_line.parcel_id, []).append(row)
    return contents_by_parcel


def tracking_events(parcel_ids: Iterable[UUID]) -> dict[UUID, list[ParcelEvent]]:
    """Return the tracking events by parcel id, newest first."""
    stmt = (
        select(ParcelEvent)
        .where(ParcelEvent.parcel_id.in_(list(parcel_ids)))
        .order_by(ParcelEvent.at.desc(), ParcelEvent.id.desc())
    )
    events_by_parcel: dict[UUID, list[ParcelEvent]] = {}
    for event in db.session.scalars(stmt):
        events_by_parcel.setdefault(event.parcel_id, []).append(event)
    return events_by_parcel


def list_order_ids(parcel_id: UUID) -> list[UUID]:
    """Return the ids of the orders with lines in a parcel."""
    stmt = select(ParcelLine.order_id).where(ParcelLine.parcel_id == parcel_id).distinct().order_by(ParcelLine.order_id)
    return list(db.session.scalars(stmt))


def list_parcels_to_poll(checked_before: datetime, limit: int) -> Sequence[UUID]:
    """Return undelivered parcels whose carrier has a client, the longest unchecked first."""
    stmt = (
        select(Parcel.id)
        .where(Parcel.carrier.in_(list(CARRIER_CLIENTS)), Parcel.state != ParcelState.DELIVERED)
        .where(or_(Parcel.checked_at.is_(None), Parcel.checked_at < checked_before))
        .order_by(Parcel.checked_at.nulls_first(), Parcel.shipped_at)
        .limit(limit)
    )
    return db.session.scalars(stmt).all()
