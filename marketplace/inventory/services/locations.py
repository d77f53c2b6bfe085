"""Locations and low-stock thresholds (stock alert line, IN5)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Variant
from marketplace.inventory import queries
from marketplace.inventory.errors import LocationNotEmpty, StockNotFound
from marketplace.inventory.models import Location, LowStockThreshold, StockLevel
from marketplace.kernel import audit, clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.ids import uuid7


def create_location(*, merchant_id: UUID, name: str, region_code: str = "", address: str = "", position: int = 0) -> Location:
    """Add a location.

    Raises:
        ValidationError: by field.
    """
    _check_name(name, current=None)
    row = Location(id=uuid7(), merchant_id=merchant_id, name=name.strip(), position=position)
    row.region_code, row.address = region_code, address.strip()
    db.session.add(row)
    audit.record("location.opened", subject=("location", row.id), after={"name": row.name}, merchant_id=merchant_id)
    return row


def update_location(*, location_id: UUID, name: str, region_code: str, address: str, position: int) -> Location:
    """Rename a location or change its position; stock is taken from lower positions first.

    Raises:
        ValidationError: by field.
        StockNotFound: no such location.
    """
    row = queries.get_location(location_id)
    _check_name(name, current=row)
    row.name, row.region_code, row.address, row.position = name.strip(), region_code, address.strip(), position
    return row


def close_location(*, location_id: UUID) -> Location:
    """Close an empty location.

    Raises:
        LocationNotEmpty: it has stock.
        StockNotFound: no such location.
    """
    row = queries.get_location(location_id)
    if db.session.scalar(select(exists().where(StockLevel.location_id == location_id, StockLevel.on_hand > 0))):
        raise LocationNotEmpty(place=row.name)
    row.closed_at = clock.now()
    audit.record("location.closed", subject=("location", row.id), after={"name": row.name})
    return row


def set_low_stock_threshold(*, variant_id: UUID, quantity: Decimal | None) -> None:
    """Set the quantity at or below which the merchant is alerted; None or zero removes the threshold.

    Raises:
        StockNotFound: no such variant.
        ValidationError: a quantity out of range.
    """
    merchant_id = db.session.scalar(select(Variant.merchant_id).where(Variant.id == variant_id))
    if merchant_id is None:
        raise StockNotFound
    if quantity is not None and not 0 <= quantity < Decimal(10) ** 10:
        raise ValidationError({"quantity": _("Enter a quantity of zero or more, with at most three decimals.")})
    if not quantity:
        db.session.execute(delete(LowStockThreshold).where(LowStockThreshold.variant_id == variant_id))
        return
    stmt = insert(LowStockThreshold).values(variant_id=variant_id, merchant_id=merchant_id, quantity=quantity)
    db.session.execute(stmt.on_conflict_do_update(index_elements=["variant_id"], set_={"quantity": quantity}))


def _check_name(name: str, *, current: Location | None) -> None:
    if not name.strip():
        raise ValidationError({"name": _("Give the place a name.")})
    if len(name.strip()) > 80:
        raise ValidationError({"name": _("At most %(most)s characters.", most=80)})
    other_locations = [
        location for location in queries.list_locations(include_closed=True) if current is None or location.id != current.id
    ]
    if name.strip() in {location.name for location in other_locations}:
        raise ValidationError({"name": _("You have a place of this name already.")})
