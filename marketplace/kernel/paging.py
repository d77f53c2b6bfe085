"""Pagination by page number, with a capped count; no list is unbounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from marketplace.kernel.db import db

T = TypeVar("T")
MAX_PAGE_SIZE = 200
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, with the values of a pager. `total` is exact up to COUNT_CAP, beyond which `total_capped` is set."""

    items: Sequence[T]
    number: int
    size: int
    total: int
    total_capped: bool = False

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def has_previous(self) -> bool:
        """True if there is a previous page."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """True if there is a next page."""
        return self.number < self.pages

    @property
    def first(self) -> int:
        """The position of the first item on the page, counted from 1; 0 if the list is empty."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The position of the last item on the page."""
        return min(self.total, self.number * self.size)

    def page_numbers(self, window: int = 2) -> list[int | None]:
        """Return the page numbers to link to; None is a gap."""
        candidates = {1, self.pages, *range(self.number - window, self.number + window + 1)}
        result: list[int | None] = []
        for number in sorted(n for n in candidates if 1 <= n <= self.pages):
            if result and result[-1] is not None and number - result[-1] > 1:
                result.append(None)
            result.append(number)
        return result


def paginate(stmt: Select[Any], *, number: int = 1, size: int = 24, scalars: bool = True) -> Page[Any]:
    """Return one page of a statement, by two statements: a count capped at COUNT_CAP, and the rows.

    A number beyond the end returns the last page: after deletions an old URL must not show an empty list.
    """
    size = max(1, min(size, MAX_PAGE_SIZE))
    limited = stmt.order_by(None).limit(COUNT_CAP + 1).subquery()
    total = db.session.scalar(select(func.count()).select_from(limited)) or 0
    number = max(1, min(number, -(-min(total, COUNT_CAP) // size)))
    page_stmt = stmt.limit(size).offset((number - 1) * size)
    items = db.session.scalars(page_stmt).all() if scalars else db.session.execute(page_stmt).all()
    return Page(items, number, size, min(total, COUNT_CAP), total > COUNT_CAP)
