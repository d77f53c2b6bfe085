"""The embedded engine passes the contract, alone and with concurrent processes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from search import Document, EngineUnavailable, file_lock
from search.engines.tantivy import TantivyEngine
from search.file_lock import acquire_lock
from tests.search.engine_contract import INDEX, make_document, search_ids
from tests.search.engine_contract_text import EngineContract

FORK_CONTEXT = multiprocessing.get_context("fork")
DOCUMENT_COUNT = 20
LAST_VERSION = 6


class TestTantivyEngine(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> TantivyEngine:
        return TantivyEngine(tmp_path)


def run_in_process(work: Callable[[], object]) -> int:
    """Run a function in another process and return its exit code (0: success, -9: killed)."""
    process = FORK_CONTEXT.Process(target=work)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_writes_of_another_process_are_visible(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    engine.index_documents(INDEX, [make_document("a", "teapot")])
    assert search_ids(engine, "kettle") == []
    assert run_in_process(lambda: TantivyEngine(tmp_path).index_documents(INDEX, [make_document("b", "kettle")])) == 0
    assert search_ids(engine, "kettle") == ["b"]
    assert run_in_process(lambda: TantivyEngine(tmp_path).rebuild(INDEX, [make_document("c", "kettle")])) == 0
    assert search_ids(engine, "kettle") == ["c"]


@dataclass
class FakeClock:
    """A clock that advances only while the code under test sleeps; `on_sleep` is called at each sleep."""

    on_sleep: Callable[[int], object] = lambda _count: None
    now: float = 0.0
    sleep_count: int = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.sleep_count += 1
        assert self.sleep_count < 1000, "endless wait"
        self.on_sleep(self.sleep_count)


def test_writer_waits_for_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = TantivyEngine(tmp_path, lock_timeout=10 * file_lock.POLL_INTERVAL_S)
    engine.index_documents(INDEX, [make_document("a", "teapot")])
    with ExitStack() as lock_stack:
        clock = FakeClock(lambda count: lock_stack.close() if count == 3 else None)
        monkeypatch.setattr(file_lock, "time", clock)
        lock_stack.enter_context(acquire_lock(tmp_path / INDEX / "write.lock", timeout=0))
        engine.index_documents(INDEX, [make_document("b")])
    assert clock.sleep_count == 3
    assert engine.count(INDEX) == 2


def test_writer_lock_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = TantivyEngine(tmp_path, lock_timeout=9.5 * file_lock.POLL_INTERVAL_S)
    engine.index_documents(INDEX, [make_document("a", "teapot")])
    clock = FakeClock()
    monkeypatch.setattr(file_lock, "time", clock)
    with acquire_lock(tmp_path / INDEX / "write.lock", timeout=0):
        with pytest.raises(EngineUnavailable):
            engine.index_documents(INDEX, [make_document("b")])
        assert clock.sleep_count == 10
        assert search_ids(engine, "teapot") == ["a"]
    engine.index_documents(INDEX, [make_document("b")])
    assert engine.count(INDEX) == 2


def test_killed_rebuild_preserves_old_index_and_leaves_no_files(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    engine.index_documents(INDEX, [make_document("a", "teapot")])

    def rows_then_kill() -> Iterator[Document]:
        yield make_document("x", "nothing")
        TantivyEngine(tmp_path).index_documents(INDEX, [make_document("b", "teacup")])
        os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_process(lambda: TantivyEngine(tmp_path).rebuild(INDEX, rows_then_kill())) == -signal.SIGKILL
    assert dict(engine.versions(INDEX)) == {"a": 1, "b": 1}
    engine.index_documents(INDEX, [make_document("c")])
    assert engine.rebuild(INDEX, [make_document("a", "teapot", version=2)]) == 1
    assert dict(engine.versions(INDEX)) == {"a": 2}
    assert len([entry for entry in (tmp_path / INDEX).iterdir() if entry.is_dir()]) == 1
    assert not (tmp_path / INDEX / "rebuild.journal").exists()


def test_killed_writer_releases_lock(tmp_path: Path) -> None:
    def kill_while_locked() -> None:
        with acquire_lock(tmp_path / INDEX / "write.lock", timeout=0):
            os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_process(kill_while_locked) == -signal.SIGKILL
    TantivyEngine(tmp_path, lock_timeout=0).index_documents(INDEX, [make_document("a")])


class SourceRows:
    """The database: the newest version of each object and whether it exists, in a file shared by all processes."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=20, isolation_level=None)
        self._connection.execute("CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, version INTEGER, alive INTEGER)")

    def upsert(self, id: str, version: int, alive: bool) -> None:
        on_conflict = "ON CONFLICT (id) DO UPDATE SET version = ?2, alive = ?3 WHERE version < ?2"
        self._connection.execute(f"INSERT INTO rows VALUES (?1, ?2, ?3) {on_conflict}", (id, version, alive))

    def live_rows(self) -> Iterator[tuple[str, int]]:
        yield from self._connection.execute("SELECT id, version FROM rows WHERE alive")


