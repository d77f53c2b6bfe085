"""Parsers for Elasticsearch responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from search import EngineUnavailable, FacetCount, Query, Range, SearchResult
from search.analysis import stem
from search.engines.elasticsearch_queries import Body
from search.spelling import correction_candidates

MISSING, CONFLICT, OVERLOADED, BROKEN = 404, 409, 429, 500


def parse_search(response: Body, query: Query) -> SearchResult:
    """Return the result of a search response with its facet counts and extents."""
    page = response.get("hits", {"hits": [], "total": {"value": 0, "relation": "eq"}})
    aggregations: dict[str, Any] = {}
    for group in response.get("aggregations", {}).values():
        aggregations |= group
    return SearchResult(
        ids=tuple(hit["_id"] for hit in page["hits"]),
        total=int(page["total"]["value"]),
        capped=page["total"]["relation"] != "eq",
        engine="elasticsearch",
        facets={name: _parse_facet(aggregations.get(f"facet_{name}")) for name in query.facets},
        extents={
            name: Range(_range_bound(aggregations, f"low_{name}"), _range_bound(aggregations, f"high_{name}"))
            for name in query.extents
        },
    )


def _parse_facet(facet: Mapping[str, Any] | None) -> tuple[FacetCount, ...]:
    counts = [FacetCount(str(bucket["key"]), int(bucket["doc_count"])) for bucket in (facet or {}).get("buckets", ())]
    return tuple(sorted(counts, key=lambda count: (-count.count, count.value)))


def _range_bound(aggregations: Mapping[str, Any], name: str) -> float | None:
    value = aggregations.get(name, {}).get("value")
    return None if value is None else float(value)


def total_hits(response: Body) -> int:
    """Return the number of matches."""
    return int(response["hits"]["total"]["value"]) if "hits" in response else 0


def parse_suggestions(response: Body) -> dict[str, tuple[str, ...]]:
    """Return the correction candidates for each word that the index does not contain."""
    suggestions: dict[str, tuple[str, ...]] = {}
    for entry in response.get("suggest", {}).get("spelling", ()):
        typed = str(entry["text"])
        options = [str(option["text"]) for option in entry["options"]]
        # An inflected form of a known word counts as known.
        if any(stem(option) == stem(typed) for option in options):
            continue
        if candidates := correction_candidates(typed, options):
            suggestions[typed] = candidates
    return suggestions


def missing_aliases(items: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the target aliases that do not exist.

    Raises:
        EngineUnavailable: The server is overloaded or failed.
        ValueError: A document was refused for another reason than a newer version.
    """
    missing: set[str] = set()
    for item in items:
        [result] = item.values()
        status = result["status"]
        if status == MISSING:
            missing.add(result["_index"])
        elif status == OVERLOADED or status >= BROKEN:
            raise EngineUnavailable(f"Elasticsearch refused {result['_id']}: {result['error']}")
        elif status >= 400 and status != CONFLICT:
            raise ValueError(f"Elasticsearch cannot take {result['_id']}: {result['error']}")
    return missing
