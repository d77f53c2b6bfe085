"""Failover: during an outage of the preferred engine another one responds, and no write is lost."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import pytest

from search import PUBLIC_AUDIENCE, Document, EngineUnavailable, Query, SearchEngine, SearchResult
from search.circuit_breaker import CircuitBreaker
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.elasticsearch_queries import SCHEMA_VERSION
from search.engines.tantivy import TantivyEngine
from search.failover import FailoverEngine
from search.reconciliation import ReconcileResult, reconcile
from tests.search.engine_contract import INDEX, make_document, search_ids

BUDGET_S = 0.4
STALL_S = 8.0
"""Seconds that a silent server keeps a client waiting: far more than the budget, less than a write may take."""
TEAPOT_QUERY = Query(audience=(PUBLIC_AUDIENCE,), text="teapot")

ServerBehavior = Callable[[socket.socket], str]
"""Handles a connection and returns how it ended."""

GAVE_UP = "the client gave up"


def never_answer(caller: socket.socket) -> str:
    """Read the request and never respond."""
    caller.settimeout(STALL_S)
    try:
        while caller.recv(65536):
            pass
    except TimeoutError:
        return "the client was still waiting"
    return GAVE_UP


def answer_mapping_then_stall(caller: socket.socket) -> str:
    """Return a current mapping for the first request, then stop responding."""
    caller.recv(65536)
    body = json.dumps({"index": {"mappings": {"_meta": {"schema_version": SCHEMA_VERSION}}}}).encode()
    head = "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n"
    caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return never_answer(caller)


def reset_connection(caller: socket.socket) -> str:
    """Reset the connection."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    return "reset"


def answer_as_other_server(caller: socket.socket) -> str:
    """Respond as a server that is not Elasticsearch."""
    caller.recv(65536)
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<hr/>")
    return "answered"


def answer_503(caller: socket.socket) -> str:
    """Respond with status 503."""
    caller.recv(65536)
    caller.sendall(b"HTTP/1.1 503 Service Unavailable\r\nX-Elastic-Product: Elasticsearch\r\nContent-Length: 0\r\n\r\n")
    return "answered"


@dataclass
class FakeServer:
    """The record of a server: how often it was called, and how each call ended."""

    url: str
    calls: int = 0
    outcomes: SimpleQueue[str] = field(default_factory=SimpleQueue)

    def handle(self, behavior: ServerBehavior, caller: socket.socket) -> None:
        """Serve one connection and record how it ended."""
        with caller:
            try:
                self.outcomes.put(behavior(caller))
            except OSError as error:
                self.outcomes.put(str(error))

    def wait_for_outcomes(self, calls: int) -> list[str]:
        """Wait until the next `calls` connections have ended, and return how."""
        return [self.outcomes.get(timeout=60) for _ in range(calls)]


