"""The engine that comes with the house: tantivy, in a folder, read by every process and written by one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import tantivy

from search import Document, Engine, EngineUnavailable, Found, Query, check_index
from search.embedded_reader import Reader
from search.embedded_schema import GONE, LIVE, RULES, SCHEMA, row
from search.journal import Gone, Write, departures, newest, stamp
from search.shelf import Mark, Shelf, mark
from search.sizes import AT_ONCE, batches

WRITING_MEMORY = 20_000_000
REBUILDING_MEMORY = 60_000_000


class Embedded:
    """Search without a server. `patience` is how many seconds a write waits for another process to finish its own."""

    name = "embedded"

    def __init__(self, root: Path, *, patience: float = 10.0) -> None:
        self._root = root
        self._patience = patience
        self._readers: dict[str, tuple[tuple[Mark | None, Mark | None], Reader]] = {}
        self._shelves: dict[str, Shelf] = {}

    @property
    def parts(self) -> tuple[Engine, ...]:
        """Itself."""
        return (self,)

    def put(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents; what is known in a newer version stays. Seen by every process when this returns."""
        for some in batches(documents, AT_ONCE):
            self._write(index, some)

    def drop(self, index: str, gone: Mapping[str, int]) -> None:
        """Forget things, and remember until the next rebuild at which version they ceased."""
        if gone:
            self._write(index, departures(gone))

    def find(self, index: str, query: Query) -> Found:
        """The things that fit best; nothing from an index that was never written."""
        started = time.perf_counter()
        reader = self._reader(index)
        found = reader.find(query) if reader else Found(ids=(), total=0, engine=self.name)
        return replace(found, milliseconds=(time.perf_counter() - started) * 1000)

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Phrases that begin like this text, commonest first."""
        reader = self._reader(index)
        return reader.suggest(text, audience, limit) if reader else ()

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Build beside the current folder, repeat what was written meanwhile, and swing the pointer."""
        shelf = self._shelf(index)
        with shelf.rebuilding() as folder:
            fresh = tantivy.Index(SCHEMA, path=str(folder))
            _fill(fresh, documents)
            with shelf.writing():
                self._bury(index, fresh, folder)
                _merge(fresh, Reader(folder), list(shelf.journal.read()))
                shelf.swing(folder, RULES)
        return self.count(index)

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Id and version of every document."""
        reader = self._reader(index)
        return ((id, number >> 1) for id, number in reader.stamps_of_state(LIVE)) if reader else iter(())

    def count(self, index: str) -> int:
        """How many documents there are."""
        reader = self._reader(index)
        return reader.count() if reader else 0

    def catch_up(self) -> int:
        """Nothing: a write is either done when `put` returns, or the caller has been told."""
        return 0

    def stale(self, index: str) -> bool:
        """Whether the index is missing or was written by other rules."""
        pointer = self._shelf(index).pointer()
        return pointer is None or pointer.rules != RULES

    def _shelf(self, index: str) -> Shelf:
        if index not in self._shelves:
            self._shelves[index] = Shelf(self._root / check_index(index), self._patience)
        return self._shelves[index]

    def _reader(self, index: str) -> Reader | None:
        """The index as it is now. Two looks at the disk tell whether the reader at hand still is."""
        shelf = self._shelf(index)
        for _ in range(3):
            known = self._readers.get(index)
            swung = shelf.mark()
            if swung is None:
                return None
            if known and known[0] == (swung, shelf.written()):
                return known[1]
            pointer = shelf.pointer()
            if pointer is None:
                return None
            written = mark(pointer.folder / "meta.json")
            try:
                reader = Reader(pointer.folder)
            except ValueError as error:
                # Between pointer and files a rebuild may have ended: then there is another pointer to follow.
                if shelf.mark() == swung:
                    raise EngineUnavailable(f"the index {index} cannot be read") from error
                continue
            shelf.opened(pointer)
            self._readers[index] = ((swung, written), reader)
            return reader
        raise EngineUnavailable(f"the index {index} changes too quickly")

    def _write(self, index: str, writes: Iterable[Write]) -> None:
        shelf = self._shelf(index)
        with shelf.writing():
            some = list(writes)
            if shelf.being_rebuilt():
                shelf.journal.append(some)
            pointer = shelf.pointer()
            if pointer is None:
                folder = shelf.fresh()
                tantivy.Index(SCHEMA, path=str(folder))
                shelf.swing(folder, RULES)
            elif pointer.rules.partition(".")[2] != RULES.partition(".")[2]:
                raise EngineUnavailable(f"the index {index} has other fields and must be rebuilt first")
            else:
                folder = pointer.folder
            _merge(tantivy.Index.open(str(folder)), self._reader(index), some)

    def _bury(self, index: str, fresh: tantivy.Index, folder: Path) -> None:
        """Carry the marks of what is gone over: a write that is older still may be on its way."""
        reader = self._reader(index)
        if reader:
            gone: list[Write] = [Gone(id, number >> 1) for id, number in reader.stamps_of_state(GONE)]
            _merge(fresh, Reader(folder), gone)


def _fill(fresh: tantivy.Index, documents: Iterable[Document]) -> None:
    """Write all documents at once; of one that comes twice, the newest."""
    writer = fresh.writer(REBUILDING_MEMORY, 1)
    written: dict[str, int] = {}
    for document in documents:
        known = written.get(document.id)
        if known is not None:
            if known > document.version:
                continue
            writer.delete_documents_by_term("id", document.id)
        written[document.id] = document.version
        writer.add_document(row(document))
    writer.commit()
    writer.wait_merging_threads()


def _merge(index: tantivy.Index, reader: Reader | None, writes: list[Write]) -> None:
    """Write what is newer than what the reader knows."""
    last = newest(writes)
    known = reader.stamps(list(last)) if reader else {}
    news = [write for id, write in last.items() if stamp(write) >= known.get(id, -1)]
    if not news:
        return
    writer = index.writer(WRITING_MEMORY, 1)
    for write in news:
        writer.delete_documents_by_term("id", write.id)
        writer.add_document(row(write))
    writer.commit()
    # Merging on a thread would go on after the lock is given back, in a process that may be about to end.
    writer.wait_merging_threads()
