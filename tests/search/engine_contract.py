"""The contract that every engine must pass: `class TestEngine(EngineContract)` with a fixture `engine` that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from search import PUBLIC_AUDIENCE, Document, Query, Range, SearchEngine, Sort

INDEX = "things"
ACME, BOLT = "merchant:acme", "merchant:bolt"
BASE_DATE = datetime(2024, 3, 1, 9, tzinfo=UTC)


def make_document(
    id: str,
    title: str = "plain thing",
    *,
    version: int = 1,
    audience: tuple[str, ...] = (PUBLIC_AUDIENCE,),
    keywords: dict[str, tuple[str, ...]] | None = None,
    **numbers: float,
) -> Document:
    """Return a small document; its title is also its completion."""
    return Document(
        id=id,
        version=version,
        audience=audience,
        texts={"title": title},
        keywords=keywords or {},
        numbers=numbers,
        phrases=(title,),
    )


def search_ids(engine: SearchEngine, text: str = "", **query_args: object) -> list[str]:
    """Return the ids that the public finds."""
    query = Query(text=text, **{"audience": (PUBLIC_AUDIENCE,), **query_args})  # type: ignore[arg-type]
    return list(engine.search(INDEX, query).ids)


def facet_counts(engine: SearchEngine, name: str, **query_args: object) -> dict[str, int]:
    """Return the counts of a facet for the public."""
    query = Query(facets=(name,), **{"audience": (PUBLIC_AUDIENCE,), **query_args})  # type: ignore[arg-type]
    return {count.value: count.count for count in engine.search(INDEX, query).facets[name]}


SHIRTS = [
    make_document("r1", "red cotton shirt", keywords={"colour": ("red",), "size": ("s", "m"), "category": ("wear", "shirt")}),
    make_document("r2", "red silk shirt", keywords={"colour": ("red",), "size": ("m",), "category": ("wear", "shirt")}),
    make_document("b1", "blue cotton shirt", keywords={"colour": ("blue",), "size": ("m",), "category": ("wear", "shirt")}),
    make_document("b2", "blue cotton scarf", keywords={"colour": ("blue",), "category": ("wear", "scarf")}),
]


class IndexingContract:
    """Written documents are found, and an older write never overwrites a newer one."""

    def test_unwritten_index_is_empty(self, engine: SearchEngine) -> None:
        assert search_ids(engine) == []
        assert engine.count(INDEX) == 0
        assert list(engine.versions(INDEX)) == []
        assert engine.suggest(INDEX, "a", audience=(PUBLIC_AUDIENCE,)) == ()
        assert engine.needs_rebuild(INDEX)

    def test_indexed_documents_are_found_and_deleted_are_not(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "teapot"), make_document("b", "teacup")])
        assert search_ids(engine, "teapot") == ["a"]
        engine.delete_documents(INDEX, {"a": 2})
        assert search_ids(engine, "teapot") == []
        assert engine.count(INDEX) == 1
        assert not engine.needs_rebuild(INDEX)

    def test_newer_version_replaces_whole_document(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "teapot", keywords={"colour": ("red",)}, price=5)])
        engine.index_documents(INDEX, [make_document("a", "lantern", version=2)])
        assert search_ids(engine, "teapot") == []
        assert search_ids(engine, "lantern") == ["a"]
        assert facet_counts(engine, "colour") == {}
        assert dict(engine.versions(INDEX)) == {"a": 2}

    def test_older_version_is_ignored(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "lantern", version=7)])
        engine.index_documents(INDEX, [make_document("a", "teapot", version=6), make_document("b", "kettle", version=1)])
        assert search_ids(engine, "teapot") == []
        assert dict(engine.versions(INDEX)) == {"a": 7, "b": 1}

    def test_indexing_same_document_twice_is_idempotent(self, engine: SearchEngine) -> None:
        for _ in range(2):
            engine.index_documents(INDEX, [make_document("a", "lantern"), make_document("a", "lantern")])
        assert search_ids(engine, "lantern") == ["a"]
        assert engine.count(INDEX) == 1

    def test_newest_version_in_batch_wins(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "newest", version=9), make_document("a", "older", version=3)])
        assert search_ids(engine, "newest") == ["a"]
        assert dict(engine.versions(INDEX)) == {"a": 9}

    def test_late_write_does_not_restore_deleted_document(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", version=3)])
        engine.delete_documents(INDEX, {"a": 3, "unknown": 5})
        engine.index_documents(
            INDEX, [make_document("a", version=3), make_document("a", version=2), make_document("unknown", version=5)]
        )
        assert engine.count(INDEX) == 0
        engine.index_documents(INDEX, [make_document("a", version=4)])
        assert engine.count(INDEX) == 1

    def test_older_delete_preserves_newer_document(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "lantern", version=5)])
        engine.delete_documents(INDEX, {"a": 4})
        assert search_ids(engine, "lantern") == ["a"]


class RebuildContract:
    """An index is replaced without interruption, and concurrent writes are kept."""

    def test_rebuild_replaces_all_documents(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("old", "teapot"), make_document("kept", "teacup")])
        assert engine.rebuild(INDEX, [make_document("kept", "teacup", version=2), make_document("new", "kettle")]) == 2
        assert dict(engine.versions(INDEX)) == {"kept": 2, "new": 1}
        assert search_ids(engine, "teapot") == []

    def test_old_index_is_searched_until_rebuild_completes(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("known", "teapot")])
        results: list[list[str]] = []

        def current_rows() -> Iterator[Document]:
            yield make_document("known", "teapot")
            results.append(search_ids(engine, "teapot"))
            yield make_document("other", "kettle")
            results.append(search_ids(engine, "teapot"))

        engine.rebuild(INDEX, current_rows())
        assert [*results, search_ids(engine, "teapot")] == [["known"]] * 3

    def test_writes_during_rebuild_are_preserved(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document("a", "teapot"), make_document("b", "teacup"), make_document("c", "kettle")]
        )

        def stale_rows() -> Iterator[Document]:
            yield from (make_document("a", "teapot"), make_document("b", "teacup"), make_document("c", "kettle"))
            engine.index_documents(INDEX, [make_document("a", "lantern", version=2), make_document("d", "samovar")])
            engine.delete_documents(INDEX, {"b": 2})

        engine.rebuild(INDEX, stale_rows())
        assert dict(engine.versions(INDEX)) == {"a": 2, "c": 1, "d": 1}
        assert search_ids(engine, "lantern") == ["a"]

    def test_failed_rebuild_preserves_old_index_and_writes(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", "teapot")])

        def failing_rows() -> Iterator[Document]:
            yield make_document("x", "nothing")
            engine.index_documents(INDEX, [make_document("b", "teacup")])
            raise ConnectionResetError

        try:
            engine.rebuild(INDEX, failing_rows())
        except ConnectionResetError:
            assert dict(engine.versions(INDEX)) == {"a": 1, "b": 1}
        else:
            raise AssertionError("the failure was hidden")
        assert engine.rebuild(INDEX, [make_document("a", "teapot", version=2)]) == 1

    def test_rebuild_preserves_deletions(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document("a", version=1), make_document("b")])
        engine.delete_documents(INDEX, {"a": 2})
        engine.rebuild(INDEX, [make_document("b")])
        engine.index_documents(INDEX, [make_document("a", version=1)])
        assert dict(engine.versions(INDEX)) == {"b": 1}


class FilterContract:
    """Filters, ranges, counts, orders and pages."""

    def test_keyword_filters_or_within_field_and_across_fields(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, SHIRTS)
        assert set(search_ids(engine, keywords={"colour": ("red", "blue"), "size": ("m",)})) == {"r1", "r2", "b1"}
        assert set(search_ids(engine, keywords={"colour": ("blue",), "category": ("scarf",)})) == {"b2"}
        assert set(search_ids(engine, "cotton", keywords={"colour": ("blue",)})) == {"b1", "b2"}
        assert search_ids(engine, keywords={"colour": ("green",)}) == []
        assert len(search_ids(engine, keywords={"colour": ()})) == 4

    def test_facet_counts_ignore_own_filter(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, SHIRTS)
        keywords = {"colour": ("red",)}
        assert facet_counts(engine, "colour", keywords=keywords) == {"red": 2, "blue": 2}
        assert facet_counts(engine, "size", keywords=keywords) == {"m": 2, "s": 1}
        assert facet_counts(engine, "colour", keywords={**keywords, "size": ("m",)}) == {"red": 2, "blue": 1}
        assert facet_counts(engine, "colour", text="cotton") == {"blue": 2, "red": 1}
        assert facet_counts(engine, "unheard_of") == {}

    def test_keyword_values_may_contain_any_character(self, engine: SearchEngine) -> None:
        values = ('100% "cotton" / 棉', "a=b:c*(d)", "Ünïcode", "x" * 200)
        engine.index_documents(INDEX, [make_document("a", keywords={"fabric_1": values})])
        assert facet_counts(engine, "fabric_1") == dict.fromkeys(values, 1)
        for value in values:
            assert search_ids(engine, keywords={"fabric_1": (value,)}) == ["a"]
            assert search_ids(engine, keywords={"fabric_1": (value[:-1],)}) == []

    def test_ranges_are_inclusive_and_may_be_open(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX, [make_document(str(n), price=n * 100, weight=n / 2 - 1) for n in range(5)] + [make_document("none")]
        )
        assert set(search_ids(engine, ranges={"price": Range(100, 300)})) == {"1", "2", "3"}
        assert set(search_ids(engine, ranges={"price": Range(low=301)})) == {"4"}
        assert set(search_ids(engine, ranges={"weight": Range(high=-0.5)})) == {"0", "1"}
        assert set(search_ids(engine, ranges={"weight": Range(-0.5, 0.25), "price": Range(150)})) == {"2"}
        assert len(search_ids(engine, ranges={"price": Range()})) == 6

    def test_extents_return_minimum_and_maximum(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document(str(n), price=n * 100, weight=n / 4) for n in range(1, 5)])
        query = Query(audience=(PUBLIC_AUDIENCE,), extents=("price", "weight", "unheard_of"), ranges={"price": Range(300)})
        result = engine.search(INDEX, query)
        assert dict(result.extents) == {"price": Range(100, 400), "weight": Range(0.75, 1), "unheard_of": Range()}

    def test_dates_are_filtered_and_sorted_as_numbers(self, engine: SearchEngine) -> None:
        documents = [
            Document(id=str(n), version=1, audience=(PUBLIC_AUDIENCE,), dates={"newest": BASE_DATE + timedelta(days=n)})
            for n in (2, 0, 1)
        ]
        engine.index_documents(INDEX, documents)
        since = (BASE_DATE + timedelta(days=1)).timestamp()
        assert set(search_ids(engine, ranges={"newest": Range(low=since)})) == {"1", "2"}
        assert search_ids(engine, sort=Sort.NEWEST) == ["2", "1", "0"]
        assert search_ids(engine) == ["2", "1", "0"]

    def test_sort_orders(self, engine: SearchEngine) -> None:
        engine.index_documents(
            INDEX,
            [make_document("a", price=200, sales=5), make_document("b", price=100, sales=9), make_document("c", price=300)],
        )
        assert search_ids(engine, sort=Sort.PRICE_ASC) == ["b", "a", "c"]
        assert search_ids(engine, sort=Sort.PRICE_DESC) == ["c", "a", "b"]
        assert search_ids(engine, sort=Sort.SALES) == ["b", "a", "c"]
        assert search_ids(engine, "thing", sort=Sort.PRICE_ASC) == ["b", "a", "c"]

    def test_pagination_covers_all_results(self, engine: SearchEngine) -> None:
        engine.index_documents(INDEX, [make_document(f"{n:02}", price=n) for n in range(25)])
        pages = [search_ids(engine, sort=Sort.PRICE_ASC, limit=10, offset=offset) for offset in (0, 10, 20, 30)]
        assert [len(page) for page in pages] == [10, 10, 5, 0]
        assert [id for page in pages for id in page] == [f"{n:02}" for n in range(25)]
        result = engine.search(INDEX, Query(audience=(PUBLIC_AUDIENCE,), limit=0))
        assert (result.ids, result.total) == ((), 25)
