"""In-process caches on `cachetools`: memoized functions, and values validated by a version. Never for personal data.

`fragment_cache.py` caches pieces of templates in a `VersionedCache`. All caches are bounded and empty after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, ParamSpec, TypeVar
from weakref import WeakSet

from cachetools import Cache, LRUCache, TTLCache, cached
from sqlalchemy import ColumnElement, String, literal_column

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")

MAX_MEMOIZED_CALLS = 500
_memoized: list[Cache[Hashable, object]] = []
_versioned: WeakSet[VersionedCache[object]] = WeakSet()


def memoize(ttl: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache a function's results by its arguments for `ttl` seconds. Results must be immutable values."""

    def decorator(function: Callable[P, R]) -> Callable[P, R]:
        results: TTLCache[Hashable, object] = TTLCache(MAX_MEMOIZED_CALLS, ttl)
        _memoized.append(results)
        return cached(results, lock=Lock())(function)

    return decorator


class VersionedCache(Generic[V]):
    """A cache whose values carry a version that changes with the value, so that no stale value is returned.

    Only the newest value of a key is stored. The least recently used entries are evicted when there are more than `maxsize`
    keys, or, with `getsizeof`, when the sizes of the values add up to more than `maxsize`.
    """

    def __init__(self, maxsize: int, getsizeof: Callable[[V], int] = lambda _value: 1) -> None:
        self._entries: LRUCache[Hashable, tuple[Hashable, V]] = LRUCache(maxsize, lambda entry: getsizeof(entry[1]))
        self._lock = Lock()
        _versioned.add(self)  # type: ignore[arg-type]

    def get(self, key: Hashable, version: Hashable = None) -> V | None:
        """Return the value of the key if it was stored with this version."""
        with self._lock:
            entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] == version else None

    def set(self, key: Hashable, value: V, version: Hashable = None) -> V:
        """Store a value and return it; one that is larger than the whole cache is not stored."""
        with self._lock:
            try:
                self._entries[key] = (version, value)
            except ValueError:
                self._entries.pop(key, None)
        return value

    def get_or_compute(self, key: Hashable, compute: Callable[[], V], version: Hashable = None) -> V:
        """Return the value of the key, or compute and store it; concurrent callers may compute the same value twice."""
        value = self.get(key, version)
        return value if value is not None else self.set(key, compute(), version)

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()


def clear_memoized() -> None:
    """Clear the results of all memoized functions, which may be stale until they expire; versioned values never are."""
    for results in _memoized:
        results.clear()


def clear_all() -> None:
    """Clear every cache of this process: after a change in this process, and between tests."""
    clear_memoized()
    for versioned_cache in list(_versioned):
        versioned_cache.clear()


def row_version(table_name: str) -> ColumnElement[str]:
    """Return the version of a table's current row in a statement: the id of the transaction that last wrote it (`xmin`).

    It changes with every write, also with those that publish no event.
    """
    return literal_column(f"{table_name}.xmin::text", String)


def rows_version(table_name: str, condition: str = "true") -> ColumnElement[str]:
    """Return one version of all rows of a table that meet an SQL condition, in which the table is called `part`."""
    return literal_column(
        f"(select string_agg(part.xmin::text, ' ' order by part.id) from {table_name} part where {condition})",  # noqa: S608 - names and conditions of ours
        String,
    )
