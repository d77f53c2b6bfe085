"""Feeds two rebuilds from one reading of the rows."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress

from search import Document, Engine, EngineUnavailable

AHEAD = 1000
"""How many documents the slower engine may lag behind before the reading waits for it."""

LOOK_AGAIN = 0.1


class ReadingFailed(Exception):
    """The rows could not be read to their end, so that neither index may be replaced."""


class Follower:
    """Rebuilds an engine on a thread of its own, out of documents that another rebuild passes on."""

    def __init__(self, engine: Engine, index: str) -> None:
        self.failure: BaseException | None = None
        self._engine = engine
        self._index = index
        self._documents: queue.Queue[Document | BaseException | None] = queue.Queue(AHEAD)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._rebuild, name=f"rebuild-{index}", daemon=True)

    def passing(self, documents: Iterable[Document]) -> Generator[Document]:
        """The documents, each also handed to the follower. Raises what reading them raises."""
        self._thread.start()
        # Rows must be read after *both* rebuilds have begun to note the writes that come meanwhile.
        self._ready.wait()
        try:
            for document in documents:
                self._hand_over(document)
                yield document
        except BaseException as error:
            self._hand_over(ReadingFailed(str(error)))
            self._thread.join()
            raise
        self._hand_over(None)
        self._thread.join()

    def _hand_over(self, item: Document | BaseException | None) -> None:
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._documents.put(item, timeout=LOOK_AGAIN)
                return

    def _received(self) -> Iterator[Document]:
        self._ready.set()
        while (item := self._documents.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _rebuild(self) -> None:
        try:
            self._engine.rebuild(self._index, self._received())
        except BaseException as error:
            self.failure = error
        finally:
            self._ready.set()


def rebuild_both(index: str, documents: Iterable[Document], *, leader: Engine, follower: Engine) -> int:
    """Rebuild both; EngineUnavailable if only one could be. The leader's index is replaced in any case but a failure of
    the reading, or of itself."""
    following = Follower(follower, index)
    with closing(following.passing(documents)) as passing:
        count = leader.rebuild(index, passing)
    if following.failure is not None:
        raise EngineUnavailable(f"{follower.name} was not rebuilt: {following.failure}") from following.failure
    return count
