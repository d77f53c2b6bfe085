"""Money as a value of integer minor units and a currency; the only module that rounds amounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Self

from babel.numbers import get_currency_precision

from marketplace.kernel import numbers

BASIS_POINTS = 10_000


class CurrencyMismatch(ValueError):
    """An operation on amounts of different currencies."""


@cache
def currency_exponent(currency: str) -> int:
    """Return the number of decimals of the currency (CNY 2, JPY 0, KWD 3)."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents) of one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Parse a typed amount (`1,234.50`). Raises ValueError unless it is exact in minor units."""
        minor = numbers.parse_decimal(text.strip().lstrip("¥￥$")).scaleb(currency_exponent(currency))
        if minor != minor.to_integral_value() or abs(minor) >= 10**15:
            raise ValueError(text)
        return cls(int(minor), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return zero in the currency."""
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """The exact amount in major units: for display and export, never for sums."""
        return Decimal(self.minor).scaleb(-currency_exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same_currency_minor(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same_currency_minor(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if not isinstance(count, int):
            raise TypeError("Money is multiplied by integers; use times() for quantities")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same_currency_minor(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same_currency_minor(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same_currency_minor(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same_currency_minor(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, quantity: Decimal) -> Money:
        """Return a unit price times an exact quantity (12.5 metres), rounded half-even."""
        exact = Decimal(self.minor) * quantity
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), self.currency)

    def share(self, basis_points: int) -> Money:
        """Return a share of `basis_points` hundredths of a percent, rounded half-even."""
        quotient, remainder = divmod(self.minor * basis_points, BASIS_POINTS)
        half = BASIS_POINTS // 2
        round_up = remainder > half or (remainder == half and quotient % 2 == 1)
        return Money(quotient + round_up, self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split into parts in proportion to non-negative `weights` that add up to the whole, by largest remainder.

        Of equal remainders the earlier part gets the unit. If all weights are zero, the parts are equal.
        """
        if not weights or any(weight < 0 for weight in weights):
            raise ValueError("weights must be given and not be negative")
        effective_weights = list(weights) if any(weights) else [1] * len(weights)
        total, sign, size = sum(effective_weights), -1 if self.minor < 0 else 1, abs(self.minor)
        parts = [size * weight // total for weight in effective_weights]
        order = sorted(range(len(effective_weights)), key=lambda i: (-(size * effective_weights[i] % total), i))
        for index in order[: size - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def _same_currency_minor(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor


def sum_money(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of `amounts`, all of which must be in `currency`."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result
