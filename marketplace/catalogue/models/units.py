"""Units that goods are sold by, with exact conversions to the base unit of their measure."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import Labelled


class Unit(Labelled):
    """A unit of sale: its base unit, how many of the base it holds, and how many decimals people order it in."""

    base_value: str
    factor: Fraction
    places: int

    def __new__(cls, value: str, label: Any = None, base: str = "", factor: str = "1", places: int = 0) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = value if label is None else label
        member.base_value = base or value
        member.factor = Fraction(factor)
        member.places = places
        return member

    PIECE = "piece", _l("piece")
    METRE = "metre", _l("m"), "metre", "1", 2
    YARD = "yard", _l("yd"), "metre", "0.9144", 2
    KILOGRAM = "kilogram", _l("kg"), "kilogram", "1", 2
    JIN = "jin", _l("jin"), "kilogram", "0.5", 1
    TON = "ton", _l("t"), "kilogram", "1000", 3
    SQUARE_METRE = "square_metre", _l("m²"), "square_metre", "1", 2
    ROLL = "roll", _l("roll")
    SET = "set", _l("set")
    PAIR = "pair", _l("pair"), "piece", "2"
    DOZEN = "dozen", _l("dozen"), "piece", "12"
    BOX = "box", _l("box")
    PACK = "pack", _l("pack")

    @property
    def base(self) -> Unit:
        """The unit in which quantities of this measure are compared."""
        return Unit(self.base_value)
