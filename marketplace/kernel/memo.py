"""Small facts that rarely change, kept in the process for some seconds: trees, names, settings. Never anything personal."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")

_kept: dict[tuple[Any, ...], tuple[float, Any]] = {}
_all: list[Ready[Any]] = []
MOST = 2000


def remembered(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep a function's answers for `seconds`, by its arguments. Answers must be plain values that nobody changes."""

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (function.__module__, function.__qualname__, args, tuple(sorted(kwargs.items())))
            found = _kept.get(key)
            moment = time.monotonic()
            if found is not None and found[0] > moment:
                return found[1]  # type: ignore[no-any-return]
            answer = function(*args, **kwargs)
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = (moment + seconds, answer)
            return answer

        return asked

    return keep


class Ready(Generic[V]):
    """Answers kept with a mark that changes whenever the answer would, so that none is ever stale; the oldest make room.

    Of each key only the newest answer is kept. `most` is how many keys there are, or how much their answers weigh together
    when `weigh` says what one weighs.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _answer: 1) -> None:
        self._most, self._weigh, self._weight = most, weigh, 0
        self._answers: dict[Hashable, tuple[Hashable, V]] = {}
        _all.append(self)

    def get(self, key: Hashable, mark: Hashable = None) -> V | None:
        """What is kept under the key, if it still carries this mark."""
        kept = self._answers.get(key)
        return kept[1] if kept is not None and kept[0] == mark else None

    def keep(self, key: Hashable, answer: V, mark: Hashable = None) -> V:
        """Keep an answer, and return it."""
        before = self._answers.pop(key, None)
        self._weight += self._weigh(answer) - (self._weigh(before[1]) if before is not None else 0)
        self._answers[key] = (mark, answer)
        if self._weight > self._most:
            self._make_room()
        return answer

    def clear(self) -> None:
        """Keep nothing."""
        self._answers.clear()
        self._weight = 0

    def _make_room(self) -> None:
        """Drop the older quarter, and count anew: several threads may have been adding up at once."""
        for old in list(self._answers)[: max(1, len(self._answers) // 4)]:
            self._answers.pop(old, None)
        self._weight = sum(self._weigh(answer) for _mark, answer in list(self._answers.values()))


def forget_all() -> None:
    """Ask everything anew: after a change in this process, and between tests."""
    _kept.clear()
    for ready in _all:
        ready.clear()
