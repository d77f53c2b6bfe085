"""Circuit breaker: suspends calls to a service that keeps failing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """A breaker that opens for `cooldown` seconds after `failure_threshold` consecutive failures.

    After the cooldown, one caller may try again while the others keep being refused until it has reported.
    """

    def __init__(
        self, *, failure_threshold: int = 3, cooldown: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failure_threshold = failure_threshold
        self._cooldown = cooldown
        self._clock = clock
        self._failure_count = 0
        self._retry_at = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Return whether requests are being refused."""
        return self._failure_count >= self._failure_threshold and self._clock() < self._retry_at

    def allow_request(self) -> bool:
        """Return whether the caller may send a request.

        Every caller that is allowed must report with `record_success` or `record_failure`.
        """
        with self._lock:
            if self._failure_count < self._failure_threshold:
                return True
            if self._clock() < self._retry_at:
                return False
            # One trial is allowed; until it has reported or the cooldown has passed again, other callers need not wait for it.
            self._retry_at = self._clock() + self._cooldown
            return True

    def record_success(self) -> None:
        """Close the breaker."""
        with self._lock:
            self._failure_count = 0

    def record_failure(self) -> None:
        """Count a failure, and open the breaker at the threshold."""
        with self._lock:
            self._failure_count += 1
            if self._failure_count >= self._failure_threshold:
                self._retry_at = self._clock() + self._cooldown