def shuffled_edits(seed: int) -> list[tuple[str, int, bool]]:
    """Return changes and deletions of objects, duplicated and out of order."""
    history = [(f"{seed}-{n}", version, True) for n in range(DOCUMENT_COUNT) for version in range(1, LAST_VERSION)]
    history += [(f"{seed}-{n}", LAST_VERSION, n % 4 != 0) for n in range(DOCUMENT_COUNT)]
    edits = history * 2
    random.Random(seed).shuffle(edits)
    return edits


def run_writer(root: Path, seed: int, rebuilt: Event) -> None:
    """Change rows and index each change afterwards; the last quarter waits for the rebuilds."""
    rows, engine, history = SourceRows(root / "rows"), TantivyEngine(root / "index"), shuffled_edits(seed)
    for start in range(0, len(history), 25):
        if start > len(history) * 3 // 4:
            rebuilt.wait(30)
        batch = history[start : start + 25]
        for id, version, alive in batch:
            rows.upsert(id, version, alive)
        engine.index_documents(INDEX, [make_document(id, version=version) for id, version, alive in batch if alive])
        engine.delete_documents(INDEX, {id: version for id, version, alive in batch if not alive})


@contextmanager
def watch_for_missing(root: Path) -> Iterator[list[list[str]]]:
    """Search continuously for a known document; yield the results that lacked it."""
    missing: list[list[str]] = []
    done = threading.Event()

    def watch() -> None:
        watcher = TantivyEngine(root)
        while not done.wait(0.002):
            if (ids_found := search_ids(watcher, "teapot")) != ["known"]:
                missing.append(ids_found)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield missing
    finally:
        done.set()
        watcher.join()


def test_concurrent_writers_and_rebuilds_converge(tmp_path: Path) -> None:
    """Two processes write duplicates out of order during rebuilds, one of which fails; no document is missing."""
    rows, engine = SourceRows(tmp_path / "rows"), TantivyEngine(tmp_path / "index")
    rows.upsert("known", 1, True)
    engine.index_documents(INDEX, [make_document("known", "teapot")])
    # A rebuild after the last write would repair every error made before.
    rebuilt = FORK_CONTEXT.Event()
    writers = [FORK_CONTEXT.Process(target=run_writer, args=(tmp_path, seed, rebuilt), daemon=True) for seed in (1, 2)]

    def documents(until: int) -> Iterator[Document]:
        for n, (id, version) in enumerate(rows.live_rows()):
            if n == until:
                raise ConnectionResetError
            yield make_document(id, "teapot" if id == "known" else "plain thing", version=version)
            time.sleep(0.002)

    for writer in writers:
        writer.start()
    with watch_for_missing(tmp_path / "index") as missing:
        for _ in range(2):
            with suppress(ConnectionResetError):
                engine.rebuild(INDEX, documents(until=10))
            engine.rebuild(INDEX, documents(until=-1))
        rebuilt.set()
        for writer in writers:
            writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert missing == []
    assert dict(engine.versions(INDEX)) == dict(rows.live_rows())
    assert len(dict(rows.live_rows())) == 1 + 2 * DOCUMENT_COUNT * 3 // 4
