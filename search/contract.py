"""The suite that every engine must pass: `class TestMine(Contract)` with a fixture `engine` that gives an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from search import EVERYBODY, Document, Engine, Query, Range, Sort

INDEX = "things"
ACME, BOLT = "merchant:acme", "merchant:bolt"
OPENED = datetime(2024, 3, 1, 9, tzinfo=UTC)


def thing(
    id: str,
    title: str = "plain thing",
    *,
    version: int = 1,
    audience: tuple[str, ...] = (EVERYBODY,),
    keywords: dict[str, tuple[str, ...]] | None = None,
    **numbers: float,
) -> Document:
    """A small document; its title is also what completion may offer."""
    return Document(
        id=id,
        version=version,
        audience=audience,
        texts={"title": title},
        keywords=keywords or {},
        numbers=numbers,
        phrases=(title,),
    )


def ids(engine: Engine, text: str = "", **wanted: object) -> list[str]:
    """What everybody finds."""
    query = Query(text=text, **{"audience": (EVERYBODY,), **wanted})  # type: ignore[arg-type]
    return list(engine.find(INDEX, query).ids)


def counts(engine: Engine, name: str, **wanted: object) -> dict[str, int]:
    """How a facet is counted for everybody."""
    query = Query(facets=(name,), **{"audience": (EVERYBODY,), **wanted})  # type: ignore[arg-type]
    return {count.value: count.count for count in engine.find(INDEX, query).facets[name]}


SHIRTS = [
    thing("r1", "red cotton shirt", keywords={"colour": ("red",), "size": ("s", "m"), "category": ("wear", "shirt")}),
    thing("r2", "red silk shirt", keywords={"colour": ("red",), "size": ("m",), "category": ("wear", "shirt")}),
    thing("b1", "blue cotton shirt", keywords={"colour": ("blue",), "size": ("m",), "category": ("wear", "shirt")}),
    thing("b2", "blue cotton scarf", keywords={"colour": ("blue",), "category": ("wear", "scarf")}),
]


class Writing:
    """What is written is found, and an older write never undoes a newer one."""

    def test_an_index_never_written_is_empty(self, engine: Engine) -> None:
        assert ids(engine) == []
        assert engine.count(INDEX) == 0
        assert list(engine.versions(INDEX)) == []
        assert engine.suggest(INDEX, "a", audience=(EVERYBODY,)) == ()
        assert engine.stale(INDEX)

    def test_what_is_put_is_found_and_what_is_dropped_is_not(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot"), thing("b", "teacup")])
        assert ids(engine, "teapot") == ["a"]
        engine.drop(INDEX, {"a": 2})
        assert ids(engine, "teapot") == []
        assert engine.count(INDEX) == 1
        assert not engine.stale(INDEX)

    def test_a_newer_version_replaces_all_of_the_older(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot", keywords={"colour": ("red",)}, price=5)])
        engine.put(INDEX, [thing("a", "lantern", version=2)])
        assert ids(engine, "teapot") == []
        assert ids(engine, "lantern") == ["a"]
        assert counts(engine, "colour") == {}
        assert dict(engine.versions(INDEX)) == {"a": 2}

    def test_an_older_write_is_refused_in_silence(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "lantern", version=7)])
        engine.put(INDEX, [thing("a", "teapot", version=6), thing("b", "kettle", version=1)])
        assert ids(engine, "teapot") == []
        assert dict(engine.versions(INDEX)) == {"a": 7, "b": 1}

    def test_the_same_write_twice_is_one(self, engine: Engine) -> None:
        for _ in range(2):
            engine.put(INDEX, [thing("a", "lantern"), thing("a", "lantern")])
        assert ids(engine, "lantern") == ["a"]
        assert engine.count(INDEX) == 1

    def test_the_newest_of_one_batch_stays(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "newest", version=9), thing("a", "older", version=3)])
        assert ids(engine, "newest") == ["a"]
        assert dict(engine.versions(INDEX)) == {"a": 9}

    def test_a_late_write_does_not_bring_back_what_was_dropped(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", version=3)])
        engine.drop(INDEX, {"a": 3, "never-seen": 5})
        engine.put(INDEX, [thing("a", version=3), thing("a", version=2), thing("never-seen", version=5)])
        assert engine.count(INDEX) == 0
        engine.put(INDEX, [thing("a", version=4)])
        assert engine.count(INDEX) == 1

    def test_an_older_drop_does_not_take_a_newer_thing(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "lantern", version=5)])
        engine.drop(INDEX, {"a": 4})
        assert ids(engine, "lantern") == ["a"]


class Rebuilding:
    """An index is replaced without a gap, and nothing written meanwhile is lost."""

    def test_a_rebuild_replaces_everything(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("old", "teapot"), thing("kept", "teacup")])
        assert engine.rebuild(INDEX, [thing("kept", "teacup", version=2), thing("new", "kettle")]) == 2
        assert dict(engine.versions(INDEX)) == {"kept": 2, "new": 1}
        assert ids(engine, "teapot") == []

    def test_the_old_index_answers_until_the_new_one_stands(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("known", "teapot")])
        seen: list[list[str]] = []

        def current_rows() -> Iterator[Document]:
            yield thing("known", "teapot")
            seen.append(ids(engine, "teapot"))
            yield thing("other", "kettle")
            seen.append(ids(engine, "teapot"))

        engine.rebuild(INDEX, current_rows())
        assert [*seen, ids(engine, "teapot")] == [["known"]] * 3

    def test_what_is_written_meanwhile_is_not_lost(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot"), thing("b", "teacup"), thing("c", "kettle")])

        def rows_read_before_they_change() -> Iterator[Document]:
            yield from (thing("a", "teapot"), thing("b", "teacup"), thing("c", "kettle"))
            engine.put(INDEX, [thing("a", "lantern", version=2), thing("d", "samovar")])
            engine.drop(INDEX, {"b": 2})

        engine.rebuild(INDEX, rows_read_before_they_change())
        assert dict(engine.versions(INDEX)) == {"a": 2, "c": 1, "d": 1}
        assert ids(engine, "lantern") == ["a"]

    def test_a_failed_rebuild_leaves_the_old_index_and_its_writes(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", "teapot")])

        def rows_until_the_power_fails() -> Iterator[Document]:
            yield thing("x", "nothing")
            engine.put(INDEX, [thing("b", "teacup")])
            raise ConnectionResetError

        try:
            engine.rebuild(INDEX, rows_until_the_power_fails())
        except ConnectionResetError:
            assert dict(engine.versions(INDEX)) == {"a": 1, "b": 1}
        else:
            raise AssertionError("the failure was hidden")
        assert engine.rebuild(INDEX, [thing("a", "teapot", version=2)]) == 1

    def test_what_was_dropped_before_stays_dropped_after(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", version=1), thing("b")])
        engine.drop(INDEX, {"a": 2})
        engine.rebuild(INDEX, [thing("b")])
        engine.put(INDEX, [thing("a", version=1)])
        assert dict(engine.versions(INDEX)) == {"b": 1}


class Narrowing:
    """Filters, ranges, counts, orders and pages."""

    def test_any_value_of_one_name_and_all_of_the_names(self, engine: Engine) -> None:
        engine.put(INDEX, SHIRTS)
        assert set(ids(engine, keywords={"colour": ("red", "blue"), "size": ("m",)})) == {"r1", "r2", "b1"}
        assert set(ids(engine, keywords={"colour": ("blue",), "category": ("scarf",)})) == {"b2"}
        assert set(ids(engine, "cotton", keywords={"colour": ("blue",)})) == {"b1", "b2"}
        assert ids(engine, keywords={"colour": ("green",)}) == []
        assert len(ids(engine, keywords={"colour": ()})) == 4

    def test_a_facet_ignores_its_own_choice_and_respects_the_others(self, engine: Engine) -> None:
        engine.put(INDEX, SHIRTS)
        chosen = {"colour": ("red",)}
        assert counts(engine, "colour", keywords=chosen) == {"red": 2, "blue": 2}
        assert counts(engine, "size", keywords=chosen) == {"m": 2, "s": 1}
        assert counts(engine, "colour", keywords={**chosen, "size": ("m",)}) == {"red": 2, "blue": 1}
        assert counts(engine, "colour", text="cotton") == {"blue": 2, "red": 1}
        assert counts(engine, "unheard_of") == {}

    def test_values_may_hold_anything(self, engine: Engine) -> None:
        odd = ('100% "cotton" / 棉', "a=b:c*(d)", "Ünïcode", "x" * 200)
        engine.put(INDEX, [thing("a", keywords={"fabric_1": odd})])
        assert counts(engine, "fabric_1") == dict.fromkeys(odd, 1)
        for value in odd:
            assert ids(engine, keywords={"fabric_1": (value,)}) == ["a"]
            assert ids(engine, keywords={"fabric_1": (value[:-1],)}) == []

    def test_ranges_hold_their_ends_and_may_be_open(self, engine: Engine) -> None:
        engine.put(INDEX, [thing(str(n), price=n * 100, weight=n / 2 - 1) for n in range(5)] + [thing("none")])
        assert set(ids(engine, ranges={"price": Range(100, 300)})) == {"1", "2", "3"}
        assert set(ids(engine, ranges={"price": Range(low=301)})) == {"4"}
        assert set(ids(engine, ranges={"weight": Range(high=-0.5)})) == {"0", "1"}
        assert set(ids(engine, ranges={"weight": Range(-0.5, 0.25), "price": Range(150)})) == {"2"}
        assert len(ids(engine, ranges={"price": Range()})) == 6

    def test_spans_tell_the_least_and_the_greatest(self, engine: Engine) -> None:
        engine.put(INDEX, [thing(str(n), price=n * 100, weight=n / 4) for n in range(1, 5)])
        query = Query(audience=(EVERYBODY,), spans=("price", "weight", "unheard_of"), ranges={"price": Range(300)})
        found = engine.find(INDEX, query)
        assert dict(found.spans) == {"price": Range(100, 400), "weight": Range(0.75, 1), "unheard_of": Range()}

    def test_moments_are_numbers_too(self, engine: Engine) -> None:
        made = [
            Document(id=str(n), version=1, audience=(EVERYBODY,), dates={"newest": OPENED + timedelta(days=n)})
            for n in (2, 0, 1)
        ]
        engine.put(INDEX, made)
        since = (OPENED + timedelta(days=1)).timestamp()
        assert set(ids(engine, ranges={"newest": Range(low=since)})) == {"1", "2"}
        assert ids(engine, sort=Sort.NEWEST) == ["2", "1", "0"]
        assert ids(engine) == ["2", "1", "0"]

    def test_orders(self, engine: Engine) -> None:
        engine.put(INDEX, [thing("a", price=200, sales=5), thing("b", price=100, sales=9), thing("c", price=300)])
        assert ids(engine, sort=Sort.PRICE_UP) == ["b", "a", "c"]
        assert ids(engine, sort=Sort.PRICE_DOWN) == ["c", "a", "b"]
        assert ids(engine, sort=Sort.SALES) == ["b", "a", "c"]
        assert ids(engine, "thing", sort=Sort.PRICE_UP) == ["b", "a", "c"]

    def test_pages_follow_each_other(self, engine: Engine) -> None:
        engine.put(INDEX, [thing(f"{n:02}", price=n) for n in range(25)])
        pages = [ids(engine, sort=Sort.PRICE_UP, limit=10, offset=offset) for offset in (0, 10, 20, 30)]
        assert [len(page) for page in pages] == [10, 10, 5, 0]
        assert [id for page in pages for id in page] == [f"{n:02}" for n in range(25)]
        found = engine.find(INDEX, Query(audience=(EVERYBODY,), limit=0))
        assert (found.ids, found.total) == ((), 25)
