"""The state of an order by its age: at a review step, shipped in one or two parcels, received, cancelled."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

CARRIERS = ("sf", "zto", "yto", "deppon", "ane", "jd")
STEPS = ("order_review", "finance_review", "outbound_review", "shipping")
_FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel: times relative to the order, contents by SKU. ``delivered_after`` is None while it is in transit."""

    carrier: str
    tracking: str
    shipped_after: timedelta
    delivered_after: timedelta | None
    contents: dict[str, int]


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """The state of an order, with its parcels, and the reason if it was cancelled."""

    state: str
    paid: bool
    parcels: tuple[Parcel, ...] = ()
    reason: str = ""
    closed_after: timedelta | None = None


def decide_outcome(contents: dict[str, int], age: timedelta, lead_days: int, unpaid: bool, rng: Random) -> OrderOutcome:
    """Return the outcome for an order of this age and lead time. All orders of a purchase are paid, or none."""
    days = age / timedelta(days=1)
    if unpaid:
        return OrderOutcome("payment", False) if days < 1 else OrderOutcome("closed", False, (), "unpaid", timedelta(hours=24))
    if rng.random() < 0.05 and days > 0.1:
        after = min(age * 0.9, timedelta(hours=rng.uniform(1, 30)))
        return OrderOutcome(
            "cancelled", True, (), rng.choice(("changed_mind", "wrong_order", "too_slow", "price", "out_of_stock")), after
        )
    dispatch_days = rng.uniform(0.6, 1.8) + (lead_days * 0.8 if lead_days > 3 else lead_days * 0.4)
    if days < dispatch_days:
        return OrderOutcome(STEPS[min(3, int(days / dispatch_days * 4 + rng.choice((0, 0, 1))))], True)
    return _shipped_outcome(contents, age, timedelta(days=dispatch_days), rng)


def _shipped_outcome(contents: dict[str, int], age: timedelta, shipped_after: timedelta, rng: Random) -> OrderOutcome:
    """Return the outcome of a shipped order: one or two parcels, received some time after the last delivery."""
    parts = _split_contents(contents) if rng.random() < 0.22 else [contents]
    parcels, next_shipment = [], shipped_after
    for part in parts:
        if next_shipment < age and part:
            transit_time = timedelta(days=rng.uniform(1.2, 4.5))
            parcels.append(
                Parcel(
                    rng.choice(CARRIERS),
                    _tracking(rng),
                    next_shipment,
                    next_shipment + transit_time if next_shipment + transit_time < age else None,
                    part,
                )
            )
        next_shipment += timedelta(days=rng.uniform(0.9, 3.0))
    if len(parcels) < len([part for part in parts if part]):
        return OrderOutcome("shipping", True, tuple(parcels))
    arrivals = [parcel.delivered_after for parcel in parcels if parcel.delivered_after]
    if len(arrivals) == len(parcels):
        received = max(arrivals) + timedelta(days=rng.choice((0.1, 0.4, 1.0, 2.5, 5.0)))
        if received < age:
            return OrderOutcome(_FINISHED, True, tuple(parcels), "", received)
    return OrderOutcome("receipt", True, tuple(parcels))


def _split_contents(contents: dict[str, int]) -> list[dict[str, int]]:
    """Split an order into two parcels: half of the lines each, or half of the quantity of a single line."""
    skus = list(contents)
    if len(skus) > 1:
        half = len(skus) // 2
        return [{sku: contents[sku] for sku in skus[:half]}, {sku: contents[sku] for sku in skus[half:]}]
    first = contents[skus[0]] // 2
    return [{skus[0]: first}, {skus[0]: contents[skus[0]] - first}] if first else [contents]


def _tracking(rng: Random) -> str:
    return "JS" + "".join(str(rng.randrange(10)) for _ in range(11))
