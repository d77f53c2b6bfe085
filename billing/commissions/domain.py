"""Selection of the rate for a sale (first match by position) and the arithmetic of reversals. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money

MAX_BASIS_POINTS = 5_000
"""Half of the sale, in basis points: a higher fee would leave nothing to refund from."""
DEFAULT_BASIS_POINTS = 500
"""Five percent: the fee of a sale before any rate set was published."""
PATH_SEPARATOR = "/"


class CommissionEntryKind(LabeledStrEnum):
    """The kind of a commission entry: charged at the sale, or reversed later."""

    CHARGE = "charge", _l("Commission")
    REVERSAL = "reversal", _l("Commission given back")


class Mismatch(LabeledStrEnum):
    """The reason why a rate does not apply to a sale."""

    MERCHANT = "merchant", _l("for another merchant")
    CATEGORY = "category", _l("for other goods")
    NOT_YET_ACTIVE = "not_yet_active", _l("does not hold yet")
    EXPIRED = "expired", _l("holds no longer")


class Rate(Protocol):
    """The fields of a rate that the selection needs: merchant, category, validity and basis points."""

    merchant_id: UUID | None
    category: str
    basis_points: int
    active_from: datetime | None
    active_to: datetime | None


RateT = TypeVar("RateT", bound=Rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One line of a sale: its reference, the category path of the product and the amount."""

    reference: str
    category_path: tuple[str, ...]
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSale:
    """An order that is being placed: its reference, its merchant and its lines."""

    order: str
    merchant_id: UUID
    lines: Sequence[SaleLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDraft:
    """A rate of a form that is not published yet. `category` is a path such as `fabric/cotton`, or empty for all categories."""

    name: str
    merchant_id: UUID | None = None
    category: str = ""
    basis_points: int = 0
    active_from: datetime | None = None
    active_to: datetime | None = None


def select_rate(
    rates: Sequence[RateT], *, merchant_id: UUID, path: tuple[str, ...], at: datetime
) -> tuple[RateT | None, list[tuple[RateT, Mismatch]]]:
    """Return the first rate that applies, in the order of positions, and the rates before it with their mismatches.

    The rate is None if none applies; the default of the set is used then.
    """
    rejected: list[tuple[RateT, Mismatch]] = []
    for rate in rates:
        mismatch = mismatch_reason(rate, merchant_id=merchant_id, path=path, at=at)
        if mismatch is None:
            return rate, rejected
        rejected.append((rate, mismatch))
    return None, rejected


def mismatch_reason(rate: Rate, *, merchant_id: UUID, path: tuple[str, ...], at: datetime) -> Mismatch | None:
    """Return the first condition of the rate that the sale does not meet, or None if the rate applies."""
    if rate.merchant_id is not None and rate.merchant_id != merchant_id:
        return Mismatch.MERCHANT
    if not is_under(path, split_path(rate.category)):
        return Mismatch.CATEGORY
    if rate.active_from is not None and rate.active_from > at:
        return Mismatch.NOT_YET_ACTIVE
    return Mismatch.EXPIRED if rate.active_to is not None and rate.active_to <= at else None


def split_path(category: str) -> tuple[str, ...]:
    """Return the segments of a category path."""
    return tuple(segment for segment in category.split(PATH_SEPARATOR) if segment)


def recharge_reference(line: str, previous_charges: int) -> str:
    """Return the reference of a repeated charge of a line: `line`, `line:2`, `line:3`."""
    return f"{line}:{previous_charges + 1}" if previous_charges else line


def base_line_reference(charge: str) -> str:
    """Return the line that a charge belongs to, without the number of the charge."""
    return charge.partition(":")[0]


def is_under(path: tuple[str, ...], ancestor: tuple[str, ...]) -> bool:
    """Return whether `path` is the category `ancestor` or a descendant of it."""
    return path[: len(ancestor)] == ancestor


def find_unreachable(rates: Sequence[Rate]) -> Iterator[tuple[int, int]]:
    """Yield (position, position of the broader rate above it) for every rate that can never be selected."""
    for index, rate in enumerate(rates):
        broader_index = next((n for n in range(index) if _covers(rates[n], rate)), None)
        if broader_index is not None:
            yield index, broader_index


def _covers(broad: Rate, narrow: Rate) -> bool:
    covers_merchant = broad.merchant_id is None or broad.merchant_id == narrow.merchant_id
    covers_start = broad.active_from is None or (narrow.active_from is not None and broad.active_from <= narrow.active_from)
    covers_end = broad.active_to is None or (narrow.active_to is not None and narrow.active_to <= broad.active_to)
    return covers_merchant and covers_start and covers_end and is_under(split_path(narrow.category), split_path(broad.category))


def reversal_amount(*, charged: Money, refunded: Money, paid: Money) -> Money:
    """Return how much of a charge is reversed in total once `refunded` of `paid` has been refunded; rounded half-even once.

    The result is computed from the totals and not from the single refund. So any sequence of refunds that ends at the full amount
    reverses the full charge.
    """
    quotient, remainder = divmod(charged.minor * refunded.minor, paid.minor)
    round_up = remainder * 2 > paid.minor or (remainder * 2 == paid.minor and quotient % 2 == 1)
    return Money(quotient + round_up, charged.currency)
