"""What the stock pages say: movements as events, holds in the words of a warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from marketplace.catalogue.models import Unit
from marketplace.inventory.models import MovementKind, StockHold
from marketplace.inventory.queries import Line

KIND_TONES: Mapping[str, str] = {
    MovementKind.RECEIVED: "good",
    MovementKind.RETURNED: "good",
    MovementKind.SOLD: "info",
    MovementKind.WRITTEN_OFF: "bad",
    MovementKind.CORRECTED: "due",
    MovementKind.COUNTED: "due",
    MovementKind.TRANSFERRED: "",
}
ICONS = {
    MovementKind.RECEIVED: "plus",
    MovementKind.RETURNED: "undo",
    MovementKind.SOLD: "minus",
    MovementKind.WRITTEN_OFF: "trash",
    MovementKind.CORRECTED: "edit",
    MovementKind.COUNTED: "check",
    MovementKind.TRANSFERRED: "swap",
}


def plain(quantity: Decimal) -> str:
    """A quantity as people write it."""
    return f"{quantity.normalize():,f}"


def signed(quantity: Decimal) -> str:
    """+12 or −3."""
    return f"+{plain(quantity)}" if quantity > 0 else f"−{plain(-quantity)}"


def events_of(lines: Iterable[Line], unit: Unit) -> list[dict[str, Any]]:
    """The book of a variant as a timeline: what moved, where, and how many there were then."""
    return [
        {
            "label": f"{line.kind.label} {signed(line.quantity)} {unit.of(line.quantity)}",
            "detail": _("%(place)s · then %(total)s in all", place=line.location, total=plain(line.total)),
            "at": line.at,
            "tone": KIND_TONES[line.kind] if KIND_TONES[line.kind] != "info" else "",
            "icon": ICONS[line.kind],
            "said": line.note,
            "by": line.cause,
        }
        for line in lines
    ]


def explain_hold(hold: StockHold) -> dict[str, Any]:
    """A hold as a line: for what, how many, until when."""
    kinds = {
        "cart": _("In a buyer's cart"),
        "checkout": _("A buyer is paying"),
        "purchase": _("A buyer is paying"),
        "order": _("Ordered"),
        "deal": _("Promised in a deal"),
        "quote": _("Promised in a quotation"),
    }
    kind = hold.cause.partition(":")[0]
    return {"what": kinds.get(kind, _("Kept")), "quantity": hold.quantity, "until": hold.until}
