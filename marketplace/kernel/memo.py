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
    """Answers kept by a key that changes whenever the answer would, so that none is ever stale; the oldest make room.

    `most` is how many are kept, or how much they weigh together when `weigh` says what one weighs.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _answer: 1) -> None:
        self._most, self._weigh, self._weight = most, weigh, 0
        self._answers: dict[Hashable, V] = {}
        _all.append(self)

    def get(self, key: Hashable) -> V | None:
        """What is kept under the key."""
        return self._answers.get(key)

    def keep(self, key: Hashable, answer: V) -> V:
        """Keep an answer, and return it."""
        if self._weight >= self._most:
            self._make_room()
        self._answers[key] = answer
        self._weight += self._weigh(answer)
        return answer

    def clear(self) -> None:
        """Keep nothing."""
        self._answers.clear()
        self._weight = 0

    def _make_room(self) -> None:
        """Drop the older quarter, and count anew: several threads may have been adding up at once."""
        for old in list(self._answers)[: max(1, len(self._answers) // 4)]:
            self._answers.pop(old, None)
        self._weight = sum(map(self._weigh, list(self._answers.values())))


def forget_all() -> None:
    """Ask everything anew: after a change in this process, and between tests."""
    _kept.clear()
    for ready in _all:
        ready.clear()
