"""Pages of long lists: by number where people jump, by key where lists are deep. No list is unbounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db

T = TypeVar("T")
LARGEST = 200
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list with what a pager needs. `total` is exact up to a cap; `capped` says "or more"."""

    items: Sequence[T]
    number: int
    size: int
    total: int
    capped: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self.number < self.pages

    @property
    def first(self) -> int:
        """The position of the first item shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The position of the last item shown."""
        return min(self.total, self.number * self.size)

    def numbers(self, reach: int = 2) -> list[int | None]:
        """Page numbers to offer; None stands for a gap."""
        wanted = {1, self.pages, *range(self.number - reach, self.number + reach + 1)}
        shown: list[int | None] = []
        for number in sorted(n for n in wanted if 1 <= n <= self.pages):
            if shown and shown[-1] is not None and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown


def page_of(statement: Select[Any], *, number: int = 1, size: int = 24, scalars: bool = True) -> Page[Any]:
    """One numbered page of a statement: two statements, a count capped at 10,000 and the rows.

    Beyond the end is the last page: an old address, or rows that are gone, never look like an empty list.
    """
    size = max(1, min(size, LARGEST))
    inner = statement.order_by(None).limit(COUNT_CAP + 1).subquery()
    total = db.session.scalar(select(func.count()).select_from(inner)) or 0
    number = max(1, min(number, -(-min(total, COUNT_CAP) // size)))
    rows = statement.limit(size).offset((number - 1) * size)
    items = db.session.scalars(rows).all() if scalars else db.session.execute(rows).all()
    return Page(items, number, size, min(total, COUNT_CAP), total > COUNT_CAP)
