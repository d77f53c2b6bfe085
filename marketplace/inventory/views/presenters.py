"""Presenters of the stock pages: movements as timeline events, reservations as labelled lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from billing.reference_registry import ReferenceInfo, describe_references
from marketplace.catalogue.models import Unit
from marketplace.inventory.models import MovementKind, StockReservation
from marketplace.inventory.queries import MovementLine
from marketplace.kernel import clock
from marketplace.kernel.formatting import format_money
from marketplace.kernel.money import Money

OPEN_ENDED_AFTER = timedelta(days=60)
"""A later expiry is not displayed: ordered goods stay reserved until they are shipped."""
KIND_TONES: Mapping[str, str] = {
    MovementKind.RECEIVED: "good",
    MovementKind.RETURNED: "good",
    MovementKind.SOLD: "info",
    MovementKind.WRITTEN_OFF: "bad",
    MovementKind.CORRECTED: "due",
    MovementKind.COUNTED: "due",
    MovementKind.TRANSFERRED: "",
}
ORDER_KINDS = (MovementKind.SOLD, MovementKind.RETURNED)
KIND_ICONS = {
    MovementKind.RECEIVED: "plus",
    MovementKind.RETURNED: "undo",
    MovementKind.SOLD: "minus",
    MovementKind.WRITTEN_OFF: "trash",
    MovementKind.CORRECTED: "edit",
    MovementKind.COUNTED: "check",
    MovementKind.TRANSFERRED: "swap",
}


def format_quantity(quantity: Decimal) -> str:
    """Format a quantity for display."""
    return f"{quantity.normalize():,f}"


def format_signed_quantity(quantity: Decimal) -> str:
    """Format a quantity with its sign: +12 or −3."""
    return f"+{format_quantity(quantity)}" if quantity > 0 else f"−{format_quantity(-quantity)}"


def actor_label(movement: Any, names: Mapping[UUID, str]) -> str:
    """Return who recorded a movement: a buyer's order, a colleague by name, the platform's staff, or the system."""
    if movement.kind in ORDER_KINDS:
        return str(_("A buyer's order"))
    if movement.account_id is None:
        return str(_("The system"))
    return names.get(movement.account_id) or str(_("The market"))


def timeline_events(
    movements: Iterable[MovementLine], unit: Unit, names: Mapping[UUID, str], currency: str = ""
) -> list[dict[str, Any]]:
    """Return the movements of a variant as timeline events; with `currency`, including the costs."""
    return [
        {
            "label": f"{movement.kind.label} {format_signed_quantity(movement.quantity)} {unit.label_for(movement.quantity)}",
            "detail": _detail(movement, unit, currency),
            "at": movement.at,
            "tone": KIND_TONES[movement.kind] if KIND_TONES[movement.kind] != "info" else "",
            "icon": KIND_ICONS[movement.kind],
            "comment": movement.note,
            "by": actor_label(movement, names),
        }
        for movement in movements
    ]


def _detail(movement: MovementLine, unit: Unit, currency: str) -> str:
    text = _("%(place)s · then %(total)s in all", place=movement.location, total=format_quantity(movement.total))
    if not currency or movement.unit_cost is None:
        return str(text)
    price = format_money(Money(movement.unit_cost, currency))
    return str(text + " · " + _("%(price)s a %(unit)s", price=price, unit=unit.label))


def describe_reservations(reservations: Sequence[StockReservation]) -> list[dict[str, Any]]:
    """Return reservations as lines with label, quantity and expiry.

    Ordered goods are reserved until they are shipped or the order is cancelled.
    """
    references = describe_references(
        (reservation.reference for reservation in reservations if reservation.reference.startswith("purchase:")), site="desk"
    )
    return [_describe_reservation(reservation, references.get(reservation.reference)) for reservation in reservations]


def _describe_reservation(reservation: StockReservation, order: ReferenceInfo | None) -> dict[str, Any]:
    labels = {
        "cart": _("In a buyer's cart"),
        "checkout": _("A buyer is paying"),
        "purchase": _("Ordered, not shipped yet"),
        "order": _("Ordered"),
        "deal": _("Promised in a deal"),
        "quote": _("Promised in a quotation"),
    }
    kind = reservation.reference.partition(":")[0]
    expires_soon = reservation.expires_at - clock.now() < OPEN_ENDED_AFTER
    return {
        "label": labels.get(kind, _("Kept")),
        "order": order if order is not None and order.url else None,
        "quantity": reservation.quantity,
        "expires_at": reservation.expires_at if expires_soon else None,
    }
