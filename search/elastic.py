"""The engine for a large market: an Elasticsearch of its own, reached over the network and therefore sometimes not."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import cast

from elasticsearch import (
    ApiError,
    BadRequestError,
    Elasticsearch,
    NotFoundError,
    TransportError,
    UnsupportedProductError,
    helpers,
)

from search import Document, Engine, EngineUnavailable, Found, Query, Sort, check_index, completion
from search.elastic_answers import alike, found, hits, refusals
from search.elastic_schema import (
    GONE,
    LIVE,
    RULES,
    SETTINGS,
    Body,
    asking,
    completing,
    mapping,
    matching,
    proving,
    put,
    sounding,
)
from search.journal import Gone, Write, departures, newest
from search.planning import ENOUGH, Plan, corrected, plan, respelled
from search.sizes import AT_ONCE, batches

TO_ANSWER = 1.5
TO_WRITE = 10.0
"""Seconds. Who waits longer for an answer is better served by the other engine."""


class Elastic:
    """Search by Elasticsearch 9. `refresh` makes writes wait until they can be found, which is slow: for tests."""

    name = "elasticsearch"

    def __init__(self, url: str, *, prefix: str = "jishi", budget: float = TO_ANSWER, refresh: bool = False) -> None:
        self._client = Elasticsearch(url, max_retries=0, retry_on_timeout=False, request_timeout=TO_WRITE)
        self.prefix = prefix
        # A look at whether there is an index comes before a question, and must leave time for it.
        self._glancing = self._client.options(request_timeout=budget / 3)
        self._budget = budget
        self._refresh = refresh

    @property
    def parts(self) -> tuple[Engine, ...]:
        """Itself."""
        return (self,)

    def put(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents; what is known in a newer version stays. Found within a second."""
        for some in batches(documents, AT_ONCE):
            self._write(index, some)

    def drop(self, index: str, gone: Mapping[str, int]) -> None:
        """Forget things, and remember until the next rebuild at which version they ceased."""
        self._write(index, departures(gone))

    def find(self, index: str, query: Query) -> Found:
        """The things that fit best; nothing from an index that was never written."""
        started = time.monotonic()
        answer = _Conversation(self, index, started + self._budget).find(query)
        return replace(answer, milliseconds=(time.monotonic() - started) * 1000)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Phrases that begin like this text, commonest first."""
        opening = completion.opening(text)
        if not opening or limit < 1:
            return ()
        [answer] = self.ask(index, [completing(opening, audience, limit * 4)], self._budget)
        buckets = answer["aggregations"]["phrases"]["buckets"] if "aggregations" in answer else []
        return completion.ranked(((bucket["key"], bucket["doc_count"]) for bucket in buckets), limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Fill an index that writers write to as well, then swing the alias."""
        alias, coming = self._alias(index), self._coming(index)
        fresh = f"{alias}-{time.strftime('%Y%m%d%H%M%S')}-{secrets.token_hex(4)}"
        with _reached():
            self._sweep(alias)
            self._client.indices.create(index=fresh, settings=SETTINGS, mappings=mapping())
        try:
            with _reached():
                self._point(coming, fresh)
                for some in batches(documents, AT_ONCE):
                    self._bulk([put(coming, write) for write in newest(some).values()])
                self._bury(index, coming)
                self._client.indices.refresh(index=fresh)
                self._point(alias, fresh, leaving=coming)
        except BaseException:
            with suppress(ApiError, TransportError):
                self._client.indices.delete(index=fresh, ignore_unavailable=True)
            raise
        return self.count(index)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Id and version of every document."""
        return self._versions(index, LIVE)

    def count(self, index: str) -> int:
        """How many documents there are."""
        try:
            with _reached():
                return int(self._client.count(index=self._alias(index), query={"term": {"state": LIVE}})["count"])
        except NotFoundError:
            return 0

    def catch_up(self) -> int:
        """Nothing: a write is either done when `put` returns, or the caller has been told."""
        return 0

    def stale(self, index: str) -> bool:
        """Whether the index is missing or was written by other rules."""
        try:
            with _reached():
                known = self._glancing.indices.get_mapping(index=self._alias(index))
        except NotFoundError:
            return True
        return any(one["mappings"].get("_meta", {}).get("rules") != RULES for one in known.values())

    def erase(self, index: str) -> None:
        """Remove an index and all that rebuilds have left of it."""
        with _reached():
            for name in self._client.indices.get(index=f"{self._alias(index)}-*"):
                self._client.indices.delete(index=name, ignore_unavailable=True)

    def ask(self, index: str, bodies: Sequence[Body], seconds: float) -> list[Body]:
        """Put several questions in one go; empty answers from an index that was never written."""
        if seconds <= 0:
            raise EngineUnavailable("no time is left to ask Elasticsearch")
        searches = [line for body in bodies for line in ({"index": self._alias(index)}, body)]
        with _reached():
            answers = self._client.options(request_timeout=seconds).msearch(searches=searches)["responses"]
        for answer in answers:
            if answer.get("status", 200) not in (200, 404):
                raise EngineUnavailable(f"Elasticsearch answered {answer['status']}: {answer.get('error')}")
        return cast(list[Body], answers)

    def _alias(self, index: str) -> str:
        return f"{self.prefix}-{check_index(index)}"

    def _coming(self, index: str) -> str:
        """The alias of what a rebuild is filling; it exists only meanwhile."""
        return f"{self.prefix}-coming-{check_index(index)}"

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        last = list(newest(writes).values())
        if not last:
            return
        alias, coming = self._alias(index), self._coming(index)
        lines = [put(name, write) for write in last for name in (alias, coming)]
        with _reached():
            if alias in self._bulk(lines):
                self._create(alias)
                self._bulk(lines)

    def _bulk(self, lines: Iterable[list[Body]]) -> set[str]:
        """Send writes; returns the aliases that do not exist. What is newer already is left alone."""
        operations = [line for pair in lines for line in pair]
        if not operations:
            return set()
        answer = self._client.bulk(operations=operations, refresh=self._refresh)
        return refusals(answer["items"]) if answer["errors"] else set()

    def _create(self, alias: str) -> None:
        """Create the first index behind an alias; of two who try, one does."""
        try:
            self._client.indices.create(index=f"{alias}-first", settings=SETTINGS, mappings=mapping(), aliases={alias: {}})
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def _point(self, alias: str, fresh: str, *, leaving: str | None = None) -> None:
        """Let the alias mean the fresh index alone, and end the meaning of `leaving`, in one step."""
        actions: list[Body] = [
            {"remove": {"index": f"{self.prefix}-*", "alias": name, "must_exist": False}} for name in (alias, leaving) if name
        ]
        self._client.indices.update_aliases(actions=[*actions, {"add": {"index": fresh, "alias": alias}}])

    def _sweep(self, alias: str) -> None:
        """Remove what earlier rebuilds have left: the last index, kept for searches under way, and broken ones."""
        known = self._client.indices.get_alias(index=f"{alias}-*", ignore_unavailable=True)
        for name, facts in known.items():
            if alias not in facts["aliases"]:
                self._client.indices.delete(index=name, ignore_unavailable=True)

    def _bury(self, index: str, coming: str) -> None:
        """Carry the marks of what is gone over: a write that is older still may be on its way."""
        gone = (Gone(id, version) for id, version in self._versions(index, GONE))
        for some in batches(gone, AT_ONCE):
            self._bulk([put(coming, one) for one in some])

    def _versions(self, index: str, state: int) -> Iterator[tuple[str, int]]:
        query = {"query": {"term": {"state": state}}, "_source": ["stamp"]}
        try:
            with _reached():
                for hit in helpers.scan(self._client, index=self._alias(index), query=query, size=2000):
                    yield hit["_id"], int(hit["_source"]["stamp"]) >> 1
        except NotFoundError:
            return


class _Conversation:
    """The questions it takes to answer one query, within one deadline."""

    def __init__(self, engine: Elastic, index: str, deadline: float) -> None:
        self._engine = engine
        self._index = index
        self._deadline = deadline

    def find(self, query: Query) -> Found:
        if not query.text.strip():
            return found(self._ask(asking(query, None))[0], query)
        asked = plan(query.text)
        if not asked.groups:
            return Found(ids=(), total=0, engine=Elastic.name)
        # Most texts are spelt right and find enough: then the second answer, asked for in advance, is the one.
        strict = matching(asked, asked.needed)
        first, answer = self._ask(sounding(asked, query.audience, strict), asking(query, strict))
        meant = self._meant(alike(first), query.audience)
        if meant:
            asked = corrected(asked, meant)
            strict = matching(asked, asked.needed)
            [first] = self._ask(sounding(Plan(asked.text, (), ()), query.audience, strict))
        enough = hits(first) >= (ENOUGH if query.sort is Sort.RELEVANCE else 1)
        if meant or not enough:
            [answer] = self._ask(asking(query, strict if enough else matching(asked, 1)))
        return replace(found(answer, query), did_you_mean=respelled(asked.text, meant) if meant else None)

    def _meant(self, candidates: Mapping[str, tuple[str, ...]], audience: tuple[str, ...]) -> dict[str, str]:
        """For each misspelt word the commonest candidate, out of documents that this audience may find."""
        keys = {f"{typed}:{near}": near for typed, some in candidates.items() for near in some}
        if not keys:
            return {}
        [answer] = self._ask(proving(keys, audience))
        seen = {key: int(facts["doc_count"]) for key, facts in answer.get("aggregations", {}).items()}
        meant: dict[str, str] = {}
        for typed, some in candidates.items():
            best = max(sorted(some), key=lambda near: seen.get(f"{typed}:{near}", 0))
            if seen.get(f"{typed}:{best}"):
                meant[typed] = best
        return meant

    def _ask(self, *bodies: Body) -> list[Body]:
        return self._engine.ask(self._index, bodies, self._deadline - time.monotonic())


@contextmanager
def _reached() -> Iterator[None]:
    """One name for all the ways in which a server cannot be had."""
    try:
        yield
    except (TransportError, UnsupportedProductError) as error:
        raise EngineUnavailable(f"Elasticsearch: {error}") from error
    except ApiError as error:
        if error.status_code == 429 or error.status_code >= 500:
            raise EngineUnavailable(f"Elasticsearch: {error}") from error
        raise
