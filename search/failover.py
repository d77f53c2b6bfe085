"""Failover: the preferred engine responds, another one during its outage; missed writes are repeated later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from search import Document, EngineUnavailable, Query, SearchEngine, SearchResult
from search.batching import batched
from search.circuit_breaker import CircuitBreaker
from search.dual_rebuild import rebuild_both
from search.retry_queue import RetryQueue, apply_writes
from search.write_log import Write, tombstones

log = logging.getLogger(__name__)
T = TypeVar("T")

USABLE_CHECK_INTERVAL_S = 60.0
"""Seconds between checks whether the first engine has a usable index."""


class FailoverEngine:
    """Two engines combined: reads prefer the first one, writes go to both.

    `retry_dir` is the folder for the writes that either engine has missed; `breaker` guards the first engine.
    """

    def __init__(
        self, first: SearchEngine, second: SearchEngine, *, retry_dir: Path, breaker: CircuitBreaker | None = None
    ) -> None:
        self._first = first
        self._second = second
        self._breaker = breaker or CircuitBreaker()
        self._usable_until: dict[str, float] = {}
        self._retry_queues = {engine.name: RetryQueue(retry_dir / engine.name) for engine in (first, second)}

    @property
    def name(self) -> str:
        """Return the name of the preferred engine."""
        return self._first.name

    @property
    def engines(self) -> tuple[SearchEngine, ...]:
        """Return both engines."""
        return self._first, self._second

    def index_documents(self, index: str, documents: Iterable[Document]) -> None:
        """Write to both engines. Writes that one engine misses are queued for it.

        Raises:
            EngineUnavailable: Neither engine can be written to.
        """
        for batch in batched(documents):
            self._write(index, batch)

    def delete_documents(self, index: str, deletions: Mapping[str, int]) -> None:
        """Delete from both engines, with the same queueing as `index_documents`."""
        if deletions:
            self._write(index, tombstones(deletions))

    def search(self, index: str, query: Query) -> SearchResult:
        """Return the result of the first engine, or of the second one, marked as `degraded`."""
        result = self._try_first(index, lambda: self._first.search(index, query))
        return result or replace(self._second.search(index, query), degraded=True)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Return the phrases of the first engine that responds."""
        result = self._try_first(index, lambda: self._first.suggest(index, text, audience=audience, limit=limit))
        return result if result is not None else self._second.suggest(index, text, audience=audience, limit=limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Rebuild both engines from one pass over the documents.

        Raises:
            EngineUnavailable: The first engine was unavailable; the second one is rebuilt nevertheless.
        """
        return rebuild_both(index, documents, leader=self._second, follower=self._first)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Yield the versions that both engines have: the lower version of each document, -1 if one engine lacks it."""
        first, second = dict(self._first.versions(index)), dict(self._second.versions(index))
        return ((id, min(first.get(id, -1), second.get(id, -1))) for id in first | second)

    def count(self, index: str) -> int:
        """Return the number of documents of the engine that responds."""
        result = self._try_first(index, lambda: self._first.count(index))
        return result if result is not None else self._second.count(index)

    def needs_rebuild(self, index: str) -> bool:
        """Return whether either engine needs a rebuild; an unavailable engine is not checked."""
        return bool(self._try_first(index, lambda: self._first.needs_rebuild(index))) or self._second.needs_rebuild(index)

    def replay_pending(self) -> int:
        """Repeat missed writes; to be called every few seconds, by one process or several."""
        replayed = 0
        for engine in (self._first, self._second):
            retry_queue = self._retry_queues[engine.name]
            for index in retry_queue.pending_indexes():
                try:
                    replayed += retry_queue.replay(index, engine)
                except EngineUnavailable as error:
                    log.info("search engine still unavailable", extra={"engine": engine.name, "reason": str(error)})
                    break
                else:
                    log.info("search engine writes replayed", extra={"engine": engine.name, "index": index})
        return replayed

    def _try_first(self, index: str, call: Callable[[], T]) -> T | None:
        """Return the result of the first engine; None if it is unavailable or lacks pending writes."""
        if self._retry_queues[self._first.name].has_pending(index) or not self._breaker.allow_request():
            return None
        try:
            result = call() if self._is_usable(index) else None
        except EngineUnavailable as error:
            self._breaker.record_failure()
            log.warning("search fell back", extra={"index": index, "reason": str(error)})
            return None
        self._breaker.record_success()
        return result

    def _is_usable(self, index: str) -> bool:
        """Return whether the first engine has a current index: a newly installed one is still empty."""
        now = time.monotonic()
        if self._usable_until.get(index, 0.0) <= now:
            unusable = self._first.needs_rebuild(index) and not self._second.needs_rebuild(index)
            self._usable_until[index] = 0.0 if unusable else now + USABLE_CHECK_INTERVAL_S
        return self._usable_until[index] > now

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        batch = list(writes)
        failed = [
            engine
            for engine, breaker in ((self._second, None), (self._first, self._breaker))
            if not _try_write(engine, breaker, index, batch)
        ]
        if len(failed) == 2:
            raise EngineUnavailable("no search engine can be written to")
        for engine in failed:
            self._retry_queues[engine.name].append(index, batch)


def _try_write(engine: SearchEngine, breaker: CircuitBreaker | None, index: str, writes: Iterable[Write]) -> bool:
    if breaker and not breaker.allow_request():
        return False
    try:
        apply_writes(engine, index, writes)
    except EngineUnavailable as error:
        log.warning("search engine missed a write", extra={"engine": engine.name, "reason": str(error)})
        if breaker:
            breaker.record_failure()
        return False
    if breaker:
        breaker.record_success()
    return True
