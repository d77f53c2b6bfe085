"""Every SELECT about freight and parcels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from marketplace.kernel.db import db
from marketplace.orders.models import Order, OrderLine
from marketplace.shipping.carriers import PORTS
from marketplace.shipping.errors import NoSuchParcel
from marketplace.shipping.models import Freight, Parcel, ParcelEvent, ParcelLine, ParcelState
from marketplace.shipping.rules import FreightRules


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a parcel holds of an order's line."""

    parcel_id: UUID
    order_id: UUID
    order_number: str
    line: OrderLine
    quantity: object


def freight_rules(merchant_ids: Iterable[UUID]) -> dict[UUID, FreightRules]:
    """The freight rules of those merchants that have some."""
    found = db.session.scalars(select(Freight).where(Freight.merchant_id.in_(list(merchant_ids))))
    return {one.merchant_id: one.value for one in found}


def freight_of(merchant_id: UUID) -> Freight | None:
    """One merchant's freight row."""
    return db.session.scalars(select(Freight).where(Freight.merchant_id == merchant_id)).first()


def parcels() -> Select[Parcel]:
    """The parcels in scope, newest first."""
    return select(Parcel).order_by(Parcel.shipped_at.desc(), Parcel.id.desc())


def counts_by_state() -> dict[ParcelState, int]:
    """How many parcels of the scope are where."""
    return dict(db.session.execute(select(Parcel.state, func.count()).group_by(Parcel.state)).all())


def matching(words: str) -> Select[Parcel]:
    """Parcels by tracking number, recipient or order number."""
    text = f"%{words.strip().upper()}%"
    orders = exists().where(ParcelLine.parcel_id == Parcel.id, ParcelLine.order_id == Order.id, Order.number.like(text))
    return parcels().where(
        or_(Parcel.tracking_number.like(text), Parcel.ship_to["name"].astext.like(f"%{words.strip()}%"), orders)
    )


def get(parcel_id: UUID, *, lock: bool = False) -> Parcel:
    """One parcel of the scope. Raises NoSuchParcel."""
    wanted = select(Parcel).where(Parcel.id == parcel_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(wanted).first()
    if found is None:
        raise NoSuchParcel
    return found


def of_orders(order_ids: Iterable[UUID]) -> Sequence[Parcel]:
    """The parcels that hold something of these orders, oldest first."""
    inside = select(ParcelLine.parcel_id).where(ParcelLine.order_id.in_(list(order_ids)))
    return db.session.scalars(select(Parcel).where(Parcel.id.in_(inside)).order_by(Parcel.shipped_at, Parcel.id)).all()


def contents(parcel_ids: Iterable[UUID]) -> dict[UUID, list[Contents]]:
    """What some parcels hold."""
    wanted = (
        select(ParcelLine, OrderLine, Order.number)
        .join(OrderLine, OrderLine.id == ParcelLine.line_id)
        .join(Order, Order.id == ParcelLine.order_id)
        .where(ParcelLine.parcel_id.in_(list(parcel_ids)))
        .order_by(Order.number, OrderLine.position)
    )
    found: dict[UUID, list[Contents]] = {}
    for inside, line, number in db.session.execute(wanted):
        row = Contents(
            parcel_id=inside.parcel_id, order_id=inside.order_id, order_number=number, line=line, quantity=inside.quantity
        )
        found.setdefault(inside.parcel_id, []).append(row)
    return found


def stories(parcel_ids: Iterable[UUID]) -> dict[UUID, list[ParcelEvent]]:
    """What was reported about some parcels, newest first."""
    wanted = (
        select(ParcelEvent)
        .where(ParcelEvent.parcel_id.in_(list(parcel_ids)))
        .order_by(ParcelEvent.at.desc(), ParcelEvent.id.desc())
    )
    found: dict[UUID, list[ParcelEvent]] = {}
    for event in db.session.scalars(wanted):
        found.setdefault(event.parcel_id, []).append(event)
    return found


def orders_in(parcel_id: UUID) -> list[UUID]:
    """The orders of which a parcel holds something."""
    wanted = select(ParcelLine.order_id).where(ParcelLine.parcel_id == parcel_id).distinct().order_by(ParcelLine.order_id)
    return list(db.session.scalars(wanted))


def to_ask_about(moment: datetime, limit: int) -> Sequence[UUID]:
    """Parcels on their way with a carrier that tells, the longest unasked first."""
    wanted = (
        select(Parcel.id)
        .where(Parcel.carrier.in_(list(PORTS)), Parcel.state != ParcelState.DELIVERED)
        .where(or_(Parcel.checked_at.is_(None), Parcel.checked_at < moment))
        .order_by(Parcel.checked_at.nulls_first(), Parcel.shipped_at)
        .limit(limit)
    )
    return db.session.scalars(wanted).all()
