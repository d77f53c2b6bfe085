"""Retry queue: the writes an engine has missed during an outage, stored on disk and repeated later."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from search import Document, SearchEngine
from search.batching import batched
from search.file_lock import acquire_lock
from search.write_log import Tombstone, Write, WriteLog, latest_writes

LOCK_TIMEOUT_S = 10.0


class RetryQueue:
    """The pending writes of one engine, by index, shared by all processes of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has_pending(self, index: str) -> bool:
        """Return whether the engine has missed writes to this index; costs two `stat` calls."""
        return self._incoming(index).has_writes() or self._claimed(index).has_writes()

    def pending_indexes(self) -> list[str]:
        """Return the indexes with missed writes."""
        names = sorted({path.name.split(".")[0] for path in self._root.glob("*.journal")})
        return [name for name in names if self.has_pending(name)]

    def append(self, index: str, writes: Iterable[Write]) -> None:
        """Queue writes that the engine has missed."""
        with acquire_lock(self._root / f"{index}.lock", timeout=LOCK_TIMEOUT_S):
            self._incoming(index).append(writes)

    def replay(self, index: str, engine: SearchEngine) -> int:
        """Repeat the pending writes and return their number. Writes that fail stay in the queue."""
        with acquire_lock(self._root / f"{index}.replay.lock", timeout=LOCK_TIMEOUT_S):
            replayed = 0
            # Writes that an earlier attempt has claimed and not completed come first; they are never overwritten.
            while self._claim(index):
                replayed += _apply_in_batches(index, engine, latest_writes(self._claimed(index).read()).values())
                self._claimed(index).clear()
            return replayed

    def _claim(self, index: str) -> bool:
        """Move the pending writes aside, so that new ones can be queued while these are repeated."""
        if self._claimed(index).has_writes():
            return True
        with acquire_lock(self._root / f"{index}.lock", timeout=LOCK_TIMEOUT_S):
            if not self._incoming(index).has_writes():
                return False
            self._incoming(index).path.replace(self._claimed(index).path)
        return True

    def _incoming(self, index: str) -> WriteLog:
        return WriteLog(self._root / f"{index}.incoming.journal")

    def _claimed(self, index: str) -> WriteLog:
        return WriteLog(self._root / f"{index}.claimed.journal")


def _apply_in_batches(index: str, engine: SearchEngine, writes: Iterable[Write]) -> int:
    applied = 0
    for batch in batched(writes):
        apply_writes(engine, index, batch)
        applied += len(batch)
    return applied


def apply_writes(engine: SearchEngine, index: str, writes: Iterable[Write]) -> None:
    """Pass writes and deletions to the engine; because of their versions the order does not matter."""
    documents, deletions = _split_writes(writes)
    if documents:
        engine.index_documents(index, documents)
    if deletions:
        engine.delete_documents(index, deletions)


def _split_writes(writes: Iterable[Write]) -> tuple[list[Document], dict[str, int]]:
    documents: list[Document] = []
    deletions: dict[str, int] = {}
    for write in writes:
        if isinstance(write, Tombstone):
            deletions[write.id] = max(write.version, deletions.get(write.id, 0))
        else:
            documents.append(write)
    return documents, deletions
