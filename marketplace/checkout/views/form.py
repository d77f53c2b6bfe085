"""The checkout form: submitted values, redisplay and draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request, session

from marketplace.checkout.quote import CheckoutQuote
from marketplace.kernel.form_input import FormData, clean_fields, clean_text, normalize_text
from marketplace.kernel.ids import random_token
from tenants.access.login import current_user
from tenants.accounts import sessions
from tenants.addresses import queries as addresses
from tenants.addresses.forms import AddressForm
from tenants.addresses.models import Address
from tenants.regions import queries as regions

NEW_ADDRESS = "new"
ADDRESS_FIELDS = ("name", "phone", "street", "postcode")
# The cookie only records that a draft exists: addresses stay on the server.
DRAFT_FLAG = "checkout_draft"
MAX_NOTES = 60


@dataclass(frozen=True, kw_only=True)
class DeliveryForm:
    """The delivery part of a form: a saved address, or a new one."""

    address: str
    entries: FormData
    region_code: str
    saved_addresses: Sequence[Address]

    @property
    def selected_address(self) -> Address | None:
        """Return the selected saved address, if any."""
        return next((address for address in self.saved_addresses if str(address.id) == self.address), None)

    @property
    def is_new(self) -> bool:
        """Return whether a new address is entered."""
        return self.selected_address is None

    @property
    def delivery_region_code(self) -> str:
        """Return the region that freight is computed for."""
        return self.selected_address.region_code if self.selected_address else self.region_code

    def to_address_form(self) -> AddressForm:
        """Return the new address."""
        return AddressForm(**{name: self.entries[name] for name in ADDRESS_FIELDS}, region_code=self.region_code)

    @property
    def region_select(self) -> dict[str, Any]:
        """Return the values and options of the three region selects."""
        return {"values": regions.select_values(self.region_code), "options": regions.select_options(self.region_code)}


@dataclass(frozen=True, kw_only=True)
class CheckoutForm(DeliveryForm):
    """The checkout form as submitted, or with its defaults."""

    idempotency_key: str
    expected_minor: int
    notes: Mapping[UUID, str]
    seen_prices: Mapping[UUID, int]

    def can_submit(self, quote: CheckoutQuote) -> bool:
        """Return whether the order can be submitted; the freight of a new address is not known yet and does not block it."""
        undeliverable = any(share.shipping_quote.undeliverable_reason for share in quote.shares) and not self.is_new
        below_minimum = any(share.group.missing_to_minimum for share in quote.shares)
        return bool(quote.shares) and not (undeliverable or below_minimum or quote.cart.invalid_lines)


def blank() -> CheckoutForm:
    """Return an unsubmitted form, with the saved draft or with the default address."""
    saved_addresses, draft = addresses.list_addresses(), _load_draft()
    return CheckoutForm(
        idempotency_key=random_token(16),
        expected_minor=0,
        address=draft.get("address") or (str(saved_addresses[0].id) if saved_addresses else NEW_ADDRESS),
        entries=FormData(draft.get("entries") or {"name": current_user.name}),
        region_code=draft.get("region_code", ""),
        notes={UUID(key): text for key, text in draft.get("notes", {}).items()},
        seen_prices={},
        saved_addresses=saved_addresses,
    )


def save_draft(checkout_form: CheckoutForm) -> None:
    """Save the entered values as a draft while the buyer returns to the cart."""
    draft = {
        "address": checkout_form.address[:40],
        "entries": dict(checkout_form.entries),
        "region_code": checkout_form.region_code,
        "notes": {str(key): text for key, text in list(checkout_form.notes.items())[:MAX_NOTES]},
    }
    sessions.save_draft(session_id=current_user.session_id, draft=draft)
    session[DRAFT_FLAG] = True


def discard_draft() -> None:
    """Delete the draft."""
    if session.pop(DRAFT_FLAG, None):
        sessions.save_draft(session_id=current_user.session_id, draft=None)


def _load_draft() -> dict[str, Any]:
    return sessions.get_draft(current_user.session_id) if session.get(DRAFT_FLAG) else {}


def from_request() -> CheckoutForm:
    """Return the submitted form; unparsable values are ignored."""
    submitted = request.form
    return CheckoutForm(
        **delivery_fields(),
        idempotency_key=normalize_text(submitted.get("key", ""))[:64] or random_token(16),
        expected_minor=expected_total(),
        notes={key: note for key, text in _values_by_id("note-") if (note := clean_text(text, max_length=500, field="note"))},
        seen_prices={key: int(text) for key, text in _values_by_id("seen-") if text.isdecimal() and len(text) < 16},
    )


def delivery_fields() -> dict[str, Any]:
    """Return the submitted fields of a `DeliveryForm`."""
    levels = [request.form.get(f"region_{level}", "") for level in ("province", "city", "district")]
    return {
        "address": normalize_text(request.form.get("address", NEW_ADDRESS)),
        "entries": clean_fields(request.form, *ADDRESS_FIELDS, max_length=200),
        "region_code": regions.parse_selects(*levels),
        "saved_addresses": addresses.list_addresses(),
    }


def expected_total() -> int:
    """Return the total that the buyer saw, in minor units; -1, which matches no order, if unparsable."""
    text = request.form.get("expected", "")
    return int(text) if text.isdecimal() and len(text) < 16 else -1


def currency() -> str:
    """Return the platform's currency."""
    return str(current_app.config["SETTINGS"].currency)


def _values_by_id(prefix: str) -> list[tuple[UUID, str]]:
    values = []
    for name, text in request.form.items():
        if name.startswith(prefix):
            try:
                values.append((UUID(name.removeprefix(prefix)), text))
            except ValueError:
                continue
    return values
