"""What the stock pages say: movements as events, holds in the words of a warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from billing.references import Described, describe
from marketplace.catalogue.models import Unit
from marketplace.inventory.models import MovementKind, StockHold
from marketplace.inventory.queries import Line
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from marketplace.kernel.words import money

FAR = timedelta(days=60)
"""A deadline beyond this is none to wait for: what is ordered stays kept until it is shipped."""
KIND_TONES: Mapping[str, str] = {
    MovementKind.RECEIVED: "good",
    MovementKind.RETURNED: "good",
    MovementKind.SOLD: "info",
    MovementKind.WRITTEN_OFF: "bad",
    MovementKind.CORRECTED: "due",
    MovementKind.COUNTED: "due",
    MovementKind.TRANSFERRED: "",
}
BY_ORDERS = (MovementKind.SOLD, MovementKind.RETURNED)
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


def moved_by(line: Any, names: Mapping[UUID, str]) -> str:
    """Who moved goods: a buyer by an order, a colleague by name, the market's staff, or nobody."""
    if line.kind in BY_ORDERS:
        return str(_("A buyer's order"))
    if line.account_id is None:
        return str(_("The system"))
    return names.get(line.account_id) or str(_("The market"))


def events_of(lines: Iterable[Line], unit: Unit, names: Mapping[UUID, str], currency: str = "") -> list[dict[str, Any]]:
    """The book of a variant as a timeline: what moved, where, who did it, how many there were then; with `currency` its cost."""
    return [
        {
            "label": f"{line.kind.label} {signed(line.quantity)} {unit.of(line.quantity)}",
            "detail": _detail(line, unit, currency),
            "at": line.at,
            "tone": KIND_TONES[line.kind] if KIND_TONES[line.kind] != "info" else "",
            "icon": ICONS[line.kind],
            "said": line.note,
            "by": moved_by(line, names),
        }
        for line in lines
    ]


def _detail(line: Line, unit: Unit, currency: str) -> str:
    said = _("%(place)s · then %(total)s in all", place=line.location, total=plain(line.total))
    if not currency or line.unit_cost is None:
        return str(said)
    price = money(Money(line.unit_cost, currency))
    return str(said + " · " + _("%(price)s a %(unit)s", price=price, unit=unit.label))


def explain_holds(holds: Sequence[StockHold]) -> list[dict[str, Any]]:
    """Holds as lines: for what, how many, until when. An order keeps its goods until they are shipped or it is called off."""
    causes = describe((hold.cause for hold in holds if hold.cause.startswith("purchase:")), door="desk")
    return [_explained(hold, causes.get(hold.cause)) for hold in holds]


def _explained(hold: StockHold, order: Described | None) -> dict[str, Any]:
    kinds = {
        "cart": _("In a buyer's cart"),
        "checkout": _("A buyer is paying"),
        "purchase": _("Ordered, not shipped yet"),
        "order": _("Ordered"),
        "deal": _("Promised in a deal"),
        "quote": _("Promised in a quotation"),
    }
    kind = hold.cause.partition(":")[0]
    soon = hold.until - clock.now() < FAR
    return {
        "what": kinds.get(kind, _("Kept")),
        "order": order if order is not None and order.url else None,
        "quantity": hold.quantity,
        "until": hold.until if soon else None,
    }
