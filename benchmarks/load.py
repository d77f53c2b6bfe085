"""A small load generator: keep-alive connections in processes of their own, whole answers read, times kept.

It sends to this machine only, a bounded number of requests, and stops by itself.
"""

from __future__ import annotations

import http.client
import multiprocessing as mp
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.browser import Refused

LOCAL = ("127.0.0.1", "localhost")
Visit = Callable[[http.client.HTTPConnection, int], int]


@dataclass(frozen=True)
class Get:
    """Ask for addresses in turn, as one visitor with these headers."""

    paths: Sequence[str]
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """One request; the status."""
        connection.request("GET", self.paths[turn % len(self.paths)], headers=self.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@dataclass(frozen=True)
class Measured:
    """What a burst showed."""

    seconds: float
    times: list[float]
    statuses: dict[int, int]
    reasons: dict[str, int] = field(default_factory=dict)  # why there was no answer, or none that a visitor wants

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """A quantile of the answer times, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0

    def and_then(self, other: Measured) -> Measured:
        """Two bursts as one."""
        statuses = Counter(self.statuses) + Counter(other.statuses)
        reasons = Counter(self.reasons) + Counter(other.reasons)
        return Measured(self.seconds + other.seconds, self.times + other.times, dict(statuses), dict(reasons))

    @property
    def failures(self) -> int:
        """Answers that were no success."""
        return sum(number for status, number in self.statuses.items() if status >= 400 or status == 0)


def burst(port: int, visit: Visit, *, seconds: float, clients: int = 8, processes: int = 2) -> Measured:
    """Let `clients` visitors come again and again for `seconds`, and put together what they saw."""
    context = mp.get_context("fork")
    results: Any = context.Queue()
    share = max(1, clients // processes)
    crowd = [context.Process(target=_crowd, args=(port, visit, seconds, share, n, results)) for n in range(processes)]
    for process in crowd:
        process.start()
    seen = [results.get(timeout=seconds + 60) for _ in crowd]
    for process in crowd:
        process.join()
    statuses: Counter[int] = sum((Counter(counted) for _, counted, _, _ in seen), Counter())
    reasons: Counter[str] = sum((Counter(why) for _, _, why, _ in seen), Counter())
    times = [one for took, _, _, _ in seen for one in took]
    # What it took to gather the crowd is not the server's.
    return Measured(max(took for *_, took in seen), times, dict(statuses), dict(reasons))


def _crowd(port: int, visit: Visit, seconds: float, clients: int, number: int, results: Any) -> None:
    times: list[float] = []
    statuses: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    started = time.perf_counter()
    until = started + seconds
    turns = count(number * 7919)

    def come() -> None:
        connection = http.client.HTTPConnection(LOCAL[0], port, timeout=30)
        while (began := time.perf_counter()) < until:
            try:
                status = visit(connection, next(turns))
            except (OSError, http.client.HTTPException, Refused) as trouble:
                status = 0
                reasons[f"{type(trouble).__name__}: {trouble}"] += 1
                connection.close()
            times.append(time.perf_counter() - began)
            statuses[status] += 1

    visitors = [threading.Thread(target=come) for _ in range(clients)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    results.put((times, dict(statuses), dict(reasons), time.perf_counter() - started))
