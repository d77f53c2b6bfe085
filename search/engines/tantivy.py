"""Embedded search by tantivy: an index folder that every process reads and one process at a time writes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import tantivy

from search import Document, EngineUnavailable, Query, SearchEngine, SearchResult, validate_index_name
from search.batching import BATCH_SIZE, batched
from search.engines.tantivy_index_store import FileVersion, IndexStore, file_version
from search.engines.tantivy_queries import DELETED, LIVE, SCHEMA, SCHEMA_VERSION, to_doc
from search.engines.tantivy_snapshot import IndexSnapshot
from search.write_log import Tombstone, Write, latest_writes, tombstones, version_stamp

WRITER_MEMORY_BYTES = 20_000_000
REBUILD_MEMORY_BYTES = 60_000_000


class TantivyEngine:
    """Search without a server. `lock_timeout` is how many seconds a write waits for the write of another process."""

    name = "embedded"

    def __init__(self, root: Path, *, lock_timeout: float = 10.0) -> None:
        self._root = root
        self._lock_timeout = lock_timeout
        self._snapshots: dict[str, tuple[tuple[FileVersion | None, FileVersion | None], IndexSnapshot]] = {}
        self._stores: dict[str, IndexStore] = {}

    @property
    def engines(self) -> tuple[SearchEngine, ...]:
        """Return a tuple of this engine."""
        return (self,)

    def index_documents(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents; newer versions are kept. Every process sees them when the call returns."""
        for batch in batched(documents, BATCH_SIZE):
            self._write(index, batch)

    def delete_documents(self, index: str, deletions: Mapping[str, int]) -> None:
        """Delete documents, and keep their versions as tombstones until the next rebuild."""
        if deletions:
            self._write(index, tombstones(deletions))

    def search(self, index: str, query: Query) -> SearchResult:
        """Return the best matches; none from an index that was never written."""
        started = time.perf_counter()
        snapshot = self._snapshot(index)
        result = snapshot.search(query) if snapshot else SearchResult(ids=(), total=0, engine=self.name)
        return replace(result, milliseconds=(time.perf_counter() - started) * 1000)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Return phrases with this prefix, most frequent first."""
        snapshot = self._snapshot(index)
        return snapshot.suggest(text, audience, limit) if snapshot else ()

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Build a new folder beside the current one, repeat the writes made meanwhile, and swap the pointer."""
        store = self._store(index)
        with store.rebuild_folder() as folder:
            new_index = tantivy.Index(SCHEMA, path=str(folder))
            _bulk_write(new_index, documents)
            with store.write_lock():
                self._copy_tombstones(index, new_index, folder)
                _merge_newer(new_index, IndexSnapshot(folder), list(store.write_log.read()))
                store.swap_pointer(folder, SCHEMA_VERSION)
        return self.count(index)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Yield id and version of every document."""
        snapshot = self._snapshot(index)
        return ((id, number >> 1) for id, number in snapshot.iter_stamps(LIVE)) if snapshot else iter(())

    def count(self, index: str) -> int:
        """Return the number of documents."""
        snapshot = self._snapshot(index)
        return snapshot.count() if snapshot else 0

    def replay_pending(self) -> int:
        """Return 0: writes either complete before the call returns or raise."""
        return 0

    def needs_rebuild(self, index: str) -> bool:
        """Return whether the index is missing or was written with another schema version."""
        pointer = self._store(index).pointer()
        return pointer is None or pointer.schema_version != SCHEMA_VERSION

    def _store(self, index: str) -> IndexStore:
        if index not in self._stores:
            self._stores[index] = IndexStore(self._root / validate_index_name(index), self._lock_timeout)
        return self._stores[index]

    def _snapshot(self, index: str) -> IndexSnapshot | None:
        """Return the current state of the index. Two `stat` calls show whether the open snapshot is still current."""
        store = self._store(index)
        for _ in range(3):
            cached = self._snapshots.get(index)
            pointer_version = store.pointer_version()
            if pointer_version is None:
                return None
            if cached and cached[0] == (pointer_version, store.write_version()):
                return cached[1]
            pointer = store.pointer()
            if pointer is None:
                return None
            write_version = file_version(pointer.folder / "meta.json")
            try:
                snapshot = IndexSnapshot(pointer.folder)
            except ValueError as error:
                # A rebuild may have ended between reading the pointer and opening the files: then there is a new pointer.
                if store.pointer_version() == pointer_version:
                    raise EngineUnavailable(f"the index {index} cannot be read") from error
                continue
            store.set_open(pointer)
            self._snapshots[index] = ((pointer_version, write_version), snapshot)
            return snapshot
        raise EngineUnavailable(f"the index {index} changes too quickly")

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        store = self._store(index)
        with store.write_lock():
            batch = list(writes)
            if store.is_rebuilding():
                store.write_log.append(batch)
            pointer = store.pointer()
            if pointer is None:
                folder = store.create_folder()
                tantivy.Index(SCHEMA, path=str(folder))
                store.swap_pointer(folder, SCHEMA_VERSION)
            elif pointer.schema_version.partition(".")[2] != SCHEMA_VERSION.partition(".")[2]:
                raise EngineUnavailable(f"the index {index} has other fields and must be rebuilt first")
            else:
                folder = pointer.folder
            _merge_newer(tantivy.Index.open(str(folder)), self._snapshot(index), batch)

    def _copy_tombstones(self, index: str, new_index: tantivy.Index, folder: Path) -> None:
        """Copy the tombstones to the new index: an older write may still be under way."""
        snapshot = self._snapshot(index)
        if snapshot:
            deleted: list[Write] = [Tombstone(id, number >> 1) for id, number in snapshot.iter_stamps(DELETED)]
            _merge_newer(new_index, IndexSnapshot(folder), deleted)


def _bulk_write(new_index: tantivy.Index, documents: Iterable[Document]) -> None:
    """Write all documents at once; of duplicates, the newest version."""
    writer = new_index.writer(REBUILD_MEMORY_BYTES, 1)
    versions: dict[str, int] = {}
    for document in documents:
        indexed_version = versions.get(document.id)
        if indexed_version is not None:
            if indexed_version > document.version:
                continue
            writer.delete_documents_by_term("id", document.id)
        versions[document.id] = document.version
        writer.add_document(to_doc(document))
    writer.commit()
    writer.wait_merging_threads()


def _merge_newer(index: tantivy.Index, snapshot: IndexSnapshot | None, writes: list[Write]) -> None:
    """Write what is newer than the snapshot."""
    latest = latest_writes(writes)
    stamps = snapshot.version_stamps(list(latest)) if snapshot else {}
    newer = [write for id, write in latest.items() if version_stamp(write) >= stamps.get(id, -1)]
    if not newer:
        return
    writer = index.writer(WRITER_MEMORY_BYTES, 1)
    for write in newer:
        writer.delete_documents_by_term("id", write.id)
        writer.add_document(to_doc(write))
    writer.commit()
    # A merge on a thread would continue after the lock is released, in a process that may be about to end.
    writer.wait_merging_threads()
