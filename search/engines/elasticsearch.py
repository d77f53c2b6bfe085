"""Search by an Elasticsearch server, for large installations; it may be unavailable at any time."""

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

from search import (
    Document,
    EngineUnavailable,
    Query,
    SearchEngine,
    SearchResult,
    Sort,
    autocomplete,
    validate_index_name,
)
from search.batching import BATCH_SIZE, batched
from search.engines.elasticsearch_queries import (
    DELETED,
    LIVE,
    SCHEMA_VERSION,
    SETTINGS,
    Body,
    build_frequency_probe,
    build_mapping,
    build_match,
    build_probe,
    build_search,
    build_suggest,
    bulk_lines,
)
from search.engines.elasticsearch_responses import missing_aliases, parse_search, parse_suggestions, total_hits
from search.query_parser import MIN_STRICT_HITS, ParsedQuery, did_you_mean_text, parse_query, with_corrections
from search.write_log import Tombstone, Write, latest_writes, tombstones

SEARCH_TIMEOUT_S = 1.5
WRITE_TIMEOUT_S = 10.0
"""Seconds. Beyond the search timeout, the other engine responds faster."""


class ElasticsearchEngine:
    """Search by Elasticsearch 9.

    `refresh` makes writes wait until they can be found, which is slow: for tests only.
    """

    name = "elasticsearch"

    def __init__(self, url: str, *, prefix: str = "jishi", budget: float = SEARCH_TIMEOUT_S, refresh: bool = False) -> None:
        self._client = Elasticsearch(url, max_retries=0, retry_on_timeout=False, request_timeout=WRITE_TIMEOUT_S)
        self.prefix = prefix
        # The check for an index precedes the search and must leave time for it.
        self._probe_client = self._client.options(request_timeout=budget / 3)
        self._budget = budget
        self._refresh = refresh

    @property
    def engines(self) -> tuple[SearchEngine, ...]:
        """Return a tuple of this engine."""
        return (self,)

    def index_documents(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents; newer versions are kept. They are searchable within a second."""
        for batch in batched(documents, BATCH_SIZE):
            self._write(index, batch)

    def delete_documents(self, index: str, deletions: Mapping[str, int]) -> None:
        """Delete documents, and keep their versions as tombstones until the next rebuild."""
        self._write(index, tombstones(deletions))

    def search(self, index: str, query: Query) -> SearchResult:
        """Return the best matches; none from an index that was never written."""
        started = time.monotonic()
        result = _SearchSession(self, index, started + self._budget).search(query)
        return replace(result, milliseconds=(time.monotonic() - started) * 1000)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Return phrases with this prefix, most frequent first."""
        prefix = autocomplete.normalize_prefix(text)
        if not prefix or limit < 1:
            return ()
        [response] = self.multi_search(index, [build_suggest(prefix, audience, limit * 4)], self._budget)
        buckets = response["aggregations"]["phrases"]["buckets"] if "aggregations" in response else []
        return autocomplete.rank_suggestions(((bucket["key"], bucket["doc_count"]) for bucket in buckets), limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Fill a new index that concurrent writes go to as well, then swap the alias."""
        alias, rebuild_alias = self._alias(index), self._rebuild_alias(index)
        new_index = f"{alias}-{time.strftime('%Y%m%d%H%M%S')}-{secrets.token_hex(4)}"
        with _translate_errors():
            self._delete_stale_indexes(alias)
            self._client.indices.create(index=new_index, settings=SETTINGS, mappings=build_mapping())
        try:
            with _translate_errors():
                self._swap_alias(rebuild_alias, new_index)
                for batch in batched(documents, BATCH_SIZE):
                    self._bulk([bulk_lines(rebuild_alias, write) for write in latest_writes(batch).values()])
                self._copy_tombstones(index, rebuild_alias)
                self._client.indices.refresh(index=new_index)
                self._swap_alias(alias, new_index, removed_alias=rebuild_alias)
        except BaseException:
            with suppress(ApiError, TransportError):
                self._client.indices.delete(index=new_index, ignore_unavailable=True)
            raise
        return self.count(index)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Yield id and version of every document."""
        return self._iter_versions(index, LIVE)

    def count(self, index: str) -> int:
        """Return the number of documents."""
        try:
            with _translate_errors():
                return int(self._client.count(index=self._alias(index), query={"term": {"state": LIVE}})["count"])
        except NotFoundError:
            return 0

    def replay_pending(self) -> int:
        """Return 0: writes either complete before the call returns or raise."""
        return 0

    def needs_rebuild(self, index: str) -> bool:
        """Return whether the index is missing or was written with another schema version."""
        try:
            with _translate_errors():
                mappings = self._probe_client.indices.get_mapping(index=self._alias(index))
        except NotFoundError:
            return True
        return any(
            index_mapping["mappings"].get("_meta", {}).get("schema_version") != SCHEMA_VERSION
            for index_mapping in mappings.values()
        )

    def drop_index(self, index: str) -> None:
        """Delete an index and everything that rebuilds have left of it."""
        with _translate_errors():
            for name in self._client.indices.get(index=f"{self._alias(index)}-*"):
                self._client.indices.delete(index=name, ignore_unavailable=True)

    def multi_search(self, index: str, bodies: Sequence[Body], seconds: float) -> list[Body]:
        """Send several searches in one request; responses from an index that was never written are empty."""
        if seconds <= 0:
            raise EngineUnavailable("the time budget for Elasticsearch is used up")
        searches = [line for body in bodies for line in ({"index": self._alias(index)}, body)]
        with _translate_errors():
            responses = self._client.options(request_timeout=seconds).msearch(searches=searches)["responses"]
        for response in responses:
            if response.get("status", 200) not in (200, 404):
                raise EngineUnavailable(f"Elasticsearch responded {response['status']}: {response.get('error')}")
        return cast(list[Body], responses)

    def _alias(self, index: str) -> str:
        return f"{self.prefix}-{validate_index_name(index)}"

    def _rebuild_alias(self, index: str) -> str:
        """Return the alias of the index that a rebuild is filling; it exists only during the rebuild."""
        return f"{self.prefix}-rebuild-{validate_index_name(index)}"

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        latest = list(latest_writes(writes).values())
        if not latest:
            return
        alias, rebuild_alias = self._alias(index), self._rebuild_alias(index)
        lines = [bulk_lines(name, write) for write in latest for name in (alias, rebuild_alias)]
        with _translate_errors():
            if alias in self._bulk(lines):
                self._create(alias)
                self._bulk(lines)

    def _bulk(self, lines: Iterable[list[Body]]) -> set[str]:
        """Send writes and return the aliases that do not exist. Newer documents are left unchanged."""
        operations = [line for pair in lines for line in pair]
        if not operations:
            return set()
        response = self._client.bulk(operations=operations, refresh=self._refresh)
        return missing_aliases(response["items"]) if response["errors"] else set()

    def _create(self, alias: str) -> None:
        """Create the first index behind an alias; of two concurrent attempts, one succeeds."""
        try:
            self._client.indices.create(
                index=f"{alias}-first", settings=SETTINGS, mappings=build_mapping(), aliases={alias: {}}
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def _swap_alias(self, alias: str, new_index: str, *, removed_alias: str | None = None) -> None:
        """Point the alias to the new index only, and remove `removed_alias`, in one atomic step."""
        actions: list[Body] = [
            {"remove": {"index": f"{self.prefix}-*", "alias": name, "must_exist": False}}
            for name in (alias, removed_alias)
            if name
        ]
        self._client.indices.update_aliases(actions=[*actions, {"add": {"index": new_index, "alias": alias}}])

    def _delete_stale_indexes(self, alias: str) -> None:
        """Delete the leftovers of earlier rebuilds: the previous index, kept for running searches, and incomplete ones."""
        indexes = self._client.indices.get_alias(index=f"{alias}-*", ignore_unavailable=True)
        for name, info in indexes.items():
            if alias not in info["aliases"]:
                self._client.indices.delete(index=name, ignore_unavailable=True)

    def _copy_tombstones(self, index: str, rebuild_alias: str) -> None:
        """Copy the tombstones to the new index: an older write may still be under way."""
        deleted = (Tombstone(id, version) for id, version in self._iter_versions(index, DELETED))
        for batch in batched(deleted, BATCH_SIZE):
            self._bulk([bulk_lines(rebuild_alias, tombstone) for tombstone in batch])

    def _iter_versions(self, index: str, state: int) -> Iterator[tuple[str, int]]:
        query = {"query": {"term": {"state": state}}, "_source": ["stamp"]}
        try:
            with _translate_errors():
                for hit in helpers.scan(self._client, index=self._alias(index), query=query, size=2000):
                    yield hit["_id"], int(hit["_source"]["stamp"]) >> 1
        except NotFoundError:
            return


class _SearchSession:
    """The requests needed to answer one query, within one deadline."""

    def __init__(self, engine: ElasticsearchEngine, index: str, deadline: float) -> None:
        self._engine = engine
        self._index = index
        self._deadline = deadline

    def search(self, query: Query) -> SearchResult:
        if not query.text.strip():
            return parse_search(self._multi_search(build_search(query, None))[0], query)
        parsed = parse_query(query.text)
        if not parsed.groups:
            return SearchResult(ids=(), total=0, engine=ElasticsearchEngine.name)
        # Most texts are spelt correctly and match enough: then the second response, requested in advance, is the result.
        strict_query = build_match(parsed, parsed.min_should_match)
        probe, response = self._multi_search(
            build_probe(parsed, query.audience, strict_query), build_search(query, strict_query)
        )
        corrections = self._find_corrections(parse_suggestions(probe), query.audience)
        if corrections:
            parsed = with_corrections(parsed, corrections)
            strict_query = build_match(parsed, parsed.min_should_match)
            [probe] = self._multi_search(build_probe(ParsedQuery(parsed.text, (), ()), query.audience, strict_query))
        has_enough = total_hits(probe) >= (MIN_STRICT_HITS if query.sort is Sort.RELEVANCE else 1)
        if corrections or not has_enough:
            [response] = self._multi_search(build_search(query, strict_query if has_enough else build_match(parsed, 1)))
        return replace(
            parse_search(response, query), did_you_mean=did_you_mean_text(parsed.text, corrections) if corrections else None
        )

    def _find_corrections(self, candidates: Mapping[str, tuple[str, ...]], audience: tuple[str, ...]) -> dict[str, str]:
        """Return the most frequent candidate for each misspelt word, from documents that this audience may find."""
        keys = {f"{typed}:{candidate}": candidate for typed, words in candidates.items() for candidate in words}
        if not keys:
            return {}
        [response] = self._multi_search(build_frequency_probe(keys, audience))
        frequencies = {key: int(bucket["doc_count"]) for key, bucket in response.get("aggregations", {}).items()}
        corrections: dict[str, str] = {}
        for typed, words in candidates.items():
            best = max(sorted(words), key=lambda candidate: frequencies.get(f"{typed}:{candidate}", 0))
            if frequencies.get(f"{typed}:{best}"):
                corrections[typed] = best
        return corrections

    def _multi_search(self, *bodies: Body) -> list[Body]:
        return self._engine.multi_search(self._index, bodies, self._deadline - time.monotonic())


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise EngineUnavailable for all errors that mean that the server is unavailable."""
    try:
        yield
    except (TransportError, UnsupportedProductError) as error:
        raise EngineUnavailable(f"Elasticsearch: {error}") from error
    except ApiError as error:
        if error.status_code == 429 or error.status_code >= 500:
            raise EngineUnavailable(f"Elasticsearch: {error}") from error
        raise
