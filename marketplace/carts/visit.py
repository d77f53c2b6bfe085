"""A visitor's cart: a few lines in the visit's signed cookie, so that a guest costs the market no row and no statement."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import g, has_request_context, session

from marketplace.carts.errors import CartFull
from marketplace.carts.rules import MOST_GUEST_LINES, Want, parse_quantity

KEY = "cart"


def guest_lines() -> list[Want]:
    """What the visitor of the running request has gathered; what cannot be read is left out."""
    held = session.get(KEY) if has_request_context() else None
    return [want for line in held if (want := _read(line))][:MOST_GUEST_LINES] if isinstance(held, list) else []


def guest_count() -> int:
    """How many lines that is, without reading them."""
    held = session.get(KEY) if has_request_context() else None
    return len(held) if isinstance(held, list) else 0


def note_count(lines: int) -> None:
    """How many lines the running request has found in the cart: its page need not count them again."""
    g.cart_count = lines


def noted_count() -> int | None:
    """The same, if it has looked."""
    found = g.get("cart_count")
    return int(found) if found is not None else None


def hold_at_the_door() -> None:
    """Before a sign-in empties the visit: keep what was gathered for the rest of this request."""
    if guest_count():
        g.cart_at_the_door = guest_lines()


def held_at_the_door() -> list[Want]:
    """What this request came with."""
    return list(g.get("cart_at_the_door", [])) if has_request_context() else []


def keep_lines(wants: Sequence[Want]) -> None:
    """Remember these lines in the visit."""
    session[KEY] = [_written(want) for want in wants[:MOST_GUEST_LINES]]


def put(variant_id: UUID, quantity: Decimal) -> int:
    """Put so much more of a variant into the visit; returns how many lines it holds. Raises CartFull."""
    held = {want.variant_id: want for want in guest_lines()}
    there = held.get(variant_id)
    held[variant_id] = Want(variant_id=variant_id, quantity=quantity + (there.quantity if there else 0))
    if len(held) > MOST_GUEST_LINES:
        raise CartFull(most=MOST_GUEST_LINES)
    keep_lines(list(held.values()))
    return len(held)


def forget_lines() -> None:
    """The visit's cart is empty from now on."""
    session.pop(KEY, None)


def _written(want: Want) -> list[Any]:
    word = base64.urlsafe_b64encode(want.variant_id.bytes).rstrip(b"=").decode()
    return [word, f"{want.quantity.normalize():f}", 1 if want.selected else 0]


def _read(line: Any) -> Want | None:
    try:
        word, quantity, selected = line
        variant_id = UUID(bytes=base64.urlsafe_b64decode(word + "=="))
    except (ValueError, TypeError, binascii.Error):
        return None
    amount = parse_quantity(str(quantity))
    return Want(variant_id=variant_id, quantity=Decimal(amount), selected=bool(selected)) if amount else None
