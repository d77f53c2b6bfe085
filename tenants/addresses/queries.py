"""Every SELECT about addresses; the buyer's own by the wall."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.addresses.models import Address


@cache
def of_buyer() -> Select[Address]:
    """The buyer's addresses, the usual one first."""
    return select(Address).order_by(Address.usual.desc(), Address.created_at.desc(), Address.id)


def listed() -> list[Address]:
    """All of them (a book holds at most fifty)."""
    return list(db.session.scalars(of_buyer()))


def get(address_id: UUID, *, lock: bool = False) -> Address:
    """One of the buyer's own. Raises NotFound."""
    wanted = select(Address).where(Address.id == address_id)
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def how_many() -> int:
    """How many the book holds."""
    return db.session.scalar(select(func.count()).select_from(Address)) or 0
