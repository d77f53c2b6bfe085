"""What an engine has missed while it was away: written down when it happens, repeated when it is back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from search import Document, Engine
from search.journal import Gone, Journal, Write, newest
from search.locks import held
from search.sizes import batches

PATIENCE = 10.0


class Debts:
    """The writes that one engine is owed, by index. Every process on this machine shares them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def owed(self, index: str) -> bool:
        """Whether the engine lags behind; costs two looks at the disk."""
        return self._new(index).waiting() or self._taken(index).waiting()

    def indexes(self) -> list[str]:
        """The indexes in which it lags behind."""
        names = sorted({path.name.split(".")[0] for path in self._root.glob("*.journal")})
        return [name for name in names if self.owed(name)]

    def note(self, index: str, writes: Iterable[Write]) -> None:
        """Write down what the engine could not take."""
        with held(self._root / f"{index}.lock", patience=PATIENCE):
            self._new(index).append(writes)

    def settle(self, index: str, engine: Engine) -> int:
        """Repeat what is owed, and return how many writes that were. What fails stays owed."""
        with held(self._root / f"{index}.settling.lock", patience=PATIENCE):
            settled = 0
            # What an earlier attempt took and could not finish comes first; nothing is ever taken over it.
            while self._take(index):
                settled += _repeat(index, engine, newest(self._taken(index).read()).values())
                self._taken(index).clear()
            return settled

    def _take(self, index: str) -> bool:
        """Put the debts aside, so that new ones can be noted while these are repeated."""
        if self._taken(index).waiting():
            return True
        with held(self._root / f"{index}.lock", patience=PATIENCE):
            if not self._new(index).waiting():
                return False
            self._new(index).path.replace(self._taken(index).path)
        return True

    def _new(self, index: str) -> Journal:
        return Journal(self._root / f"{index}.new.journal")

    def _taken(self, index: str) -> Journal:
        return Journal(self._root / f"{index}.taken.journal")


def _repeat(index: str, engine: Engine, writes: Iterable[Write]) -> int:
    done = 0
    for some in batches(writes):
        put(engine, index, some)
        done += len(some)
    return done


def put(engine: Engine, index: str, writes: Iterable[Write]) -> None:
    """Give an engine changes and ends in the calls it knows; versions make their order unimportant."""
    documents, gone = _parted(writes)
    if documents:
        engine.put(index, documents)
    if gone:
        engine.drop(index, gone)


def _parted(writes: Iterable[Write]) -> tuple[list[Document], dict[str, int]]:
    documents: list[Document] = []
    gone: dict[str, int] = {}
    for write in writes:
        if isinstance(write, Gone):
            gone[write.id] = max(write.version, gone.get(write.id, 0))
        else:
            documents.append(write)
    return documents, gone
