"""Price tiers and order quantities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from flask_babel import gettext

from marketplace.catalogue.models.units import Unit
from marketplace.kernel.formatting import format_number, format_quantity
from marketplace.kernel.money import Money

_: Callable[..., str] = gettext

THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Tier:
    """A price tier: from this quantity on, one unit costs `price`."""

    from_quantity: Decimal
    price: Money


@dataclass(frozen=True, slots=True)
class NextTier:
    """The next cheaper tier: `additional_quantity` more units reduce the unit price to `price`."""

    additional_quantity: Decimal
    from_quantity: Decimal
    price: Money


def unit_price_at(tiers: Sequence[Tier], quantity: Decimal) -> Money:
    """Return the unit price at this quantity; below the first tier, the price of the first tier.

    Raises:
        ValueError: There are no tiers: a variant without a price cannot be sold.
    """
    if not tiers:
        raise ValueError("no price tiers")
    sorted_tiers = sorted(tiers, key=lambda tier: tier.from_quantity)
    reached_tiers = [tier for tier in sorted_tiers if tier.from_quantity <= quantity]
    return (reached_tiers[-1] if reached_tiers else sorted_tiers[0]).price


def next_tier(tiers: Sequence[Tier], quantity: Decimal) -> NextTier | None:
    """Return the next tier that is cheaper than the present price, for the hint "buy n more"; None at the last tier."""
    if not tiers:
        return None
    current_price = unit_price_at(tiers, quantity)
    for tier in sorted(tiers, key=lambda tier: tier.from_quantity):
        if tier.from_quantity > quantity and tier.price < current_price:
            return NextTier(tier.from_quantity - quantity, tier.from_quantity, tier.price)
    return None


def validate_tiers(tiers: Sequence[Tier]) -> str | None:
    """Return why the tiers are invalid, or None. Larger quantities must not have a higher unit price."""
    sorted_tiers = sorted(tiers, key=lambda tier: tier.from_quantity)
    quantities = [tier.from_quantity for tier in sorted_tiers]
    if len(set(quantities)) < len(quantities):
        return _("Two lines of the price ladder begin at the same quantity.")
    for lower, higher in pairwise(sorted_tiers):
        if higher.price > lower.price:
            return _(
                "From %(quantity)s on, the price is higher than below. Larger quantities must not cost more.",
                quantity=_format_quantity(higher.from_quantity),
            )
    return None


def validate_quantity(
    quantity: Decimal,
    minimum: Decimal = Decimal(1),
    maximum: Decimal | None = None,
    step: Decimal = Decimal(1),
    unit: Unit = Unit.PIECE,
) -> str | None:
    """Return why this quantity cannot be ordered, with the possible quantities in their unit, or None.

    Steps are counted from the minimum: a minimum of 2 and a step of 5 allow 2, 7, 12 …
    """
    if not quantity.is_finite() or quantity <= 0:
        return _("Enter a quantity greater than zero.")
    if quantity < minimum:
        return _below_minimum_error(quantity, minimum, unit)
    if maximum is not None and quantity > maximum:
        return _("The largest order is %(maximum)s.", maximum=format_quantity(maximum, unit))
    remainder = (quantity - minimum) % step
    if remainder:
        below, above = quantity - remainder, quantity - remainder + step
        if maximum is not None and above > maximum:
            return _(
                "This is sold in steps of %(step)s: take %(below)s.",
                step=format_quantity(step, unit),
                below=format_quantity(below, unit),
            )
        return _(
            "This is sold in steps of %(step)s: take %(below)s or %(above)s.",
            step=format_quantity(step, unit),
            below=format_number(below),
            above=format_quantity(above, unit),
        )
    return None


def _below_minimum_error(quantity: Decimal, minimum: Decimal, unit: Unit) -> str:
    """Return the message for a quantity below the minimum.

    The missing quantity is named only if it can be ordered: not 18.5 packs.
    """
    missing = minimum - quantity
    if unit.decimals == 0 and missing % 1:
        return _("The smallest order is %(minimum)s.", minimum=format_quantity(minimum, unit))
    return _(
        "The smallest order is %(minimum)s: %(more)s more.",
        minimum=format_quantity(minimum, unit),
        more=format_quantity(missing, unit),
    )


def convert_quantity(quantity: Decimal, unit: Unit, target_unit: Unit) -> Decimal:
    """Convert a quantity to another unit of the same dimension, rounded to thousandths.

    Raises:
        ValueError: The units have different dimensions.
    """
    if unit.base_value != target_unit.base_value:
        raise ValueError(f"{unit} is not measured in {target_unit}")
    exact = Fraction(quantity) * unit.factor / target_unit.factor
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(THOUSANDTH)


def _format_quantity(quantity: Decimal) -> str:
    """Return a quantity without trailing zeros and without exponent."""
    return f"{quantity.normalize():f}"
