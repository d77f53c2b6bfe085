"""How far an order has come by its age: waiting at a step, shipped in one parcel or two, received, called off."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

CARRIERS = ("sf", "zto", "yto", "deppon", "ane", "jd")
STEPS = ("order_review", "finance_review", "outbound_review", "shipping")
_DONE = "finished"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel: when it left and arrived, counted from the order; what is in it by SKU. ``arrived`` none: on the way."""

    carrier: str
    tracking: str
    left: timedelta
    arrived: timedelta | None
    contents: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ending:
    """Where an order stands: an order state of the market, with the parcels, and the reason if it was called off."""

    state: str
    paid: bool
    parcels: tuple[Parcel, ...] = ()
    reason: str = ""
    closed_after: timedelta | None = None


def ending(contents: dict[str, int], age: timedelta, lead_days: int, unpaid: bool, dice: Random) -> Ending:
    """The ending that suits an order of this age and delivery time. All orders of a purchase are paid or unpaid together."""
    days = age / timedelta(days=1)
    if unpaid:
        return Ending("payment", False) if days < 1 else Ending("closed", False, (), "unpaid", timedelta(hours=24))
    if dice.random() < 0.05 and days > 0.1:
        after = min(age * 0.9, timedelta(hours=dice.uniform(1, 30)))
        return Ending(
            "cancelled", True, (), dice.choice(("changed_mind", "wrong_order", "too_slow", "price", "out_of_stock")), after
        )
    ready = dice.uniform(0.6, 1.8) + (lead_days * 0.8 if lead_days > 3 else lead_days * 0.4)
    if days < ready:
        return Ending(STEPS[min(3, int(days / ready * 4 + dice.choice((0, 0, 1))))], True)
    return _shipped(contents, age, timedelta(days=ready), dice)


def _shipped(contents: dict[str, int], age: timedelta, left: timedelta, dice: Random) -> Ending:
    """Gone in one parcel or two; received when the last has been there for a day or some."""
    parts = _split(contents) if dice.random() < 0.22 else [contents]
    parcels, leaving = [], left
    for part in parts:
        if leaving < age and part:
            way = timedelta(days=dice.uniform(1.2, 4.5))
            parcels.append(
                Parcel(dice.choice(CARRIERS), _tracking(dice), leaving, leaving + way if leaving + way < age else None, part)
            )
        leaving += timedelta(days=dice.uniform(0.9, 3.0))
    if len(parcels) < len([part for part in parts if part]):
        return Ending("shipping", True, tuple(parcels))
    arrivals = [parcel.arrived for parcel in parcels if parcel.arrived]
    if len(arrivals) == len(parcels):
        received = max(arrivals) + timedelta(days=dice.choice((0.1, 0.4, 1.0, 2.5, 5.0)))
        if received < age:
            return Ending(_DONE, True, tuple(parcels), "", received)
    return Ending("receipt", True, tuple(parcels))


def _split(contents: dict[str, int]) -> list[dict[str, int]]:
    """Two parcels: half of the lines each, or, of one line, about half of its quantity."""
    skus = list(contents)
    if len(skus) > 1:
        half = len(skus) // 2
        return [{sku: contents[sku] for sku in skus[:half]}, {sku: contents[sku] for sku in skus[half:]}]
    first = contents[skus[0]] // 2
    return [{skus[0]: first}, {skus[0]: contents[skus[0]] - first}] if first else [contents]


def _tracking(dice: Random) -> str:
    return "JS" + "".join(str(dice.randrange(10)) for _ in range(11))
