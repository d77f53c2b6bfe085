"""Small facts that rarely change, kept in the process for some seconds: trees, names, settings. Never anything personal."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_kept: dict[tuple[Any, ...], tuple[float, Any]] = {}
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


def forget_all() -> None:
    """Ask everything anew: after a change in this process, and between tests."""
    _kept.clear()
