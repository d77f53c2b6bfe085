"""View models of parcels for order and parcel pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.orders.extensions import extensions, register_parcel_source
from marketplace.shipping import queries
from marketplace.shipping.carriers import STAGE_LABELS
from marketplace.shipping.models import PARCEL_TONES, Carrier, Parcel, ParcelEvent, ParcelState

STATE_ICONS: Mapping[ParcelState, tuple[str, str]] = {
    ParcelState.SHIPPED: ("", "box"),
    ParcelState.IN_TRANSIT: ("info", "truck"),
    ParcelState.OUT_FOR_DELIVERY: ("due", "pin"),
    ParcelState.DELIVERED: ("good", "check"),
    ParcelState.EXCEPTION: ("bad", "warning"),
}

extensions.carriers.update({carrier.value: carrier.label for carrier in Carrier})


@register_parcel_source
def parcel_views_for_orders(order_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the parcels of orders with contents and events. Three statements, or one if there are no parcels."""
    return parcel_views(queries.list_parcels_of_orders(order_ids))


def parcel_views(parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    """Return parcels as the templates expect them."""
    if not parcels:
        return []
    ids = [parcel.id for parcel in parcels]
    contents_by_parcel, events_by_parcel = queries.get_contents(ids), queries.tracking_events(ids)
    return [
        {
            "parcel": parcel,
            "carrier": parcel.carrier.label,
            "number": parcel.tracking_number,
            "state": parcel.state,
            "tone": PARCEL_TONES.get(parcel.state.value, ""),
            "contents": contents_by_parcel.get(parcel.id, []),
            "events": [event_view(event) for event in events_by_parcel.get(parcel.id, [])],
        }
        for parcel in parcels
    ]


def event_view(event: ParcelEvent) -> dict[str, Any]:
    """Return a tracking event as the `timeline` macro expects it."""
    tone, icon = STATE_ICONS[event.state]
    stage_label = STAGE_LABELS.get(event.description) if event.by_carrier else None
    label = stage_label or (event.state.label if event.description in ("", "shipped") else event.description)
    reporter = _("the carrier") if event.by_carrier else ""
    return {"label": label, "at": event.at, "tone": tone, "icon": icon, "detail": event.location, "by": reporter}
