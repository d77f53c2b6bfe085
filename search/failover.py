"""Asks the preferred engine; while that is away, another answers and says so, and nothing written is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from search import Document, Engine, EngineUnavailable, Found, Query
from search.breaker import Breaker
from search.debts import Debts, put
from search.journal import Write, departures
from search.sizes import batches
from search.twofold import rebuild_both

log = logging.getLogger(__name__)
T = TypeVar("T")

TRUSTED_FOR = 60.0
"""Seconds until it is looked again whether the first engine has an index at all."""


class Failover:
    """Two engines as one. `debts` is a folder for what either has missed; `breaker` guards the first one."""

    def __init__(self, first: Engine, second: Engine, *, debts: Path, breaker: Breaker | None = None) -> None:
        self._first = first
        self._second = second
        self._breaker = breaker or Breaker()
        self._fit: dict[str, float] = {}
        self._debts = {engine.name: Debts(debts / engine.name) for engine in (first, second)}

    @property
    def name(self) -> str:
        """The name of the engine that is asked first."""
        return self._first.name

    @property
    def parts(self) -> tuple[Engine, ...]:
        """Both engines."""
        return self._first, self._second

    def put(self, index: str, documents: Iterable[Document]) -> None:
        """Write to both. What one cannot take is noted for it; EngineUnavailable if neither can."""
        for some in batches(documents):
            self._write(index, some)

    def drop(self, index: str, gone: Mapping[str, int]) -> None:
        """Drop from both, in the same way."""
        if gone:
            self._write(index, departures(gone))

    def find(self, index: str, query: Query) -> Found:
        """The first engine's answer, or the second's marked as `degraded`."""
        answer = self._from_first(index, lambda: self._first.find(index, query))
        return answer or replace(self._second.find(index, query), degraded=True)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Phrases from whichever engine answers."""
        answer = self._from_first(index, lambda: self._first.suggest(index, text, audience=audience, limit=limit))
        return answer if answer is not None else self._second.suggest(index, text, audience=audience, limit=limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Rebuild both out of one reading. EngineUnavailable if the first one was away: the second is rebuilt then."""
        return rebuild_both(index, documents, leader=self._second, follower=self._first)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """What both have for certain: the lesser version of each thing, -1 where one of them lacks it."""
        first, second = dict(self._first.versions(index)), dict(self._second.versions(index))
        return ((id, min(first.get(id, -1), second.get(id, -1))) for id in first | second)

    def count(self, index: str) -> int:
        """How many documents the engine that answers has."""
        answer = self._from_first(index, lambda: self._first.count(index))
        return answer if answer is not None else self._second.count(index)

    def stale(self, index: str) -> bool:
        """Whether either should be rebuilt; one that is away is not asked."""
        return bool(self._from_first(index, lambda: self._first.stale(index))) or self._second.stale(index)

    def catch_up(self) -> int:
        """Repeat what an engine has missed; to be called every few seconds, by one process or several."""
        settled = 0
        for engine in (self._first, self._second):
            debts = self._debts[engine.name]
            for index in debts.indexes():
                try:
                    settled += debts.settle(index, engine)
                except EngineUnavailable as error:
                    log.info("search engine still away", extra={"engine": engine.name, "reason": str(error)})
                    break
                else:
                    log.info("search engine has caught up", extra={"engine": engine.name, "index": index})
        return settled

    def _from_first(self, index: str, ask: Callable[[], T]) -> T | None:
        """What the first engine says; None when it is away, or does not know all that was written."""
        if self._debts[self._first.name].owed(index) or not self._breaker.admits():
            return None
        try:
            answer = ask() if self._is_fit(index) else None
        except EngineUnavailable as error:
            self._breaker.failed()
            log.warning("search fell back", extra={"index": index, "reason": str(error)})
            return None
        self._breaker.succeeded()
        return answer

    def _is_fit(self, index: str) -> bool:
        """Whether the first engine has this index as it should be: one that was just set up knows nothing yet."""
        now = time.monotonic()
        if self._fit.get(index, 0.0) <= now:
            unfit = self._first.stale(index) and not self._second.stale(index)
            self._fit[index] = 0.0 if unfit else now + TRUSTED_FOR
        return self._fit[index] > now

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        some = list(writes)
        missed = [
            engine
            for engine, guarded in ((self._second, None), (self._first, self._breaker))
            if not _written(engine, guarded, index, some)
        ]
        if len(missed) == 2:
            raise EngineUnavailable("no search engine can be written to")
        for engine in missed:
            self._debts[engine.name].note(index, some)


def _written(engine: Engine, breaker: Breaker | None, index: str, writes: Iterable[Write]) -> bool:
    if breaker and not breaker.admits():
        return False
    try:
        put(engine, index, writes)
    except EngineUnavailable as error:
        log.warning("search engine missed a write", extra={"engine": engine.name, "reason": str(error)})
        if breaker:
            breaker.failed()
        return False
    if breaker:
        breaker.succeeded()
    return True