@contextmanager
def run_fake_server(behavior: ServerBehavior) -> Iterator[FakeServer]:
    """Run a server on a free port that handles every connection with `behavior`."""
    listener = socket.create_server(("127.0.0.1", 0))
    fake = FakeServer(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            fake.calls += 1
            threading.Thread(target=fake.handle, args=(behavior, caller), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield fake
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def closed_port() -> str:
    """Return a URL on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def make_failover(url: str, root: Path, breaker: CircuitBreaker | None = None) -> FailoverEngine:
    """Return an Elasticsearch engine at this URL with an embedded engine as fallback that contains a teapot."""
    tantivy = TantivyEngine(root / "index")
    tantivy.index_documents(INDEX, [make_document("a", "teapot")])
    return FailoverEngine(ElasticsearchEngine(url, budget=BUDGET_S), tantivy, retry_dir=root / "retry", breaker=breaker)


@pytest.mark.parametrize("behavior", [never_answer, reset_connection, answer_as_other_server, answer_503])
def test_broken_server_is_tried_once_per_request_then_fallback(behavior: ServerBehavior, tmp_path: Path) -> None:
    with run_fake_server(behavior) as fake:
        engine = make_failover(fake.url, tmp_path)
        result = engine.search(INDEX, TEAPOT_QUERY)
        assert (result.ids, result.engine, result.degraded) == (("a",), "embedded", True)
        assert (len(fake.wait_for_outcomes(1)), fake.calls) == (1, 1)
        assert engine.suggest(INDEX, "tea", audience=(PUBLIC_AUDIENCE,)) == ("teapot",)
        assert (len(fake.wait_for_outcomes(1)), fake.calls) == (1, 2)


def test_silent_server_times_out_on_client_side(tmp_path: Path) -> None:
    """Waiting longer than the budget would last until the server closes the connection."""
    with run_fake_server(never_answer) as fake:
        assert make_failover(fake.url, tmp_path).search(INDEX, TEAPOT_QUERY).degraded
        assert fake.wait_for_outcomes(1) == [GAVE_UP]


def test_stalled_search_times_out(tmp_path: Path) -> None:
    """A server may return the mapping and then stop responding: the search has a budget of its own."""
    with run_fake_server(answer_mapping_then_stall) as fake:
        assert make_failover(fake.url, tmp_path).search(INDEX, TEAPOT_QUERY).engine == "embedded"
        assert fake.wait_for_outcomes(1) == [GAVE_UP]


def test_closed_port_falls_back_and_opens_breaker(tmp_path: Path) -> None:
    breaker = CircuitBreaker(failure_threshold=2, clock=lambda: 0.0)
    engine = make_failover(closed_port(), tmp_path, breaker)
    result = engine.search(INDEX, TEAPOT_QUERY)
    assert (result.ids, result.engine, result.degraded) == (("a",), "embedded", True)
    assert not breaker.is_open
    assert engine.search(INDEX, TEAPOT_QUERY).ids == ("a",)
    assert breaker.is_open


def test_breaker_blocks_requests_until_cooldown(tmp_path: Path) -> None:
    now = [0.0]
    with run_fake_server(never_answer) as fake:
        engine = make_failover(fake.url, tmp_path, CircuitBreaker(cooldown=10, clock=lambda: now[0]))
        for _ in range(23):
            result = engine.search(INDEX, TEAPOT_QUERY)
            assert (result.ids, result.engine, result.degraded) == (("a",), "embedded", True)
        assert (fake.wait_for_outcomes(3), fake.calls) == ([GAVE_UP] * 3, 3)
        now[0] = 10.0
        for _ in range(5):
            assert engine.search(INDEX, TEAPOT_QUERY).degraded
        assert (fake.wait_for_outcomes(1), fake.calls) == ([GAVE_UP], 4)


def test_breaker_allows_one_trial_and_closes_on_success() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failure_threshold=2, cooldown=10, clock=lambda: now[0])
    breaker.record_failure()
    assert breaker.allow_request()
    breaker.record_failure()
    assert breaker.is_open
    assert not breaker.allow_request()
    now[0] = 10.0
    assert [breaker.allow_request() for _ in range(3)] == [True, False, False]
    breaker.record_success()
    assert breaker.allow_request()
    assert not breaker.is_open


class FlakyEngine:
    """A complete engine that can be switched off, like a restarting server."""

    name = "primary"

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self.is_down = False

    def _available_engine(self) -> SearchEngine:
        if self.is_down:
            raise EngineUnavailable("down")
        return self._engine

    @property
    def engines(self) -> tuple[SearchEngine, ...]:
        return (self,)

    def index_documents(self, index: str, documents: Iterable[Document]) -> None:
        self._available_engine().index_documents(index, documents)

    def delete_documents(self, index: str, deletions: Mapping[str, int]) -> None:
        self._available_engine().delete_documents(index, deletions)

    def search(self, index: str, query: Query) -> SearchResult:
        return self._available_engine().search(index, query)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        return self._available_engine().suggest(index, text, audience=audience, limit=limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        return self._available_engine().rebuild(index, documents)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        return self._available_engine().versions(index)

    def count(self, index: str) -> int:
        return self._available_engine().count(index)

    def replay_pending(self) -> int:
        return self._available_engine().replay_pending()

    def needs_rebuild(self, index: str) -> bool:
        return self._available_engine().needs_rebuild(index)


class EnginePair:
    """Two engines that can both be switched off, and the failover over them."""

    def __init__(self, root: Path) -> None:
        self.first = FlakyEngine(TantivyEngine(root / "first"))
        self.second = FlakyEngine(TantivyEngine(root / "second"))
        self.second.name = "secondary"
        self.engine = FailoverEngine(self.first, self.second, retry_dir=root / "retry", breaker=CircuitBreaker(cooldown=0))


@pytest.fixture
def pair(tmp_path: Path) -> EnginePair:
    return EnginePair(tmp_path)


def test_first_engine_is_preferred(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("a", "teapot")])
    result = pair.engine.search(INDEX, TEAPOT_QUERY)
    assert (result.ids, result.degraded) == (("a",), False)


@pytest.mark.parametrize("which", ["first", "second"])
def test_missed_writes_are_replayed(pair: EnginePair, which: str) -> None:
    lagging: FlakyEngine = getattr(pair, which)
    pair.engine.index_documents(INDEX, [make_document("a", "teapot"), make_document("b", "teacup")])
    lagging.is_down = True
    pair.engine.index_documents(INDEX, [make_document("a", "lantern", version=2), make_document("c", "kettle")])
    pair.engine.delete_documents(INDEX, {"b": 2})
    assert set(search_ids(pair.engine)) == {"a", "c"}
    assert pair.engine.replay_pending() == 0
    lagging.is_down = False
    assert dict(lagging.versions(INDEX)) == {"a": 1, "b": 1}
    assert set(search_ids(pair.engine)) == {"a", "c"}
    assert pair.engine.replay_pending() == 3
    assert dict(lagging.versions(INDEX)) == {"a": 2, "c": 1}
    assert pair.engine.replay_pending() == 0
    assert not pair.engine.search(INDEX, TEAPOT_QUERY).degraded


def test_lagging_engine_is_skipped_until_replayed(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("a", "teapot")])
    pair.first.is_down = True
    pair.engine.delete_documents(INDEX, {"a": 2})
    pair.first.is_down = False
    assert pair.engine.search(INDEX, TEAPOT_QUERY).ids == ()
    assert pair.engine.search(INDEX, TEAPOT_QUERY).degraded
    pair.engine.replay_pending()
    result = pair.engine.search(INDEX, TEAPOT_QUERY)
    assert (result.ids, result.degraded) == ((), False)


def test_retry_queue_survives_restart(pair: EnginePair, tmp_path: Path) -> None:
    pair.engine.index_documents(INDEX, [make_document("a", "teapot")])
    pair.first.is_down = True
    pair.engine.index_documents(INDEX, [make_document("a", "lantern", version=2)])
    pair.engine.replay_pending()
    pair.engine.index_documents(INDEX, [make_document("b", "kettle")])
    restarted = EnginePair(tmp_path)
    assert restarted.engine.replay_pending() == 2
    assert dict(restarted.first.versions(INDEX)) == {"a": 2, "b": 1}


def test_write_raises_when_both_engines_are_down(pair: EnginePair) -> None:
    pair.first.is_down = pair.second.is_down = True
    with pytest.raises(EngineUnavailable):
        pair.engine.index_documents(INDEX, [make_document("a")])
    pair.first.is_down = pair.second.is_down = False
    assert pair.engine.replay_pending() == 0
    assert pair.engine.count(INDEX) == 0


def test_rebuild_reads_source_once_for_both_engines(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("old", "teapot")])
    rows_read: list[str] = []

    def rows() -> Iterator[Document]:
        for n in range(1500):
            rows_read.append(str(n))
            yield make_document(str(n))
        pair.engine.index_documents(INDEX, [make_document("late", version=5)])

    assert pair.engine.rebuild(INDEX, rows()) == 1501
    assert len(rows_read) == 1500
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX))
    assert "old" not in dict(pair.engine.versions(INDEX))


def test_rebuild_with_first_engine_down_rebuilds_second_and_raises(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("old", "teapot")])
    pair.first.is_down = True
    with pytest.raises(EngineUnavailable, match="primary"):
        pair.engine.rebuild(INDEX, [make_document("new", "kettle")])
    assert dict(pair.second.versions(INDEX)) == {"new": 1}


def test_failed_source_read_preserves_both_indexes(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("old", "teapot")])

    def rows() -> Iterator[Document]:
        yield make_document("new", "kettle")
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        pair.engine.rebuild(INDEX, rows())
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX)) == {"old": 1}


def test_reconcile_repairs_each_engine(pair: EnginePair) -> None:
    pair.first.index_documents(INDEX, [make_document("a"), make_document("deleted"), make_document("b", version=2)])
    pair.second.index_documents(INDEX, [make_document("a"), make_document("extra", version=9)])
    current = {"a": 1, "b": 2, "c": 5}

    def load_documents(ids: Sequence[str]) -> Iterator[Document]:
        return (make_document(id, version=current[id]) for id in ids)

    assert reconcile(pair.engine, INDEX, current_versions=lambda: current, documents=load_documents) == ReconcileResult(
        indexed=3, deleted=2
    )
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX)) == current
    assert reconcile(pair.engine, INDEX, current_versions=lambda: current, documents=load_documents) == ReconcileResult()


def test_reconcile_preserves_concurrently_created_documents(pair: EnginePair) -> None:
    pair.engine.index_documents(INDEX, [make_document("a")])

    def current_versions() -> dict[str, int]:
        pair.engine.index_documents(INDEX, [make_document("new")])
        return {"a": 1, "new": 1}

    reconcile(pair.engine, INDEX, current_versions=current_versions, documents=lambda ids: (make_document(id) for id in ids))
    assert set(dict(pair.engine.versions(INDEX))) == {"a", "new"}


def test_empty_first_engine_is_not_used(pair: EnginePair) -> None:
    pair.second.index_documents(INDEX, [make_document("a", "teapot")])
    assert pair.engine.search(INDEX, TEAPOT_QUERY).ids == ("a",)
    assert pair.engine.search(INDEX, TEAPOT_QUERY).degraded
    pair.engine.rebuild(INDEX, [make_document("a", "teapot")])
    assert not pair.engine.search(INDEX, TEAPOT_QUERY).degraded
