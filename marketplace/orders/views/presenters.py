"""Presentation of orders: progress steps, history entries, available transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.localized_text import localize
from marketplace.media.uploads import PictureView
from marketplace.orders.actors import line_picture
from marketplace.orders.extensions import extensions
from marketplace.orders.models import OPEN_STATES, Order, OrderEvent, OrderState
from marketplace.orders.services import NamedActor
from marketplace.orders.views import change_description
from marketplace.orders.workflow import ActorKind, Workflow

EVENT_LABELS: Mapping[str, tuple[Any, str, str]] = {
    "placed": (_l("Order placed"), "", "order"),
    "change": (_l("Changed by the buyer"), "due", "edit"),
    "pay": (_l("Paid; the market holds the money until receipt"), "good", "money"),
    "approve_order": (_l("Order review passed"), "good", "check"),
    "approve_finance": (_l("Finance review passed"), "good", "check"),
    "release": (_l("Outbound review passed, released to the warehouse"), "good", "warehouse"),
    "parcel": (_l("Parcel handed over"), "info", "truck"),
    "ship": (_l("Everything has been shipped"), "info", "truck"),
    "receive": (_l("Receipt confirmed"), "good", "check-circle"),
    "cancel": (_l("Cancelled by the buyer"), "bad", "close"),
    "cancel_by_merchant": (_l("Called off by the merchant"), "bad", "close"),
    "reject": (_l("Did not pass the review; the order is closed"), "bad", "stop"),
    "expire": (_l("Cancelled: not paid in time"), "bad", "clock"),
    "note": (_l("Note"), "", "talk"),
}
TRANSITION_LABELS: Mapping[str, Any] = {
    "approve_order": _l("Pass the order review"),
    "approve_finance": _l("Pass the finance review"),
    "release": _l("Release to the warehouse"),
    "ship": _l("Ship"),
    "reject": _l("Refuse"),
    "cancel_by_merchant": _l("Call off"),
}
SYSTEM_ACTOR_LABELS = {
    ActorKind.TIMER.value: _l("by time"),
    ActorKind.GATEWAY.value: _l("the cash desk"),
    ActorKind.PLATFORM.value: _l("the market"),
}


def progress_steps(order: Order, workflow: Workflow) -> list[dict[str, Any]]:
    """Return the steps of the progress indicator: completed steps with their dates, the current and the coming ones."""
    steps = [{"label": _("Placed"), "state": "done", "note": order.placed_at}]
    reached = True
    for state in workflow.main_path():
        is_current = state.name == order.state.value
        reached = reached and not is_current
        status = (
            "now"
            if is_current and order.state in OPEN_STATES
            else "done"
            if (reached or is_current) and _has_entered(order, state.name)
            else ""
        )
        steps.append(
            {"label": _step_label(state.name, status), "state": status, "note": _left_state_at(order, workflow, state.name)}
        )
    if order.state in (OrderState.CANCELLED, OrderState.CLOSED):
        # The state in which an order was cancelled was entered but never completed.
        steps = [step for step in steps if step["state"] == "done" and step["note"]]
        steps.append({"label": order.state.label, "state": "bad", "note": order.ended_at})
    return steps


def _has_entered(order: Order, state: str) -> bool:
    return state in order.state_times


def _step_label(state: str, status: str) -> Any:
    done_labels = {
        "payment": _("Paid"),
        "order_review": _("Reviewed"),
        "finance_review": _("Finance reviewed"),
        "outbound_review": _("Released"),
        "shipping": _("Shipped"),
        "receipt": _("Receipt confirmed"),
    }
    return done_labels[state] if status == "done" and state in done_labels else OrderState(state).label


def _left_state_at(order: Order, workflow: Workflow, state: str) -> Any:
    """Return when the order left a state: the time it entered the next state on the main path."""
    names = [step.name for step in workflow.main_path()]
    later_states = names[names.index(state) + 1 :]
    state_times = order.facts().state_times
    return next((state_times[name][1] for name in later_states if name in state_times), None) if state in state_times else None


def timeline(order: Order, events: Sequence[OrderEvent], *, internal: bool) -> list[dict[str, Any]]:
    """Return the history as timeline entries, including the placing; buyers see "the merchant" instead of a staff name."""
    return [
        *(_event_entry(event, internal, order.currency) for event in events),
        _placed_entry(order, _original_note(order, events), internal),
    ]


def _original_note(order: Order, events: Sequence[OrderEvent]) -> str:
    """Return the note with which the order was placed, before any change."""
    notes = [event.details["note"][0] for event in events if "note" in event.details]
    return str(notes[-1]) if notes else order.note


def _placed_entry(order: Order, note: str, internal: bool) -> dict[str, Any]:
    label, tone, icon = EVENT_LABELS["placed"]
    by = order.buyer_name if internal else _("you")
    return {"label": label, "at": order.placed_at, "by": by, "tone": tone, "icon": icon, "comment": note, "detail": ""}


def _event_entry(event: OrderEvent, internal: bool, currency: str) -> dict[str, Any]:
    label, tone, icon = EVENT_LABELS.get(event.kind, (event.kind, "", ""))
    by = SYSTEM_ACTOR_LABELS.get(event.actor_kind, "")
    if event.actor_kind == ActorKind.STAFF.value:
        by = event.name if internal else _("the merchant")
    elif event.actor_kind == ActorKind.BUYER.value:
        by = event.name if internal else _("you")
    comment, detail = event.comment, ""
    if event.kind == "parcel":
        comment, detail = "", parcel_label(event.comment)
    if event.kind == "change":
        detail = change_description.describe_change(event.details, currency)
    return {"label": label, "at": event.at, "by": by, "tone": tone, "icon": icon, "comment": comment, "detail": detail}


def parcel_label(text: str) -> str:
    """Return a comment such as `sf SF123` as the carrier's name and the tracking number."""
    carrier, _sep, number = text.partition(" ")
    return f"{extensions.carriers.get(carrier, carrier)} {number}"


def preview_picture(order: Order) -> PictureView | None:
    """Return the picture of an order's first line."""
    return line_picture(order.line_preview.get("picture"), localize(order.line_preview.get("title") or {}))


def staff_transitions(order: Order, workflow: Workflow, by: NamedActor) -> list[str]:
    """Return the names of the transitions that this user can run now; shipping has its own page."""
    return [transition.name for transition in workflow.available_transitions(order.state.value, by.actor, order.facts())]


def can_ship(order: Order, workflow: Workflow, by: NamedActor) -> bool:
    """Return whether this user can ship a part of the order now."""
    return any(
        transition.name == "ship" and transition.allowed_for(by.actor)
        for transition in workflow.transitions_from(order.state.value)
    )
