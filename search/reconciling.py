"""Compares an index with the truth, and puts right what should never have differed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search import Document, Engine
from search.sizes import batches


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many things were written again and how many dropped, over all engines. Anything but 0 deserves a look."""

    written: int = 0
    dropped: int = 0


def reconcile(
    engine: Engine,
    index: str,
    *,
    truth: Callable[[], Mapping[str, int]],
    documents: Callable[[Sequence[str]], Iterable[Document]],
) -> Reconciled:
    """Write what an engine lacks or has in an older version, and drop what is no more.

    truth      id and version of every thing that is, read when it is called
    documents  the present documents of these ids
    """
    written = dropped = 0
    for part in engine.parts:
        # The index is read before the truth: else a thing made in between would look like one that is no more.
        known = dict(part.versions(index))
        present = truth()
        for some in batches(id for id, version in present.items() if known.get(id, -1) < version):
            part.put(index, documents(some))
            written += len(some)
        surplus = {id: version for id, version in known.items() if id not in present}
        part.drop(index, surplus)
        dropped += len(surplus)
    return Reconciled(written, dropped)
