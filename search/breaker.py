"""Stops asking somebody who does not answer, for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after so many failures in a row, for `rest` seconds; then one caller may try, and the others wait on."""

    def __init__(self, *, failures: int = 3, rest: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._rest = rest
        self._clock = clock
        self._failed = 0
        self._closed_from = 0.0
        self._lock = threading.Lock()

    @property
    def open(self) -> bool:
        """Whether nobody is asked just now."""
        return self._failed >= self._limit and self._clock() < self._closed_from

    def admits(self) -> bool:
        """Whether the caller may ask. Every admitted caller reports `succeeded` or `failed`."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._closed_from:
                return False
            # One tries; until it has reported, or its rest is over, the others are spared a wait.
            self._closed_from = self._clock() + self._rest
            return True

    def succeeded(self) -> None:
        """All is well again."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """One more failure."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._closed_from = self._clock() + self._rest
