"""Price ladders and order quantities (behaviours 24, 27, 31)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from flask_babel import gettext

from marketplace.catalogue.models.units import Unit
from marketplace.kernel.money import Money
from marketplace.kernel.words import amount, number

_: Callable[..., str] = gettext

THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Tier:
    """From this quantity on, one unit costs `price`."""

    from_quantity: Decimal
    price: Money


@dataclass(frozen=True, slots=True)
class NextTier:
    """The next rung: buy `more` units in addition and each costs `price`."""

    more: Decimal
    from_quantity: Decimal
    price: Money


def price_at(tiers: Sequence[Tier], quantity: Decimal) -> Money:
    """The price of one unit at this quantity; below the first rung, that of the first.

    Raises ValueError for an empty ladder: what has no price cannot be sold.
    """
    if not tiers:
        raise ValueError("no price ladder")
    ladder = sorted(tiers, key=lambda tier: tier.from_quantity)
    reached = [tier for tier in ladder if tier.from_quantity <= quantity]
    return (reached[-1] if reached else ladder[0]).price


def next_tier(tiers: Sequence[Tier], quantity: Decimal) -> NextTier | None:
    """The next rung that is cheaper than the present price, for the hint "buy n more"; None at the top."""
    if not tiers:
        return None
    present = price_at(tiers, quantity)
    for tier in sorted(tiers, key=lambda tier: tier.from_quantity):
        if tier.from_quantity > quantity and tier.price < present:
            return NextTier(tier.from_quantity - quantity, tier.from_quantity, tier.price)
    return None


def ladder_errors(tiers: Sequence[Tier]) -> str | None:
    """Why a ladder cannot be kept, in one sentence; None when it can. More must never cost more for one unit."""
    ladder = sorted(tiers, key=lambda tier: tier.from_quantity)
    quantities = [tier.from_quantity for tier in ladder]
    if len(set(quantities)) < len(quantities):
        return _("Two lines of the price ladder begin at the same quantity.")
    for lower, higher in pairwise(ladder):
        if higher.price > lower.price:
            return _(
                "From %(quantity)s on, the price is higher than below. Larger quantities must not cost more.",
                quantity=_plain(higher.from_quantity),
            )
    return None


def quantity_complaint(
    quantity: Decimal,
    minimum: Decimal = Decimal(1),
    maximum: Decimal | None = None,
    step: Decimal = Decimal(1),
    unit: Unit = Unit.PIECE,
) -> str | None:
    """Why this quantity cannot be ordered, in one sentence that says what can, in its unit; None when it can.

    Steps are counted from the minimum: a minimum of 2 and a step of 5 allow 2, 7, 12 …
    """
    if not quantity.is_finite() or quantity <= 0:
        return _("Enter a quantity greater than zero.")
    if quantity < minimum:
        return _too_little(quantity, minimum, unit)
    if maximum is not None and quantity > maximum:
        return _("The largest order is %(maximum)s.", maximum=amount(maximum, unit))
    over = (quantity - minimum) % step
    if over:
        below, above = quantity - over, quantity - over + step
        if maximum is not None and above > maximum:
            return _("This is sold in steps of %(step)s: take %(below)s.", step=amount(step, unit), below=amount(below, unit))
        return _(
            "This is sold in steps of %(step)s: take %(below)s or %(above)s.",
            step=amount(step, unit),
            below=number(below),
            above=amount(above, unit),
        )
    return None


def _too_little(quantity: Decimal, minimum: Decimal, unit: Unit) -> str:
    """How much is missing is said where so much of it can be had: not 18.5 packs."""
    more = minimum - quantity
    if unit.places == 0 and more % 1:
        return _("The smallest order is %(minimum)s.", minimum=amount(minimum, unit))
    return _("The smallest order is %(minimum)s: %(more)s more.", minimum=amount(minimum, unit), more=amount(more, unit))


def convert(quantity: Decimal, unit: Unit, into: Unit) -> Decimal:
    """The same amount in another unit of the same measure, exact, kept to thousandths.

    Raises ValueError when the units measure different things.
    """
    if unit.base_value != into.base_value:
        raise ValueError(f"{unit} is not measured in {into}")
    exact = Fraction(quantity) * unit.factor / into.factor
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(THOUSANDTH)


def _plain(quantity: Decimal) -> str:
    """A quantity without idle zeros and without exponents."""
    return f"{quantity.normalize():f}"
