"""Orders as pages show them: the rail, the history in words, what the reader can do, what the papers need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.texts import pick
from marketplace.kernel.uploads import PictureView
from marketplace.orders.beside import BESIDE
from marketplace.orders.faces import picture
from marketplace.orders.models import OPEN_STATES, Order, OrderEvent, OrderState
from marketplace.orders.services import Doer
from marketplace.orders.views import told
from marketplace.orders.workflow import Kind, Who, Workflow

HAPPENED: Mapping[str, tuple[Any, str, str]] = {
    "placed": (_l("Order placed"), "", "order"),
    "change": (_l("Changed by the buyer"), "due", "edit"),
    "pay": (_l("Paid; the market holds the money until receipt"), "good", "money"),
    "pass_order": (_l("Order review passed"), "good", "check"),
    "pass_finance": (_l("Finance review passed"), "good", "check"),
    "release": (_l("Outbound review passed, released to the warehouse"), "good", "warehouse"),
    "parcel": (_l("Parcel handed over"), "info", "truck"),
    "ship": (_l("Everything has been shipped"), "info", "truck"),
    "receive": (_l("Receipt confirmed"), "good", "check-circle"),
    "cancel": (_l("Cancelled by the buyer"), "bad", "close"),
    "call_off": (_l("Called off by the merchant"), "bad", "close"),
    "refuse": (_l("Did not pass the review; the order is closed"), "bad", "stop"),
    "expire": (_l("Cancelled: not paid in time"), "bad", "clock"),
    "remark": (_l("Note"), "", "talk"),
}
STEP_WORDS: Mapping[str, Any] = {
    "pass_order": _l("Pass the order review"),
    "pass_finance": _l("Pass the finance review"),
    "release": _l("Release to the warehouse"),
    "ship": _l("Ship"),
    "refuse": _l("Refuse"),
    "call_off": _l("Call off"),
}
BY = {Who.CLOCK.value: _l("by time"), Who.GATEWAY.value: _l("the cash desk"), Who.MARKET.value: _l("the market")}


def rail(order: Order, workflow: Workflow) -> list[dict[str, Any]]:
    """The order's way for the rail: what is done with its day, where it stands, what comes."""
    steps = [{"label": _("Placed"), "state": "done", "note": order.placed_at}]
    passed = True
    for state in workflow.way():
        here = state.name == order.state.value
        passed = passed and not here
        stands = (
            "now" if here and order.state in OPEN_STATES else "done" if (passed or here) and _was_in(order, state.name) else ""
        )
        steps.append({"label": _way_word(state.name, stands), "state": stands, "note": _left_at(order, workflow, state.name)})
    if order.state in (OrderState.CANCELLED, OrderState.CLOSED):
        # A state from which an order ended was entered, but what it waited for never happened.
        steps = [step for step in steps if step["state"] == "done" and step["note"]]
        steps.append({"label": order.state.label, "state": "bad", "note": order.ended_at})
    return steps


def _was_in(order: Order, state: str) -> bool:
    return state in order.entered


def _way_word(state: str, stands: str) -> Any:
    done = {
        "payment": _("Paid"),
        "order_review": _("Reviewed"),
        "finance_review": _("Finance reviewed"),
        "outbound_review": _("Released"),
        "shipping": _("Shipped"),
        "receipt": _("Receipt confirmed"),
    }
    return done[state] if stands == "done" and state in done else OrderState(state).label


def _left_at(order: Order, workflow: Workflow, state: str) -> Any:
    """When the order left a state: when it came to the next one of its way."""
    names = [one.name for one in workflow.way()]
    following = names[names.index(state) + 1 :]
    entered = order.facts().entered
    return next((entered[name][1] for name in following if name in entered), None) if state in entered else None


def timeline(order: Order, events: Sequence[OrderEvent], *, inside: bool) -> list[dict[str, Any]]:
    """The history in words, down to the order itself. Buyers read "the merchant" instead of a colleague's name."""
    return [*(_happened(event, inside, order.currency) for event in events), _placed(order, _first_note(order, events), inside)]


def _first_note(order: Order, events: Sequence[OrderEvent]) -> str:
    """The word to the merchant with which the order was placed, whatever it was changed to since."""
    notes = [event.details["note"][0] for event in events if "note" in event.details]
    return str(notes[-1]) if notes else order.note


def _placed(order: Order, note: str, inside: bool) -> dict[str, Any]:
    label, tone, sign = HAPPENED["placed"]
    by = order.buyer_name if inside else _("you")
    return {"label": label, "at": order.placed_at, "by": by, "tone": tone, "icon": sign, "said": note, "detail": ""}


def _happened(event: OrderEvent, inside: bool, currency: str) -> dict[str, Any]:
    label, tone, sign = HAPPENED.get(event.kind, (event.kind, "", ""))
    by = BY.get(event.who, "")
    if event.who == Who.STAFF.value:
        by = event.name if inside else _("the merchant")
    elif event.who == Who.BUYER.value:
        by = event.name if inside else _("you")
    said, detail = event.said, ""
    if event.kind == "parcel":
        said, detail = "", parcel_word(event.said)
    if event.kind == "change":
        detail = told.change(event.details, currency)
    return {"label": label, "at": event.at, "by": by, "tone": tone, "icon": sign, "said": said, "detail": detail}


def parcel_word(said: str) -> str:
    """ "sf SF123" as the carrier's name and the number."""
    carrier, _sep, number = said.partition(" ")
    return f"{BESIDE.carriers.get(carrier, carrier)} {number}"


def first_picture(order: Order) -> PictureView | None:
    """The picture of an order's first line."""
    return picture(order.first_line.get("picture"), pick(order.first_line.get("title") or {}))


def staff_moves(order: Order, workflow: Workflow, by: Doer) -> list[str]:
    """The names of the moves that this colleague can make now; shipping has a page of its own."""
    return [move.name for move in workflow.open_moves(order.state.value, by.actor, order.facts())]


def may_ship(order: Order, workflow: Workflow, by: Doer) -> bool:
    """Whether this colleague can put something of the order into a parcel now."""
    return any(move.name == "ship" and move.open_to(by.actor) for move in workflow.moves_from(order.state.value))


def kind_of(order: Order, workflow: Workflow) -> Kind:
    """What the order waits for."""
    return workflow.by_name[order.state.value].kind
