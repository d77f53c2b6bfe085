"""A small memory of answers, for as long as what they were read from does not change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """At most `size` answers; the oldest make room. Safe between threads: at worst two work out the same answer."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[Hashable, Any] = {}

    def recall(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """The answer kept under this key, or worked out now."""
        try:
            kept: T = self._kept[key]
        except KeyError:
            kept = work_out()
            self._kept[key] = kept
            if len(self._kept) > self._size:
                self._kept.pop(next(iter(list(self._kept))), None)
        return kept
