"""A small load generator: keep-alive connections in processes of their own; responses are read completely and timed.

It sends a bounded number of requests, to this machine only, and stops by itself.
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

from benchmarks.http_client import RequestFailed

LOCAL_HOSTS = ("127.0.0.1", "localhost")
Scenario = Callable[[http.client.HTTPConnection, int], int]


@dataclass(frozen=True)
class GetRequests:
    """A scenario that requests paths in turn, as one visitor with these headers."""

    paths: Sequence[str]
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """Send one request and return its status."""
        connection.request("GET", self.paths[turn % len(self.paths)], headers=self.headers)
        response = connection.getresponse()
        response.read()
        return response.status


@dataclass(frozen=True)
class Measurement:
    """The result of a load run."""

    seconds: float
    times: list[float]
    statuses: dict[int, int]
    reasons: dict[str, int] = field(default_factory=dict)  # counts of connection errors and failed requests

    @property
    def rate(self) -> float:
        """Return the requests per second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def quantile(self, fraction: float) -> float:
        """Return a quantile of the response times, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] * 1000 if ordered else 0.0

    def merge(self, other: Measurement) -> Measurement:
        """Combine two measurements."""
        statuses = Counter(self.statuses) + Counter(other.statuses)
        reasons = Counter(self.reasons) + Counter(other.reasons)
        return Measurement(self.seconds + other.seconds, self.times + other.times, dict(statuses), dict(reasons))

    @property
    def failures(self) -> int:
        """Return the number of unsuccessful responses."""
        return sum(number for status, number in self.statuses.items() if status >= 400 or status == 0)


def run_load(port: int, scenario: Scenario, *, seconds: float, clients: int = 8, processes: int = 2) -> Measurement:
    """Run the scenario with `clients` concurrent clients for `seconds`, and combine their measurements."""
    context = mp.get_context("fork")
    results: Any = context.Queue()
    clients_per_process = max(1, clients // processes)
    workers = [
        context.Process(target=_run_worker, args=(port, scenario, seconds, clients_per_process, n, results))
        for n in range(processes)
    ]
    for process in workers:
        process.start()
    worker_results = [results.get(timeout=seconds + 60) for _ in workers]
    for process in workers:
        process.join()
    statuses: Counter[int] = sum((Counter(status_counts) for _, status_counts, _, _ in worker_results), Counter())
    reasons: Counter[str] = sum((Counter(reason_counts) for _, _, reason_counts, _ in worker_results), Counter())
    times = [duration for elapsed, _, _, _ in worker_results for duration in elapsed]
    # The time that starting and joining the processes took does not count.
    return Measurement(max(elapsed for *_, elapsed in worker_results), times, dict(statuses), dict(reasons))


def _run_worker(port: int, scenario: Scenario, seconds: float, clients: int, number: int, results: Any) -> None:
    times: list[float] = []
    statuses: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    started = time.perf_counter()
    deadline = started + seconds
    turns = count(number * 7919)

    def run_client() -> None:
        connection = http.client.HTTPConnection(LOCAL_HOSTS[0], port, timeout=30)
        while (request_started := time.perf_counter()) < deadline:
            try:
                status = scenario(connection, next(turns))
            except (OSError, http.client.HTTPException, RequestFailed) as error:
                status = 0
                reasons[f"{type(error).__name__}: {error}"] += 1
                connection.close()
            times.append(time.perf_counter() - request_started)
            statuses[status] += 1

    threads = [threading.Thread(target=run_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((times, dict(statuses), dict(reasons), time.perf_counter() - started))
