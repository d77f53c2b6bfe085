"""When the preferred engine is away, another answers, says so, and nothing that was written is lost."""

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

from search import EVERYBODY, Document, Engine, EngineUnavailable, Found, Query
from search.breaker import Breaker
from search.contract import INDEX, ids, thing
from search.elastic import Elastic
from search.elastic_schema import RULES
from search.embedded import Embedded
from search.failover import Failover
from search.reconciling import Reconciled, reconcile

BUDGET = 0.4
STUBBORN = 8.0
"""Seconds that a silent server holds a caller: far more than the budget, and less than a write may last."""
ASK = Query(audience=(EVERYBODY,), text="teapot")

Manner = Callable[[socket.socket], str]
"""What a server does to a caller, and how the call ended."""

GAVE_UP = "the caller gave up"


def silent(caller: socket.socket) -> str:
    """Takes the question and never answers."""
    caller.settimeout(STUBBORN)
    try:
        while caller.recv(65536):
            pass
    except TimeoutError:
        return "the caller was still waiting"
    return GAVE_UP


def beginning(caller: socket.socket) -> str:
    """Says that it has the index as it should be, and then nothing more."""
    caller.recv(65536)
    body = json.dumps({"index": {"mappings": {"_meta": {"rules": RULES}}}}).encode()
    head = "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n"
    caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return silent(caller)


