"""Plausible price tiers, minimum quantities, stock and lead times."""

from dataclasses import dataclass
from random import Random

from demo.merchants import Merchant
from demo.product import Tier
from demo.product_lines import ProductLine

_KIND_PRICE_FACTOR = {"manufacturer": 1.0, "agent": 1.1, "dealer": 1.07, "trader": 1.15}


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """The prices, quantities and lead time of a product."""

    tiers: tuple[Tier, ...]
    minimum: int
    maximum: int | None
    step: int
    lead_days: int


def make_terms(product_line: ProductLine, yuan: float, merchant: Merchant, rng: Random) -> SaleTerms:
    """Return the terms of a product: the first price from the minimum quantity, then one or two lower tiers."""
    fen = yuan * 100 * _KIND_PRICE_FACTOR[merchant.kind] * rng.uniform(0.94, 1.08)
    minimum, step = _minimum_and_step(product_line.unit, yuan, merchant.kind, rng)
    tiers = price_tiers(fen, minimum, steep=merchant.kind == "manufacturer")
    is_in_stock = rng.random() < (0.6 if merchant.kind == "manufacturer" else 0.9)
    is_handmade = "hand" in product_line.name.en or "wax-resist" in product_line.finishes
    lead_days = (
        rng.choice((1, 1, 2, 3))
        if is_in_stock and not is_handmade
        else rng.choice((7, 10, 12, 15, 20) if not is_handmade else (20, 25, 30))
    )
    maximum = minimum * rng.choice((200, 400)) if rng.random() < 0.12 else None
    return SaleTerms(tiers, minimum, maximum, step, lead_days)


def price_tiers(fen: float, minimum: int, steep: bool) -> tuple[Tier, ...]:
    """Return up to three tiers, each cheaper than the one before; manufacturers give larger discounts."""
    price_factors = (1.0, 0.94, 0.87) if steep else (1.0, 0.96, 0.92)
    prices = [_round_price(fen * share) for share in price_factors]
    tiers = [Tier(minimum, prices[0])]
    for quantity, price in zip((minimum * 5, minimum * 20), prices[1:], strict=True):
        if price < tiers[-1].fen:
            tiers.append(Tier(quantity, price))
    return tuple(tiers)


def _round_price(fen: float) -> int:
    """Round to 10 fen below 20 yuan, to 50 below 200, else to whole yuan."""
    grain = 10 if fen < 2_000 else 50 if fen < 20_000 else 100
    return max(grain, round(fen / grain) * grain)


def _minimum_and_step(unit: str, yuan: float, kind: str, rng: Random) -> tuple[int, int]:
    """Return minimum and step of an order line."""
    fixed = {"kilogram": (25, 5), "pair": (60, 12), "set": (2, 1), "pack": (1, 1), "roll": (1, 1), "box": (1, 1)}
    if unit in fixed:
        return fixed[unit]
    if unit == "piece":
        return (rng.choice((10, 20)) if yuan < 40 else rng.choice((3, 5)) if yuan < 150 else 2), 1
    small = kind in ("trader", "dealer")
    if yuan > 60:
        return (rng.choice((1, 3, 5)), 1)
    if yuan > 15:
        return (rng.choice((5, 10)) if small else rng.choice((10, 20, 30))), 1
    return (rng.choice((10, 20)) if small else rng.choice((50, 60, 100))), 10 if not small else 1


def random_stock(unit: str, minimum: int, lead_days: int, rng: Random) -> int:
    """Return a stock quantity: less of what is made to order, and zero in one of twenty cases."""
    if rng.random() < 0.05:
        return 0
    base = {"metre": 800, "kilogram": 900, "pair": 2400, "set": 60, "piece": 180, "pack": 120, "roll": 150, "box": 90}.get(
        unit, 300
    )
    amount = base * rng.uniform(0.3, 3.2) * (0.35 if lead_days > 3 else 1.0)
    return max(minimum * 2, round(amount))
