"""Price ladders, minimum quantities, stock and delivery times that make sense in the trade."""

from dataclasses import dataclass
from random import Random

from .lines import Line
from .merchants import Merchant
from .product import Tier

_KIND_FACTOR = {"manufacturer": 1.0, "agent": 1.1, "dealer": 1.07, "trader": 1.15}


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a product is sold."""

    tiers: tuple[Tier, ...]
    minimum: int
    maximum: int | None
    step: int
    lead_days: int


def terms(line: Line, yuan: float, merchant: Merchant, dice: Random) -> Terms:
    """The ladder of a product: the first price from the smallest quantity, then two or three rungs down."""
    fen = yuan * 100 * _KIND_FACTOR[merchant.kind] * dice.uniform(0.94, 1.08)
    minimum, step = _smallest(line.unit, yuan, merchant.kind, dice)
    tiers = ladder(fen, minimum, steep=merchant.kind == "manufacturer")
    ready = dice.random() < (0.6 if merchant.kind == "manufacturer" else 0.9)
    slow = "hand" in line.name.en or "wax-resist" in line.finishes
    lead = dice.choice((1, 1, 2, 3)) if ready and not slow else dice.choice((7, 10, 12, 15, 20) if not slow else (20, 25, 30))
    maximum = minimum * dice.choice((200, 400)) if dice.random() < 0.12 else None
    return Terms(tiers, minimum, maximum, step, lead)


def ladder(fen: float, minimum: int, steep: bool) -> tuple[Tier, ...]:
    """Three rungs; makers give more for quantity than dealers. Every rung is cheaper than the one before."""
    shares = (1.0, 0.94, 0.87) if steep else (1.0, 0.96, 0.92)
    prices = [_rounded(fen * share) for share in shares]
    rungs = [Tier(minimum, prices[0])]
    for quantity, price in zip((minimum * 5, minimum * 20), prices[1:], strict=True):
        if price < rungs[-1].fen:
            rungs.append(Tier(quantity, price))
    return tuple(rungs)


def _rounded(fen: float) -> int:
    """To ten fen below 20 yuan, to fifty below 200, else to whole yuan."""
    grain = 10 if fen < 2_000 else 50 if fen < 20_000 else 100
    return max(grain, round(fen / grain) * grain)


def _smallest(unit: str, yuan: float, kind: str, dice: Random) -> tuple[int, int]:
    """Minimum and step of an order line."""
    fixed = {"kilogram": (25, 5), "pair": (60, 12), "set": (2, 1), "pack": (1, 1), "roll": (1, 1), "box": (1, 1)}
    if unit in fixed:
        return fixed[unit]
    if unit == "piece":
        return (dice.choice((10, 20)) if yuan < 40 else dice.choice((3, 5)) if yuan < 150 else 2), 1
    small = kind in ("trader", "dealer")
    if yuan > 60:
        return (dice.choice((1, 3, 5)), 1)
    if yuan > 15:
        return (dice.choice((5, 10)) if small else dice.choice((10, 20, 30))), 1
    return (dice.choice((10, 20)) if small else dice.choice((50, 60, 100))), 10 if not small else 1


def stock(unit: str, minimum: int, lead_days: int, dice: Random) -> int:
    """What lies in the warehouse: little of what is made to order, now and then nothing."""
    if dice.random() < 0.05:
        return 0
    base = {"metre": 800, "kilogram": 900, "pair": 2400, "set": 60, "piece": 180, "pack": 120, "roll": 150, "box": 90}.get(
        unit, 300
    )
    amount = base * dice.uniform(0.3, 3.2) * (0.35 if lead_days > 3 else 1.0)
    return max(minimum * 2, round(amount))
