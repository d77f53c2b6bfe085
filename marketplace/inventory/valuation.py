"""Valuation of stock at cost, without database access."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from marketplace.kernel.money import Money


def average_cost(*, current_average: Decimal | None, on_hand: Decimal, cost: int, quantity: Decimal) -> Decimal:
    """Return the moving weighted average cost of one unit, in minor units, after a receipt of `quantity` at `cost` each.

    If nothing is in stock, or the cost of what is in stock is unknown, the cost of the receipt becomes the average of all
    units.
    """
    if current_average is None or on_hand <= 0:
        return Decimal(cost)
    return ((current_average * on_hand + cost * quantity) / (on_hand + quantity)).quantize(Decimal("0.000001"))


def stock_value(*, average: Decimal, quantity: Decimal, currency: str) -> Money:
    """Return what `quantity` units have cost, rounded half-even once."""
    return Money(int((average * quantity).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency)