def resetting(caller: socket.socket) -> str:
    """Cuts the line."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    return "cut"


def rambling(caller: socket.socket) -> str:
    """Answers, but is no Elasticsearch."""
    caller.recv(65536)
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<hr/>")
    return "answered"


def failing(caller: socket.socket) -> str:
    """Answers that it cannot."""
    caller.recv(65536)
    caller.sendall(b"HTTP/1.1 503 Service Unavailable\r\nX-Elastic-Product: Elasticsearch\r\nContent-Length: 0\r\n\r\n")
    return "answered"


@dataclass
class Server:
    """What happened at a server: how often it was called, and how each call ended."""

    url: str
    calls: int = 0
    ends: SimpleQueue[str] = field(default_factory=SimpleQueue)

    def treat(self, manner: Manner, caller: socket.socket) -> None:
        """Serve one caller, and note how it ended."""
        with caller:
            try:
                self.ends.put(manner(caller))
            except OSError as trouble:
                self.ends.put(str(trouble))

    def ended(self, calls: int) -> list[str]:
        """How the next so many calls ended, when they have."""
        return [self.ends.get(timeout=60) for _ in range(calls)]


@contextmanager
def server(manner: Manner) -> Iterator[Server]:
    """A server on a port of its own that treats everybody alike."""
    listener = socket.create_server(("127.0.0.1", 0))
    here = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            here.calls += 1
            threading.Thread(target=here.treat, args=(manner, caller), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield here
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def over(url: str, root: Path, breaker: Breaker | None = None) -> Failover:
    """An Elasticsearch at this address before an embedded engine that knows a teapot."""
    embedded = Embedded(root / "index")
    embedded.put(INDEX, [thing("a", "teapot")])
    return Failover(Elastic(url, budget=BUDGET), embedded, debts=root / "debts", breaker=breaker)


@pytest.mark.parametrize("manner", [silent, resetting, rambling, failing])
def test_a_broken_server_is_tried_once_for_each_question_and_answered_for(manner: Manner, tmp_path: Path) -> None:
    with server(manner) as broken:
        engine = over(broken.url, tmp_path)
        found = engine.find(INDEX, ASK)
        assert (found.ids, found.engine, found.degraded) == (("a",), "embedded", True)
        assert (len(broken.ended(1)), broken.calls) == (1, 1)
        assert engine.suggest(INDEX, "tea", audience=(EVERYBODY,)) == ("teapot",)
        assert (len(broken.ended(1)), broken.calls) == (1, 2)


def test_a_silent_server_is_given_up_before_it_gives_up(tmp_path: Path) -> None:
    """Whoever waits longer than the budget would sit there until the server hangs up."""
    with server(silent) as broken:
        assert over(broken.url, tmp_path).find(INDEX, ASK).degraded
        assert broken.ended(1) == [GAVE_UP]


def test_a_question_that_is_not_answered_is_given_up_too(tmp_path: Path) -> None:
    """A server that says that it has the index, and then falls silent: the question has a budget of its own."""
    with server(beginning) as broken:
        assert over(broken.url, tmp_path).find(INDEX, ASK).engine == "embedded"
        assert broken.ended(1) == [GAVE_UP]


def test_a_server_that_is_down_is_answered_for_and_left_alone(tmp_path: Path) -> None:
    breaker = Breaker(failures=2, clock=lambda: 0.0)
    engine = over(closed_port(), tmp_path, breaker)
    found = engine.find(INDEX, ASK)
    assert (found.ids, found.engine, found.degraded) == (("a",), "embedded", True)
    assert not breaker.open
    assert engine.find(INDEX, ASK).ids == ("a",)
    assert breaker.open


def test_after_three_failures_nobody_asks_until_the_rest_is_over(tmp_path: Path) -> None:
    now = [0.0]
    with server(silent) as broken:
        engine = over(broken.url, tmp_path, Breaker(rest=10, clock=lambda: now[0]))
        for _ in range(23):
            found = engine.find(INDEX, ASK)
            assert (found.ids, found.engine, found.degraded) == (("a",), "embedded", True)
        assert (broken.ended(3), broken.calls) == ([GAVE_UP] * 3, 3)
        now[0] = 10.0
        for _ in range(5):
            assert engine.find(INDEX, ASK).degraded
        assert (broken.ended(1), broken.calls) == ([GAVE_UP], 4)


def test_the_breaker_lets_one_try_and_closes_on_success() -> None:
    now = [0.0]
    breaker = Breaker(failures=2, rest=10, clock=lambda: now[0])
    breaker.failed()
    assert breaker.admits()
    breaker.failed()
    assert breaker.open
    assert not breaker.admits()
    now[0] = 10.0
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits()
    assert not breaker.open


class Roaming:
    """A whole engine that can be away, as a server is during its restart."""

    name = "roaming"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.away = False

    def _here(self) -> Engine:
        if self.away:
            raise EngineUnavailable("away")
        return self._engine

    @property
    def parts(self) -> tuple[Engine, ...]:
        return (self,)

    def put(self, index: str, documents: Iterable[Document]) -> None:
        self._here().put(index, documents)

    def drop(self, index: str, gone: Mapping[str, int]) -> None:
        self._here().drop(index, gone)

    def find(self, index: str, query: Query) -> Found:
        return self._here().find(index, query)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        return self._here().suggest(index, text, audience=audience, limit=limit)

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        return self._here().rebuild(index, documents)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        return self._here().versions(index)

    def count(self, index: str) -> int:
        return self._here().count(index)

    def catch_up(self) -> int:
        return self._here().catch_up()

    def stale(self, index: str) -> bool:
        return self._here().stale(index)


class Pair:
    """Two engines that can both be away, and the failover over them."""

    def __init__(self, root: Path) -> None:
        self.first = Roaming(Embedded(root / "first"))
        self.second = Roaming(Embedded(root / "second"))
        self.second.name = "steady"
        self.engine = Failover(self.first, self.second, debts=root / "debts", breaker=Breaker(rest=0))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_the_first_engine_answers_when_it_can(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("a", "teapot")])
    found = pair.engine.find(INDEX, ASK)
    assert (found.ids, found.degraded) == (("a",), False)


@pytest.mark.parametrize("which", ["first", "second"])
def test_what_either_missed_is_made_up_for(pair: Pair, which: str) -> None:
    lagging: Roaming = getattr(pair, which)
    pair.engine.put(INDEX, [thing("a", "teapot"), thing("b", "teacup")])
    lagging.away = True
    pair.engine.put(INDEX, [thing("a", "lantern", version=2), thing("c", "kettle")])
    pair.engine.drop(INDEX, {"b": 2})
    assert set(ids(pair.engine)) == {"a", "c"}
    assert pair.engine.catch_up() == 0
    lagging.away = False
    assert dict(lagging.versions(INDEX)) == {"a": 1, "b": 1}
    assert set(ids(pair.engine)) == {"a", "c"}
    assert pair.engine.catch_up() == 3
    assert dict(lagging.versions(INDEX)) == {"a": 2, "c": 1}
    assert pair.engine.catch_up() == 0
    assert not pair.engine.find(INDEX, ASK).degraded


def test_an_engine_that_lags_is_not_asked_until_it_has_caught_up(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("a", "teapot")])
    pair.first.away = True
    pair.engine.drop(INDEX, {"a": 2})
    pair.first.away = False
    assert pair.engine.find(INDEX, ASK).ids == ()
    assert pair.engine.find(INDEX, ASK).degraded
    pair.engine.catch_up()
    found = pair.engine.find(INDEX, ASK)
    assert (found.ids, found.degraded) == ((), False)


def test_debts_survive_a_restart_and_a_half_done_repetition(pair: Pair, tmp_path: Path) -> None:
    pair.engine.put(INDEX, [thing("a", "teapot")])
    pair.first.away = True
    pair.engine.put(INDEX, [thing("a", "lantern", version=2)])
    pair.engine.catch_up()
    pair.engine.put(INDEX, [thing("b", "kettle")])
    again = Pair(tmp_path)
    assert again.engine.catch_up() == 2
    assert dict(again.first.versions(INDEX)) == {"a": 2, "b": 1}


def test_who_writes_is_told_when_nobody_can_take_it(pair: Pair) -> None:
    pair.first.away = pair.second.away = True
    with pytest.raises(EngineUnavailable):
        pair.engine.put(INDEX, [thing("a")])
    pair.first.away = pair.second.away = False
    assert pair.engine.catch_up() == 0
    assert pair.engine.count(INDEX) == 0


def test_both_are_rebuilt_out_of_one_reading(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("old", "teapot")])
    read: list[str] = []

    def rows() -> Iterator[Document]:
        for n in range(1500):
            read.append(str(n))
            yield thing(str(n))
        pair.engine.put(INDEX, [thing("late", version=5)])

    assert pair.engine.rebuild(INDEX, rows()) == 1501
    assert len(read) == 1500
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX))
    assert "old" not in dict(pair.engine.versions(INDEX))


def test_a_rebuild_without_the_first_engine_does_the_second_and_says_so(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("old", "teapot")])
    pair.first.away = True
    with pytest.raises(EngineUnavailable, match="roaming"):
        pair.engine.rebuild(INDEX, [thing("new", "kettle")])
    assert dict(pair.second.versions(INDEX)) == {"new": 1}


def test_rows_that_cannot_be_read_leave_both_as_they_were(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("old", "teapot")])

    def rows() -> Iterator[Document]:
        yield thing("new", "kettle")
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        pair.engine.rebuild(INDEX, rows())
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX)) == {"old": 1}


def test_each_engine_is_reconciled_by_itself(pair: Pair) -> None:
    pair.first.put(INDEX, [thing("a"), thing("gone"), thing("b", version=2)])
    pair.second.put(INDEX, [thing("a"), thing("ghost", version=9)])
    now = {"a": 1, "b": 2, "c": 5}

    def present(ids: Sequence[str]) -> Iterator[Document]:
        return (thing(id, version=now[id]) for id in ids)

    assert reconcile(pair.engine, INDEX, truth=lambda: now, documents=present) == Reconciled(written=3, dropped=2)
    assert dict(pair.first.versions(INDEX)) == dict(pair.second.versions(INDEX)) == now
    assert reconcile(pair.engine, INDEX, truth=lambda: now, documents=present) == Reconciled()


def test_what_is_made_while_reconciling_is_not_taken_for_gone(pair: Pair) -> None:
    pair.engine.put(INDEX, [thing("a")])

    def truth() -> dict[str, int]:
        pair.engine.put(INDEX, [thing("new")])
        return {"a": 1, "new": 1}

    reconcile(pair.engine, INDEX, truth=truth, documents=lambda ids: (thing(id) for id in ids))
    assert set(dict(pair.engine.versions(INDEX))) == {"a", "new"}


def test_a_server_that_was_just_set_up_is_not_believed(pair: Pair) -> None:
    pair.second.put(INDEX, [thing("a", "teapot")])
    assert pair.engine.find(INDEX, ASK).ids == ("a",)
    assert pair.engine.find(INDEX, ASK).degraded
    pair.engine.rebuild(INDEX, [thing("a", "teapot")])
    assert not pair.engine.find(INDEX, ASK).degraded
