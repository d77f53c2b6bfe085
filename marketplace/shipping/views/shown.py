"""Parcels as pages show them, beside orders and by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.orders.beside import BESIDE, show_parcels
from marketplace.shipping import queries
from marketplace.shipping.carriers import WORDS
from marketplace.shipping.models import PARCEL_TONES, Carrier, Parcel, ParcelEvent, ParcelState

SIGNS: Mapping[ParcelState, tuple[str, str]] = {
    ParcelState.SHIPPED: ("", "box"),
    ParcelState.MOVING: ("info", "truck"),
    ParcelState.ARRIVING: ("due", "pin"),
    ParcelState.DELIVERED: ("good", "check"),
    ParcelState.TROUBLE: ("bad", "warning"),
}

BESIDE.carriers.update({carrier.value: carrier.label for carrier in Carrier})


@show_parcels
def parcels_of(order_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The parcels of some orders with what is in them and where they are: three statements, or one when there are none."""
    return views_of(queries.of_orders(order_ids))


def views_of(parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    """Parcels as a page's partial takes them."""
    if not parcels:
        return []
    ids = [parcel.id for parcel in parcels]
    inside, stories = queries.contents(ids), queries.stories(ids)
    return [
        {
            "parcel": parcel,
            "carrier": parcel.carrier.label,
            "number": parcel.tracking_number,
            "state": parcel.state,
            "tone": PARCEL_TONES.get(parcel.state.value, ""),
            "contents": inside.get(parcel.id, []),
            "events": [said(event) for event in stories.get(parcel.id, [])],
        }
        for parcel in parcels
    ]


def said(event: ParcelEvent) -> dict[str, Any]:
    """One report in words."""
    tone, sign = SIGNS[event.state]
    words = WORDS.get(event.said) if event.by_carrier else None
    label = words or (event.state.label if event.said in ("", "shipped") else event.said)
    by = _("the carrier") if event.by_carrier else ""
    return {"label": label, "at": event.at, "tone": tone, "icon": sign, "detail": event.place, "by": by}
