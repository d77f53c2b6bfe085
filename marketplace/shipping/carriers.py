"""Tracking events from carriers: client protocol and a sandbox carrier driven by the clock (tracking by both sides, DE2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import lazy_gettext as _l

from marketplace.shipping.models import Carrier, ParcelState

TRACKING_NUMBER_PATTERN = re.compile(r"^[A-Z0-9]{6,30}$")


@dataclass(frozen=True, kw_only=True)
class TrackingEvent:
    """A tracking event; `event_key` identifies it within its parcel."""

    event_key: str
    occurred_at: datetime
    state: ParcelState
    location: str
    description: str


class CarrierClient(Protocol):
    """Client of a carrier's tracking API."""

    def fetch_events(
        self, *, tracking_number: str, shipped_at: datetime, destination: str, now: datetime
    ) -> Sequence[TrackingEvent]:
        """Return all tracking events of a parcel up to `now`.

        Raises:
            ServiceUnavailable: The carrier does not answer.
        """


SANDBOX_STAGES = (
    ("collected", timedelta(hours=2), ParcelState.IN_TRANSIT),
    ("sorted", timedelta(hours=9), ParcelState.IN_TRANSIT),
    ("on_road", timedelta(hours=20), ParcelState.IN_TRANSIT),
    ("arrived", timedelta(hours=38), ParcelState.IN_TRANSIT),
    ("out", timedelta(hours=45), ParcelState.OUT_FOR_DELIVERY),
    ("delivered", timedelta(hours=49), ParcelState.DELIVERED),
)
STAGE_LABELS = {
    "collected": _l("Collected by the courier"),
    "sorted": _l("Left the sorting centre"),
    "on_road": _l("On the way to the next transit centre"),
    "arrived": _l("Arrived at the station of destination"),
    "out": _l("The courier is on the way to you"),
    "delivered": _l("Signed for"),
}


class SandboxCarrier:
    """A simulated carrier that delivers in about two days, so that a marketplace without carrier contracts can be tried out."""

    def fetch_events(
        self, *, tracking_number: str, shipped_at: datetime, destination: str, now: datetime
    ) -> Sequence[TrackingEvent]:
        """Return the stages reached until `now`, shifted by up to four hours derived from the tracking number."""
        offset = timedelta(minutes=sum(map(ord, tracking_number)) % 240)
        return [
            TrackingEvent(
                event_key=key,
                occurred_at=shipped_at + elapsed + offset,
                state=state,
                location=destination
                if state in (ParcelState.OUT_FOR_DELIVERY, ParcelState.DELIVERED) or key == "arrived"
                else "",
                description=key,
            )
            for key, elapsed, state in SANDBOX_STAGES
            if shipped_at + elapsed + offset <= now
        ]


CARRIER_CLIENTS: Mapping[Carrier, CarrierClient] = {Carrier.SANDBOX: SandboxCarrier()}


def normalize_tracking_number(text: str) -> str | None:
    """Return the stored form of a tracking number, or None if it is invalid."""
    number = re.sub(r"[\s-]", "", text).upper()
    return number if TRACKING_NUMBER_PATTERN.match(number) else None
