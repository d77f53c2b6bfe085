"""Units that goods are sold by, with exact conversions to the base unit of their measure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.kernel.labels import Labelled


def _n(one: str, many: str) -> tuple[str, str]:
    """What is counted is called differently when there are several: 1 pack, 5 packs."""
    return one, many


class Unit(Labelled):
    """A unit of sale: its base unit, how many of the base it holds, and how many decimals people order it in."""

    base_value: str
    factor: Fraction
    places: int
    counted: tuple[str, str] | None

    def __new__(cls, value: str, label: Any = None, base: str = "", factor: str = "1", places: int = 0) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.counted = label if isinstance(label, tuple) else None
        member.label = _l(label[0]) if isinstance(label, tuple) else label
        member.base_value = base or value
        member.factor = Fraction(factor)
        member.places = places
        return member

    PIECE = "piece", _n("piece", "pieces")
    METRE = "metre", _l("m"), "metre", "1", 2
    YARD = "yard", _l("yd"), "metre", "0.9144", 2
    KILOGRAM = "kilogram", _l("kg"), "kilogram", "1", 2
    JIN = "jin", _l("jin"), "kilogram", "0.5", 1
    TON = "ton", _l("t"), "kilogram", "1000", 3
    SQUARE_METRE = "square_metre", _l("m²"), "square_metre", "1", 2
    ROLL = "roll", _n("roll", "rolls")
    SET = "set", _n("set", "sets")
    PAIR = "pair", _n("pair", "pairs"), "piece", "2"
    DOZEN = "dozen", _l("dozen"), "piece", "12"
    BOX = "box", _n("box", "boxes")
    PACK = "pack", _n("pack", "packs")

    @property
    def base(self) -> Unit:
        """The unit in which quantities of this measure are compared."""
        return Unit(self.base_value)

    def of(self, quantity: Decimal | int | float) -> str:
        """What so much of it is called: 1 pack, 5 packs, 5 m."""
        if self.counted is None:
            return str(self.label)
        one, many = self.counted
        return str(ngettext(one, many, 1 if quantity == 1 else 2))
