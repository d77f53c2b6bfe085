"""Services of the address book."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update

from marketplace.kernel.db import advisory_lock, db
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.ids import uuid7
from tenants.addresses import queries
from tenants.addresses.forms import MAX_ADDRESSES, AddressForm
from tenants.addresses.models import Address


def add_address(*, buyer_id: UUID, form: AddressForm, is_default: bool = False) -> Address:
    """Add an address to the buyer's address book; the first one becomes the default.

    Raises:
        ValidationError: A field is invalid, or the address book is full.
    """
    errors = form.validate()
    advisory_lock("addresses", buyer_id)
    address_count = queries.count_addresses()
    if address_count >= MAX_ADDRESSES:
        errors[""] = _("Your address book is full (%(most)s). Remove one first.", most=MAX_ADDRESSES)
    if errors:
        raise ValidationError(errors)
    if is_default:
        _clear_default()
    address = _build_address(buyer_id, form, is_default=is_default or address_count == 0)
    db.session.add(address)
    db.session.flush()
    return address


def resolve_shipping_address(*, buyer_id: UUID, form: AddressForm) -> Address:
    """Return the address typed for an order, and save it in the address book.

    It is not saved when it is there already or when the address book is full: a full address book must not prevent an order.

    Raises:
        ValidationError: A field is invalid.
    """
    errors = form.validate()
    if errors:
        raise ValidationError(errors)
    advisory_lock("addresses", buyer_id)
    existing = queries.list_addresses()
    new_address = _build_address(buyer_id, form, is_default=not existing)
    match = next((address for address in existing if address.snapshot() == new_address.snapshot()), None)
    if match is not None or len(existing) >= MAX_ADDRESSES:
        return match or new_address
    db.session.add(new_address)
    db.session.flush()
    return new_address


def update_address(*, address_id: UUID, form: AddressForm, is_default: bool = False) -> Address:
    """Change an address; orders keep the address they were placed with.

    Raises:
        ValidationError: A field is invalid.
        NotFound: The buyer has no such address.
    """
    errors = form.validate()
    if errors:
        raise ValidationError(errors)
    address = queries.get_address(address_id, lock=True)
    address.name, address.phone = form.name, form.phone
    address.region_code, address.street, address.postcode = form.region_code, form.street, form.postcode
    if is_default and not address.is_default:
        _clear_default()
        address.is_default = True
    db.session.flush()
    return address


def set_default_address(*, address_id: UUID) -> None:
    """Make this address the default.

    Raises:
        NotFound: The buyer has no such address.
    """
    address = queries.get_address(address_id, lock=True)
    advisory_lock("addresses", address.buyer_id)
    _clear_default()
    address.is_default = True
    db.session.flush()


def remove_address(*, address_id: UUID) -> None:
    """Delete an address; if it was the default, the latest other one becomes it.

    Raises:
        NotFound: The buyer has no such address.
    """
    address = queries.get_address(address_id, lock=True)
    was_default = address.is_default
    db.session.delete(address)
    db.session.flush()
    remaining = queries.list_addresses()
    if was_default and remaining:
        remaining[0].is_default = True
        db.session.flush()


def _build_address(buyer_id: UUID, form: AddressForm, *, is_default: bool) -> Address:
    return Address(
        id=uuid7(),
        buyer_id=buyer_id,
        name=form.name,
        phone=form.phone,
        region_code=form.region_code,
        street=form.street,
        postcode=form.postcode,
        is_default=is_default,
    )


def _clear_default() -> None:
    db.session.execute(update(Address).where(Address.is_default).values(is_default=False))
