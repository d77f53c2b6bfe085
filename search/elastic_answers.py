"""Reads what Elasticsearch answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from search import Count, EngineUnavailable, Found, Query, Range
from search.analysis import stem
from search.elastic_schema import Body
from search.spelling import plausible

MISSING, CONFLICT, OVERLOADED, BROKEN = 404, 409, 429, 500


def found(answer: Body, query: Query) -> Found:
    """An answer to a search for a page, its counts and its spans."""
    page = answer.get("hits", {"hits": [], "total": {"value": 0, "relation": "eq"}})
    counted: dict[str, Any] = {}
    for group in answer.get("aggregations", {}).values():
        counted |= group
    return Found(
        ids=tuple(hit["_id"] for hit in page["hits"]),
        total=int(page["total"]["value"]),
        capped=page["total"]["relation"] != "eq",
        engine="elasticsearch",
        facets={name: _counts(counted.get(f"facet_{name}")) for name in query.facets},
        spans={name: Range(_bound(counted, f"low_{name}"), _bound(counted, f"high_{name}")) for name in query.spans},
    )


def _counts(facet: Mapping[str, Any] | None) -> tuple[Count, ...]:
    counts = [Count(str(bucket["key"]), int(bucket["doc_count"])) for bucket in (facet or {}).get("buckets", ())]
    return tuple(sorted(counts, key=lambda count: (-count.count, count.value)))


def _bound(counted: Mapping[str, Any], name: str) -> float | None:
    value = counted.get(name, {}).get("value")
    return None if value is None else float(value)


def hits(answer: Body) -> int:
    """How many there are."""
    return int(answer["hits"]["total"]["value"]) if "hits" in answer else 0


def alike(answer: Body) -> dict[str, tuple[str, ...]]:
    """For each word that the index does not know, the words it may have been meant to be."""
    near: dict[str, tuple[str, ...]] = {}
    for word in answer.get("suggest", {}).get("near", ()):
        typed = str(word["text"])
        options = [str(option["text"]) for option in word["options"]]
        # Another form of a known word is known.
        if any(stem(option) == stem(typed) for option in options):
            continue
        if close := plausible(typed, options):
            near[typed] = close
    return near


def refusals(items: Iterable[Mapping[str, Any]]) -> set[str]:
    """The aliases that writes were meant for and that do not exist; raises for every other reason to refuse."""
    missing: set[str] = set()
    for item in items:
        [facts] = item.values()
        status = facts["status"]
        if status == MISSING:
            missing.add(facts["_index"])
        elif status == OVERLOADED or status >= BROKEN:
            raise EngineUnavailable(f"Elasticsearch refused {facts['_id']}: {facts['error']}")
        elif status >= 400 and status != CONFLICT:
            raise ValueError(f"Elasticsearch cannot take {facts['_id']}: {facts['error']}")
    return missing
