"""What can be done with the address book."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update

from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import uuid7
from tenants.addresses import queries
from tenants.addresses.models import Address
from tenants.addresses.rules import MOST, Entries


def add(*, buyer_id: UUID, entries: Entries, usual: bool = False) -> Address:
    """Write an address into the buyer's book; the first one is the usual one. Raises Invalid."""
    errors = entries.complaints()
    advisory_lock("addresses", buyer_id)
    held = queries.how_many()
    if held >= MOST:
        errors[""] = _("Your address book is full (%(most)s). Remove one first.", most=MOST)
    if errors:
        raise Invalid(errors)
    if usual:
        _none_usual()
    address = _written(buyer_id, entries, usual=usual or held == 0)
    db.session.add(address)
    db.session.flush()
    return address


def send_to(*, buyer_id: UUID, entries: Entries) -> Address:
    """The address that was typed for an order. It is written into the book, unless it is there already or the book is full:
    a full book is no reason not to order. Raises Invalid.
    """
    errors = entries.complaints()
    if errors:
        raise Invalid(errors)
    advisory_lock("addresses", buyer_id)
    book = queries.listed()
    typed = _written(buyer_id, entries, usual=not book)
    known = next((one for one in book if one.snapshot() == typed.snapshot()), None)
    if known is not None or len(book) >= MOST:
        return known or typed
    db.session.add(typed)
    db.session.flush()
    return typed


def change(*, address_id: UUID, entries: Entries, usual: bool = False) -> Address:
    """Change one; orders keep the address they were placed with. Raises Invalid, NotFound."""
    errors = entries.complaints()
    if errors:
        raise Invalid(errors)
    address = queries.get(address_id, lock=True)
    address.name, address.phone = entries.name, entries.phone
    address.region_code, address.street, address.postcode = entries.region_code, entries.street, entries.postcode
    if usual and not address.usual:
        _none_usual()
        address.usual = True
    db.session.flush()
    return address


def make_usual(*, address_id: UUID) -> None:
    """Send goods here unless something else is said. Raises NotFound."""
    address = queries.get(address_id, lock=True)
    advisory_lock("addresses", address.buyer_id)
    _none_usual()
    address.usual = True
    db.session.flush()


def remove(*, address_id: UUID) -> None:
    """Take one out of the book; if it was the usual one, the latest other becomes it. Raises NotFound."""
    address = queries.get(address_id, lock=True)
    was_usual = address.usual
    db.session.delete(address)
    db.session.flush()
    others = queries.listed()
    if was_usual and others:
        others[0].usual = True
        db.session.flush()


def _written(buyer_id: UUID, entries: Entries, *, usual: bool) -> Address:
    return Address(
        id=uuid7(),
        buyer_id=buyer_id,
        name=entries.name,
        phone=entries.phone,
        region_code=entries.region_code,
        street=entries.street,
        postcode=entries.postcode,
        usual=usual,
    )


def _none_usual() -> None:
    db.session.execute(update(Address).where(Address.usual).values(usual=False))
