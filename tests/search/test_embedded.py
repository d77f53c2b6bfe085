"""The embedded engine keeps the contract, alone and beside other processes."""

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

from search import Document, EngineUnavailable, locks
from search.contract import INDEX, ids, thing
from search.contract_words import Contract
from search.embedded import Embedded
from search.locks import held

PROCESSES = multiprocessing.get_context("fork")
THINGS = 20
LAST = 6


class TestEmbedded(Contract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Embedded:
        return Embedded(tmp_path)


def elsewhere(work: Callable[[], object]) -> int:
    """Do it in another process; returns how that ended (0: well, -9: killed)."""
    process = PROCESSES.Process(target=work)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_what_another_process_writes_is_seen_at_once(tmp_path: Path) -> None:
    engine = Embedded(tmp_path)
    engine.put(INDEX, [thing("a", "teapot")])
    assert ids(engine, "kettle") == []
    assert elsewhere(lambda: Embedded(tmp_path).put(INDEX, [thing("b", "kettle")])) == 0
    assert ids(engine, "kettle") == ["b"]
    assert elsewhere(lambda: Embedded(tmp_path).rebuild(INDEX, [thing("c", "kettle")])) == 0
    assert ids(engine, "kettle") == ["c"]


@dataclass
class Waiting:
    """The clock of who waits for a lock: it goes on only while they sleep. `then` is done at each sleep."""

    then: Callable[[int], object] = lambda _slept: None
    now: float = 0.0
    slept: int = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += 1
        assert self.slept < 1000, "waits for ever"
        self.then(self.slept)


def test_a_writer_waits_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Embedded(tmp_path, patience=10 * locks.LOOK_AGAIN)
    engine.put(INDEX, [thing("a", "teapot")])
    with ExitStack() as other:
        waiting = Waiting(lambda slept: other.close() if slept == 3 else None)
        monkeypatch.setattr(locks, "time", waiting)
        other.enter_context(held(tmp_path / INDEX / "writing.lock", patience=0))
        engine.put(INDEX, [thing("b")])
    assert waiting.slept == 3
    assert engine.count(INDEX) == 2


def test_a_writer_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Embedded(tmp_path, patience=9.5 * locks.LOOK_AGAIN)
    engine.put(INDEX, [thing("a", "teapot")])
    waiting = Waiting()
    monkeypatch.setattr(locks, "time", waiting)
    with held(tmp_path / INDEX / "writing.lock", patience=0):
        with pytest.raises(EngineUnavailable):
            engine.put(INDEX, [thing("b")])
        assert waiting.slept == 10
        assert ids(engine, "teapot") == ["a"]
    engine.put(INDEX, [thing("b")])
    assert engine.count(INDEX) == 2


def test_a_rebuild_that_is_killed_leaves_the_old_index_and_no_rubbish(tmp_path: Path) -> None:
    engine = Embedded(tmp_path)
    engine.put(INDEX, [thing("a", "teapot")])

    def rows_until_the_kill() -> Iterator[Document]:
        yield thing("x", "nothing")
        Embedded(tmp_path).put(INDEX, [thing("b", "teacup")])
        os.kill(os.getpid(), signal.SIGKILL)

    assert elsewhere(lambda: Embedded(tmp_path).rebuild(INDEX, rows_until_the_kill())) == -signal.SIGKILL
    assert dict(engine.versions(INDEX)) == {"a": 1, "b": 1}
    engine.put(INDEX, [thing("c")])
    assert engine.rebuild(INDEX, [thing("a", "teapot", version=2)]) == 1
    assert dict(engine.versions(INDEX)) == {"a": 2}
    assert len([entry for entry in (tmp_path / INDEX).iterdir() if entry.is_dir()]) == 1
    assert not (tmp_path / INDEX / "rebuild.journal").exists()


def test_a_writer_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    def die_writing() -> None:
        with held(tmp_path / INDEX / "writing.lock", patience=0):
            os.kill(os.getpid(), signal.SIGKILL)

    assert elsewhere(die_writing) == -signal.SIGKILL
    Embedded(tmp_path, patience=0).put(INDEX, [thing("a")])


class Rows:
    """The truth: the newest version of each thing, and whether it still is, in a file that all processes share."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, timeout=20, isolation_level=None)
        self._base.execute("CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, version INTEGER, alive INTEGER)")

    def note(self, id: str, version: int, alive: bool) -> None:
        newer = "ON CONFLICT (id) DO UPDATE SET version = ?2, alive = ?3 WHERE version < ?2"
        self._base.execute(f"INSERT INTO rows VALUES (?1, ?2, ?3) {newer}", (id, version, alive))

    def living(self) -> Iterator[tuple[str, int]]:
        yield from self._base.execute("SELECT id, version FROM rows WHERE alive")


def edits(seed: int) -> list[tuple[str, int, bool]]:
    """Changes and ends of things, doubled and out of order."""
    history = [(f"{seed}-{n}", version, True) for n in range(THINGS) for version in range(1, LAST)]
    history += [(f"{seed}-{n}", LAST, n % 4 != 0) for n in range(THINGS)]
    doubled = history * 2
    random.Random(seed).shuffle(doubled)
    return doubled


def work(root: Path, seed: int, rebuilt: Event) -> None:
    """Change rows, and tell the engine of each change after it was made; the last of it after the rebuilds."""
    rows, engine, history = Rows(root / "rows"), Embedded(root / "index"), edits(seed)
    for start in range(0, len(history), 25):
        if start > len(history) * 3 // 4:
            rebuilt.wait(30)
        some = history[start : start + 25]
        for id, version, alive in some:
            rows.note(id, version, alive)
        engine.put(INDEX, [thing(id, version=version) for id, version, alive in some if alive])
        engine.drop(INDEX, {id: version for id, version, alive in some if not alive})


@contextmanager
def watching(root: Path) -> Iterator[list[list[str]]]:
    """Look for a known thing all the time; gives what was found instead when it was missing."""
    missing: list[list[str]] = []
    done = threading.Event()

    def watch() -> None:
        watcher = Embedded(root)
        while not done.wait(0.002):
            if (found := ids(watcher, "teapot")) != ["known"]:
                missing.append(found)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield missing
    finally:
        done.set()
        watcher.join()


def test_writers_and_rebuilds_together_leave_exactly_the_truth(tmp_path: Path) -> None:
    """R42: doubled, shuffled writes of two processes; rebuilds in their midst, one of which dies; nothing is missing."""
    rows, engine = Rows(tmp_path / "rows"), Embedded(tmp_path / "index")
    rows.note("known", 1, True)
    engine.put(INDEX, [thing("known", "teapot")])
    # A rebuild after the last write would put everything right, whatever went wrong before.
    rebuilt = PROCESSES.Event()
    writers = [PROCESSES.Process(target=work, args=(tmp_path, seed, rebuilt), daemon=True) for seed in (1, 2)]

    def documents(until: int) -> Iterator[Document]:
        for n, (id, version) in enumerate(rows.living()):
            if n == until:
                raise ConnectionResetError
            yield thing(id, "teapot" if id == "known" else "plain thing", version=version)
            time.sleep(0.002)

    for writer in writers:
        writer.start()
    with watching(tmp_path / "index") as missing:
        for _ in range(2):
            with suppress(ConnectionResetError):
                engine.rebuild(INDEX, documents(until=10))
            engine.rebuild(INDEX, documents(until=-1))
        rebuilt.set()
        for writer in writers:
            writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert missing == []
    assert dict(engine.versions(INDEX)) == dict(rows.living())
    assert len(dict(rows.living())) == 1 + 2 * THINGS * 3 // 4
