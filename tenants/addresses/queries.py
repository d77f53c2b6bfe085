"""Queries for addresses; tenant isolation limits them to the buyer's own."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.addresses.models import Address


@cache
def addresses_stmt() -> Select[Address]:
    """Return the statement for the buyer's addresses, the default first."""
    return select(Address).order_by(Address.is_default.desc(), Address.created_at.desc(), Address.id)


def list_addresses() -> list[Address]:
    """Return all addresses; an address book holds at most `MAX_ADDRESSES`."""
    return list(db.session.scalars(addresses_stmt()))


def get_address(address_id: UUID, *, lock: bool = False) -> Address:
    """Return one of the buyer's own addresses.

    Raises:
        NotFound: The buyer has no such address.
    """
    stmt = select(Address).where(Address.id == address_id)
    address = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if address is None:
        raise NotFound
    return address


def count_addresses() -> int:
    """Return the number of the buyer's addresses."""
    return db.session.scalar(select(func.count()).select_from(Address)) or 0
