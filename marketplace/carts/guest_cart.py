"""The cart of a guest: lines in the signed session cookie, so that a guest needs no row and no statement."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import g, has_request_context, session

from marketplace.carts.errors import CartFull
from marketplace.carts.pricing import MAX_GUEST_LINES, CartItem, parse_quantity

SESSION_KEY = "cart"


def get_items() -> list[CartItem]:
    """Return the guest cart of the current request; malformed entries are skipped."""
    stored = session.get(SESSION_KEY) if has_request_context() else None
    return [item for entry in stored if (item := _deserialize(entry))][:MAX_GUEST_LINES] if isinstance(stored, list) else []


def count_items() -> int:
    """Return the number of lines in the guest cart without parsing them."""
    stored = session.get(SESSION_KEY) if has_request_context() else None
    return len(stored) if isinstance(stored, list) else 0


def cache_count(count: int) -> None:
    """Store the number of cart lines for the current request, so that its page need not count them again."""
    g.cart_count = count


def cached_count() -> int | None:
    """Return the number of cart lines stored by `cache_count`, or None."""
    count = g.get("cart_count")
    return int(count) if count is not None else None


def stash_before_login() -> None:
    """Copy the guest cart to `g`, because a login clears the session within the same request."""
    if count_items():
        g.stashed_cart = get_items()


def get_stashed_items() -> list[CartItem]:
    """Return the guest cart that `stash_before_login` copied in this request."""
    return list(g.get("stashed_cart", [])) if has_request_context() else []


def save_items(items: Sequence[CartItem]) -> None:
    """Store these items in the session cookie."""
    session[SESSION_KEY] = [_serialize(item) for item in items[:MAX_GUEST_LINES]]


def add_item(variant_id: UUID, quantity: Decimal) -> int:
    """Add a quantity of a variant to the guest cart and return the number of its lines.

    Raises:
        CartFull: The cart has the maximum number of lines.
    """
    items_by_variant = {item.variant_id: item for item in get_items()}
    existing = items_by_variant.get(variant_id)
    items_by_variant[variant_id] = CartItem(variant_id=variant_id, quantity=quantity + (existing.quantity if existing else 0))
    if len(items_by_variant) > MAX_GUEST_LINES:
        raise CartFull(most=MAX_GUEST_LINES)
    save_items(list(items_by_variant.values()))
    return len(items_by_variant)


def clear_items() -> None:
    """Delete the guest cart from the session."""
    session.pop(SESSION_KEY, None)


def _serialize(item: CartItem) -> list[Any]:
    encoded_id = base64.urlsafe_b64encode(item.variant_id.bytes).rstrip(b"=").decode()
    return [encoded_id, f"{item.quantity.normalize():f}", 1 if item.selected else 0]


def _deserialize(entry: Any) -> CartItem | None:
    try:
        encoded_id, quantity, selected = entry
        variant_id = UUID(bytes=base64.urlsafe_b64decode(encoded_id + "=="))
    except (ValueError, TypeError, binascii.Error):
        return None
    parsed_quantity = parse_quantity(str(quantity))
    return (
        CartItem(variant_id=variant_id, quantity=Decimal(parsed_quantity), selected=bool(selected)) if parsed_quantity else None
    )
