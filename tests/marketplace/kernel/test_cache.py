"""The in-process caches: versions, eviction, memoized functions."""

from __future__ import annotations

from marketplace.kernel.cache import VersionedCache, clear_all, memoize


def test_versioned_cache_evicts_at_max_entries() -> None:
    cache: VersionedCache[int] = VersionedCache(8)
    for number in range(100):
        cache.set(number, number)
    assert sum(cache.get(number) is not None for number in range(100)) <= 8
    assert cache.get(99) == 99


def test_versioned_cache_evicts_by_weight() -> None:
    cache: VersionedCache[str] = VersionedCache(100, len)
    for _index in range(50):
        cache.set("the same", "x" * 60)
    assert cache.get("the same") == "x" * 60
    cache.set("another", "y" * 60)
    assert cache.get("the same") is None
    assert cache.get("another") == "y" * 60


def test_versioned_cache_returns_value_of_same_version_only() -> None:
    cache: VersionedCache[str] = VersionedCache(8)
    cache.set("key", "old", 1)
    assert (cache.get("key", 1), cache.get("key", 2)) == ("old", None)
    assert cache.get_or_compute("key", lambda: "new", 2) == "new"
    assert cache.get("key", 1) is None


def test_versioned_cache_does_not_store_oversized_value() -> None:
    cache: VersionedCache[str] = VersionedCache(10, len)
    cache.set("key", "small")
    assert cache.set("key", "x" * 11) == "x" * 11
    assert cache.get("key") is None


def test_memoize_caches_by_arguments_until_cleared() -> None:
    calls = []

    @memoize(ttl=60)
    def double(number: int) -> int:
        calls.append(number)
        return number * 2

    assert (double(2), double(2), double(3)) == (4, 4, 6)
    assert calls == [2, 3]
    clear_all()
    assert double(2) == 4
    assert calls == [2, 3, 2]
