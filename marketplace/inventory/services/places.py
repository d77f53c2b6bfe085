"""Where goods lie, and below how many the merchant wants to be told (IN5, behaviour 32)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Variant
from marketplace.inventory import queries
from marketplace.inventory.errors import NoSuchStock, PlaceInUse
from marketplace.inventory.models import AlertLine, Location, StockLevel
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import uuid7


def open_location(*, merchant_id: UUID, name: str, region_code: str = "", address: str = "", position: int = 0) -> Location:
    """Add a place where goods lie. Raises Invalid by field."""
    _check_name(name, known=None)
    row = Location(id=uuid7(), merchant_id=merchant_id, name=name.strip(), position=position)
    row.region_code, row.address = region_code, address.strip()
    db.session.add(row)
    audit.record("location.opened", subject=("location", row.id), after={"name": row.name}, merchant_id=merchant_id)
    return row


def change_location(*, location_id: UUID, name: str, region_code: str, address: str, position: int) -> Location:
    """Rename a place or change when it is taken from: lower positions first. Raises Invalid, NoSuchStock."""
    row = queries.location(location_id)
    _check_name(name, known=row)
    row.name, row.region_code, row.address, row.position = name.strip(), region_code, address.strip(), position
    return row


def close_location(*, location_id: UUID) -> Location:
    """Take an empty place out of use. Raises PlaceInUse, NoSuchStock."""
    row = queries.location(location_id)
    if db.session.scalar(select(exists().where(StockLevel.location_id == location_id, StockLevel.on_hand > 0))):
        raise PlaceInUse(place=row.name)
    row.closed_at = clock.now()
    audit.record("location.closed", subject=("location", row.id), after={"name": row.name})
    return row


def set_alert_line(*, variant_id: UUID, quantity: Decimal | None) -> None:
    """Below how many the merchant wants to be told; None or zero: never. Raises NoSuchStock, Invalid."""
    merchant_id = db.session.scalar(select(Variant.merchant_id).where(Variant.id == variant_id))
    if merchant_id is None:
        raise NoSuchStock
    if quantity is not None and not 0 <= quantity < Decimal(10) ** 10:
        raise Invalid({"quantity": _("Enter a quantity of zero or more, with at most three decimals.")})
    if not quantity:
        db.session.execute(delete(AlertLine).where(AlertLine.variant_id == variant_id))
        return
    line = insert(AlertLine).values(variant_id=variant_id, merchant_id=merchant_id, quantity=quantity)
    db.session.execute(line.on_conflict_do_update(index_elements=["variant_id"], set_={"quantity": quantity}))


def _check_name(name: str, *, known: Location | None) -> None:
    if not name.strip():
        raise Invalid({"name": _("Give the place a name.")})
    if len(name.strip()) > 80:
        raise Invalid({"name": _("At most %(most)s characters.", most=80)})
    others = [place for place in queries.locations(closed=True) if known is None or place.id != known.id]
    if name.strip() in {place.name for place in others}:
        raise Invalid({"name": _("You have a place of this name already.")})
