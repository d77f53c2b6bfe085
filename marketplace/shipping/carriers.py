"""What a carrier tells about a parcel: a small promise, and a practice carrier that moves with the clock (DE1, DE2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import lazy_gettext as _l

from marketplace.shipping.models import Carrier, ParcelState

NUMBER = re.compile(r"^[A-Z0-9]{6,30}$")


@dataclass(frozen=True, kw_only=True)
class Report:
    """One line of a carrier's story; the same key twice is the same line."""

    key: str
    at: datetime
    state: ParcelState
    place: str
    said: str


class CarrierPort(Protocol):
    """Tells where a parcel is. Raises Unavailable when the carrier does not answer."""

    def reports(self, *, number: str, shipped_at: datetime, to: str, now: datetime) -> Sequence[Report]: ...


STAGES = (
    ("collected", timedelta(hours=2), ParcelState.MOVING),
    ("sorted", timedelta(hours=9), ParcelState.MOVING),
    ("on_road", timedelta(hours=20), ParcelState.MOVING),
    ("arrived", timedelta(hours=38), ParcelState.MOVING),
    ("out", timedelta(hours=45), ParcelState.ARRIVING),
    ("delivered", timedelta(hours=49), ParcelState.DELIVERED),
)
WORDS = {
    "collected": _l("Collected by the courier"),
    "sorted": _l("Left the sorting centre"),
    "on_road": _l("On the way to the next transit centre"),
    "arrived": _l("Arrived at the station of destination"),
    "out": _l("The courier is on the way to you"),
    "delivered": _l("Signed for"),
}


class PracticeCarrier:
    """Carries every parcel in about two days: so that a market without contracts can be tried out from end to end."""

    def reports(self, *, number: str, shipped_at: datetime, to: str, now: datetime) -> Sequence[Report]:
        """Everything that has happened until `now`; the number shifts the times a little, always by the same."""
        shift = timedelta(minutes=sum(map(ord, number)) % 240)
        return [
            Report(
                key=key,
                at=shipped_at + after + shift,
                state=state,
                place=to if state in (ParcelState.ARRIVING, ParcelState.DELIVERED) or key == "arrived" else "",
                said=key,
            )
            for key, after, state in STAGES
            if shipped_at + after + shift <= now
        ]


PORTS: Mapping[Carrier, CarrierPort] = {Carrier.PRETEND: PracticeCarrier()}


def tidy_number(text: str) -> str | None:
    """A tracking number as it is kept, or None when it is none."""
    number = re.sub(r"[\s-]", "", text).upper()
    return number if NUMBER.match(number) else None
