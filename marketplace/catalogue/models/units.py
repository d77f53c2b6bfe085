"""Units of sale, with exact conversions to the base unit of their dimension."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.kernel.labels import LabeledStrEnum


def _plural_forms(singular: str, plural: str) -> tuple[str, str]:
    """Return the singular and plural labels of a countable unit: 1 pack, 5 packs."""
    return singular, plural


class Unit(LabeledStrEnum):
    """A unit of sale: its base unit, the factor to the base unit, and the decimals of order quantities."""

    base_value: str
    factor: Fraction
    decimals: int
    plural_forms: tuple[str, str] | None

    def __new__(cls, value: str, label: Any = None, base: str = "", factor: str = "1", decimals: int = 0) -> Self:
        """Create a member with label, base unit, factor and decimals."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.plural_forms = label if isinstance(label, tuple) else None
        member.label = _l(label[0]) if isinstance(label, tuple) else label
        member.base_value = base or value
        member.factor = Fraction(factor)
        member.decimals = decimals
        return member

    PIECE = "piece", _plural_forms("piece", "pieces")
    METRE = "metre", _l("m"), "metre", "1", 2
    YARD = "yard", _l("yd"), "metre", "0.9144", 2
    KILOGRAM = "kilogram", _l("kg"), "kilogram", "1", 2
    JIN = "jin", _l("jin"), "kilogram", "0.5", 1
    TON = "ton", _l("t"), "kilogram", "1000", 3
    SQUARE_METRE = "square_metre", _l("m²"), "square_metre", "1", 2
    ROLL = "roll", _plural_forms("roll", "rolls")
    SET = "set", _plural_forms("set", "sets")
    PAIR = "pair", _plural_forms("pair", "pairs"), "piece", "2"
    DOZEN = "dozen", _l("dozen"), "piece", "12"
    BOX = "box", _plural_forms("box", "boxes")
    PACK = "pack", _plural_forms("pack", "packs")

    @property
    def base(self) -> Unit:
        """Return the unit in which quantities of this dimension are compared."""
        return Unit(self.base_value)

    def label_for(self, quantity: Decimal | int | float) -> str:
        """Return the label for a quantity: 1 pack, 5 packs, 5 m."""
        if self.plural_forms is None:
            return str(self.label)
        singular, plural = self.plural_forms
        return str(ngettext(singular, plural, 1 if quantity == 1 else 2))
