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
    """Answers kept by a key that changes whenever the answer would, so that none is ever stale; the oldest make room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: dict[Hashable, V] = {}
        _all.append(self)

    def get(self, key: Hashable) -> V | None:
        """What is kept under the key."""
        return self._answers.get(key)

    def keep(self, key: Hashable, answer: V) -> V:
        """Keep an answer, and return it."""
        if len(self._answers) >= self._most:
            for old in list(self._answers)[: max(1, self._most // 4)]:
                self._answers.pop(old, None)  # another thread may have been here
        self._answers[key] = answer
        return answer

    def clear(self) -> None:
        """Keep nothing."""
        self._answers.clear()


def forget_all() -> None:
    """Ask everything anew: after a change in this process, and between tests."""
    _kept.clear()
    for ready in _all:
        ready.clear()
