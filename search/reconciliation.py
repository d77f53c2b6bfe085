"""Reconciliation of an index with the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search import Document, SearchEngine
from search.batching import batched


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """The number of documents indexed again and deleted, over all engines; anything but 0 should be investigated."""

    indexed: int = 0
    deleted: int = 0


def reconcile(
    engine: SearchEngine,
    index: str,
    *,
    current_versions: Callable[[], Mapping[str, int]],
    documents: Callable[[Sequence[str]], Iterable[Document]],
) -> ReconcileResult:
    """Index the documents that an engine lacks or has in an older version, and delete those that no longer exist.

    Args:
        engine: The engine whose indexes are compared, each one separately.
        index: The name of the index.
        current_versions: Returns id and version of every existing object, read when it is called.
        documents: Returns the current documents of these ids.
    """
    indexed = deleted = 0
    for single_engine in engine.engines:
        # The index is read before the database: otherwise an object created in between would look like a deleted one.
        index_versions = dict(single_engine.versions(index))
        source_versions = current_versions()
        for batch in batched(id for id, version in source_versions.items() if index_versions.get(id, -1) < version):
            single_engine.index_documents(index, documents(batch))
            indexed += len(batch)
        deletions = {id: version for id, version in index_versions.items() if id not in source_versions}
        single_engine.delete_documents(index, deletions)
        deleted += len(deletions)
    return ReconcileResult(indexed, deleted)
