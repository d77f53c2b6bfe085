"""Which rate a sale pays: first match by position. Plain functions of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money

HIGHEST = 5_000
"""Half of the sale, in basis points: more than that would leave nothing to refund from."""
DEFAULT = 500
"""Five percent: what a sale pays while nobody has set rates."""
SEPARATOR = "/"


class FeeKind(Labelled):
    """Why a line of fees stands there."""

    CHARGE = "charge", _l("Commission")
    REVERSAL = "reversal", _l("Commission given back")


class Misfit(Labelled):
    """Why a rate is not for a sale."""

    MERCHANT = "merchant", _l("for another merchant")
    GOODS = "goods", _l("for other goods")
    EARLY = "early", _l("does not hold yet")
    OVER = "over", _l("holds no longer")


class Rate(Protocol):
    """A rule as far as choosing needs it: whom and what it is for, from when to when, and how much."""

    merchant_id: UUID | None
    category: str
    basis_points: int
    active_from: datetime | None
    active_to: datetime | None


R = TypeVar("R", bound=Rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One line of a sale: an opaque word for it, where its goods stand in the category tree, what they cost."""

    reference: str
    category_path: tuple[str, ...]
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshSale:
    """One order that is being placed: its opaque word, whose it is, what it sells."""

    order: str
    merchant_id: UUID
    lines: Sequence[SaleLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDraft:
    """A rate as somebody typed it, before it is published. `category` is a path such as `fabric/cotton`, or empty for all."""

    name: str
    merchant_id: UUID | None = None
    category: str = ""
    basis_points: int = 0
    active_from: datetime | None = None
    active_to: datetime | None = None


def choose(
    rates: Sequence[R], *, merchant_id: UUID, path: tuple[str, ...], at: datetime
) -> tuple[R | None, list[tuple[R, Misfit]]]:
    """The first rate that fits, in the order of their positions, and those before it with why they do not.

    None means that none fits and the default applies.
    """
    passed: list[tuple[R, Misfit]] = []
    for rate in rates:
        why = misfit(rate, merchant_id=merchant_id, path=path, at=at)
        if why is None:
            return rate, passed
        passed.append((rate, why))
    return None, passed


def misfit(rate: Rate, *, merchant_id: UUID, path: tuple[str, ...], at: datetime) -> Misfit | None:
    """The first condition of the rate that does not hold; None when all do."""
    if rate.merchant_id is not None and rate.merchant_id != merchant_id:
        return Misfit.MERCHANT
    if not within(path, steps(rate.category)):
        return Misfit.GOODS
    if rate.active_from is not None and rate.active_from > at:
        return Misfit.EARLY
    return Misfit.OVER if rate.active_to is not None and rate.active_to <= at else None


def steps(category: str) -> tuple[str, ...]:
    """A path as its words."""
    return tuple(word for word in category.split(SEPARATOR) if word)


def again(line: str, times: int) -> str:
    """What the charge of a line is called that was charged so often before: `line`, `line:2`, `line:3`."""
    return f"{line}:{times + 1}" if times else line


def line_of(charge: str) -> str:
    """The line that a charge is for, however often it was charged anew."""
    return charge.partition(":")[0]


def within(path: tuple[str, ...], branch: tuple[str, ...]) -> bool:
    """Whether `path` is the branch itself or stands below it."""
    return path[: len(branch)] == branch


def unreachable(rates: Sequence[Rate]) -> Iterator[tuple[int, int]]:
    """(position, position of the broader one above) of every rate that can never be chosen."""
    for index, rate in enumerate(rates):
        above = next((n for n in range(index) if _covers(rates[n], rate)), None)
        if above is not None:
            yield index, above


def _covers(broad: Rate, narrow: Rate) -> bool:
    whom = broad.merchant_id is None or broad.merchant_id == narrow.merchant_id
    since = broad.active_from is None or (narrow.active_from is not None and broad.active_from <= narrow.active_from)
    until = broad.active_to is None or (narrow.active_to is not None and narrow.active_to <= broad.active_to)
    return whom and since and until and within(steps(narrow.category), steps(broad.category))


def given_back(*, charged: Money, refunded: Money, paid: Money) -> Money:
    """How much of a charge is given back in all when `refunded` of `paid` has gone back: rounded half-even once.

    Counting from the whole each time, any sequence of refunds that ends at everything gives everything back.
    """
    quotient, rest = divmod(charged.minor * refunded.minor, paid.minor)
    round_up = rest * 2 > paid.minor or (rest * 2 == paid.minor and quotient % 2 == 1)
    return Money(quotient + round_up, charged.currency)
