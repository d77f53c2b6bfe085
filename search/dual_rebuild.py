"""Rebuild of two engines from a single pass over the rows."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress

from search import Document, EngineUnavailable, SearchEngine

QUEUE_SIZE = 1000
"""The number of documents the slower engine may lag behind before reading pauses."""

POLL_INTERVAL_S = 0.1


class SourceReadError(Exception):
    """A failure to read all rows, so that neither index may be replaced."""


class RebuildThread:
    """A thread that rebuilds an engine from the documents that another rebuild consumes."""

    def __init__(self, engine: SearchEngine, index: str) -> None:
        self.error: BaseException | None = None
        self._engine = engine
        self._index = index
        self._documents: queue.Queue[Document | BaseException | None] = queue.Queue(QUEUE_SIZE)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._rebuild, name=f"rebuild-{index}", daemon=True)

    def tee(self, documents: Iterable[Document]) -> Generator[Document]:
        """Yield the documents and pass each to the thread as well. Errors of the iterable propagate."""
        self._thread.start()
        # Rows must be read after *both* rebuilds have begun to record concurrent writes.
        self._started.wait()
        try:
            for document in documents:
                self._enqueue(document)
                yield document
        except BaseException as error:
            self._enqueue(SourceReadError(str(error)))
            self._thread.join()
            raise
        self._enqueue(None)
        self._thread.join()

    def _enqueue(self, item: Document | BaseException | None) -> None:
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._documents.put(item, timeout=POLL_INTERVAL_S)
                return

    def _iter_documents(self) -> Iterator[Document]:
        self._started.set()
        while (item := self._documents.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _rebuild(self) -> None:
        try:
            self._engine.rebuild(self._index, self._iter_documents())
        except BaseException as error:
            self.error = error
        finally:
            self._started.set()


def rebuild_both(index: str, documents: Iterable[Document], *, leader: SearchEngine, follower: SearchEngine) -> int:
    """Rebuild both engines and return the number of documents.

    The leader's index is replaced unless reading the documents or its own rebuild fails.

    Raises:
        EngineUnavailable: Only the leader was rebuilt.
    """
    thread = RebuildThread(follower, index)
    with closing(thread.tee(documents)) as teed:
        count = leader.rebuild(index, teed)
    if thread.error is not None:
        raise EngineUnavailable(f"{follower.name} was not rebuilt: {thread.error}") from thread.error
    return count
