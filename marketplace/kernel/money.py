"""Money is a value: integer minor units and a currency. It is rounded in one place, here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Self

from babel.numbers import get_currency_precision

from marketplace.kernel import numbers

BASIS = 10_000


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were mixed."""


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency has (CNY 2, JPY 0, KWD 3)."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents) of one currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read what a person typed (`1,234.50`). Raises ValueError for anything that is not an exact amount."""
        minor = numbers.read(text.strip().lstrip("¥￥$")).scaleb(exponent(currency))
        if minor != minor.to_integral_value() or abs(minor) >= 10**15:
            raise ValueError(text)
        return cls(int(minor), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency."""
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact: for showing and exporting, never for sums."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if not isinstance(count, int):
            raise TypeError("money is multiplied by whole numbers; use times() for quantities")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, quantity: Decimal) -> Money:
        """A unit price times an exact quantity (12.5 metres), rounded half-even once."""
        exact = Decimal(self.minor) * quantity
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), self.currency)

    def share(self, basis_points: int) -> Money:
        """A share of `basis_points` hundredths of a percent, rounded half-even once and only here."""
        quotient, rest = divmod(self.minor * basis_points, BASIS)
        half = BASIS // 2
        round_up = rest > half or (rest == half and quotient % 2 == 1)
        return Money(quotient + round_up, self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to non-negative `weights` that sum to the whole, by largest remainder.

        Equal remainders go to the earlier part. All weights zero: equal parts.
        """
        if not weights or any(weight < 0 for weight in weights):
            raise ValueError("weights must be given and not be negative")
        shares = list(weights) if any(weights) else [1] * len(weights)
        total, sign, size = sum(shares), -1 if self.minor < 0 else 1, abs(self.minor)
        parts = [size * weight // total for weight in shares]
        order = sorted(range(len(shares)), key=lambda i: (-(size * shares[i] % total), i))
        for index in order[: size - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`, all of which must be in `currency`."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result
