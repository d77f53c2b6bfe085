"""A snapshot of an embedded index and the queries on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Order
from tantivy import Query as TantivyQuery

from marketplace.kernel.cache import VersionedCache
from search import MAX_FACET_VALUES, FacetCount, Query, Range, SearchResult, Sort, autocomplete, spelling
from search.engines.tantivy_queries import (
    LIVE,
    SCHEMA,
    apply_filters,
    audience_filter,
    build_aggs,
    build_match,
    keyword_filter,
    range_filter,
)
from search.query_parser import MIN_STRICT_HITS, ParsedQuery, did_you_mean_text, parse_query, with_corrections

CACHE_SIZE = 512
MAX_VOCABULARY_SCAN = 4000
"""The number of words with the same first letters that are compared with a misspelt one."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A text interpreted by this index: the strict query, and the loose one for few strict matches."""

    strict: TantivyQuery
    loose: TantivyQuery
    strict_total: int
    did_you_mean: str | None

    def query_for(self, sort: Sort) -> TantivyQuery:
        """Return the strict query if it has enough matches, else the loose one.

        By relevance, the good matches of the loose query still come first; other orders would bury them.
        """
        min_hits = MIN_STRICT_HITS if sort is Sort.RELEVANCE else 1
        return self.strict if self.strict_total >= min_hits else self.loose


class IndexSnapshot:
    """Queries on one state of the index. Results are cached because the state never changes."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._index.config_reader("manual", 0)
        self._index.reload()
        self._searcher = self._index.searcher()
        self._interpretations: VersionedCache[Interpretation] = VersionedCache(CACHE_SIZE)
        self._pages: VersionedCache[tuple[tuple[str, ...], int]] = VersionedCache(CACHE_SIZE)
        self._facets: VersionedCache[tuple[Mapping[str, tuple[FacetCount, ...]], Mapping[str, Range]]] = VersionedCache(
            CACHE_SIZE
        )
        self._suggestions: VersionedCache[tuple[str, ...]] = VersionedCache(CACHE_SIZE)

    def search(self, query: Query) -> SearchResult:
        """Return the best matches; see `SearchEngine.search`."""
        keys = _QueryKeys(query)
        if query.text.strip() and not parse_query(query.text).groups:
            return SearchResult(ids=(), total=0, engine="embedded")
        interpretation = self._get_interpretation(query) if query.text.strip() else None
        if interpretation is None and query.sort is Sort.RELEVANCE:
            keys = _QueryKeys(replace(query, sort=Sort.NEWEST))
        text_query = interpretation.query_for(query.sort) if interpretation else None
        is_loose = text_query is not None and interpretation is not None and text_query is interpretation.loose
        ids, total = self._pages.get_or_compute((keys.page_key, is_loose), lambda: self._search_page(keys.query, text_query))
        facets, extents = self._facets.get_or_compute(
            (keys.facets_key, is_loose), lambda: self._count_facets(keys.query, text_query)
        )
        return SearchResult(
            ids=ids,
            total=total,
            engine="embedded",
            facets=facets,
            extents=extents,
            did_you_mean=interpretation.did_you_mean if interpretation else None,
        )

    def suggest(self, text: str, audience: tuple[str, ...], limit: int) -> tuple[str, ...]:
        """Return phrases with this prefix; see `SearchEngine.suggest`."""
        prefix = autocomplete.normalize_prefix(text)
        if not prefix or limit < 1:
            return ()
        return self._suggestions.get_or_compute(
            (prefix, audience, limit), lambda: self._complete_prefix(prefix, audience, limit)
        )

    def count(self) -> int:
        """Return the number of live documents."""
        return self._count_hits(TantivyQuery.term_query(SCHEMA, "state", LIVE))

    def version_stamps(self, ids: list[str]) -> dict[str, int]:
        """Return the version stamps of those of these ids that are known, including deleted ones."""
        if not ids:
            return {}
        return dict(self._search_stamps(TantivyQuery.term_set_query(SCHEMA, "id", ids), len(ids)))

    def iter_stamps(self, state: int) -> Iterator[tuple[str, int]]:
        """Yield id and version stamp of all live, or all deleted, documents."""
        return self._search_stamps(TantivyQuery.term_query(SCHEMA, "state", state), max(self._searcher.num_docs, 1))

    def _search_stamps(self, query: TantivyQuery, limit: int) -> Iterator[tuple[str, int]]:
        hits = self._searcher.search(TantivyQuery.const_score_query(query, 0.0), limit, count=False).hits
        addresses = [address for _, address in hits]
        stamps = self._searcher.fast_field_values("stamp", addresses) if addresses else []
        for address, stamp in zip(addresses, stamps, strict=True):
            yield self._document_id(address), int(stamp or 0)

    def _document_id(self, address: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(address).get_first("id"))

    def _count_hits(self, query: TantivyQuery) -> int:
        return _hit_count(self._searcher.search(TantivyQuery.const_score_query(query, 0.0), 1))

    def _search_page(self, query: Query, text_query: TantivyQuery | None) -> tuple[tuple[str, ...], int]:
        filtered = apply_filters(self._filters(query), text_query)
        if not query.limit:
            return (), self._count_hits(filtered)
        column = f"sort_{query.sort.field}" if query.sort.field else None
        order = Order.Desc if query.sort.descending else Order.Asc
        result = self._searcher.search(filtered, query.limit, offset=query.offset, order_by_field=column, order=order)
        return tuple(self._document_id(address) for _, address in result.hits), _hit_count(result)

    def _filters(self, query: Query, without: str | None = None) -> list[TantivyQuery]:
        keyword_filters = [
            keyword_filter(name, values) for name, values in query.keywords.items() if values and name != without
        ]
        range_filters = [
            range_filter(self._index, name, number_range)
            for name, number_range in query.ranges.items()
            if name != without and number_range != Range()
        ]
        return [audience_filter(query.audience), *keyword_filters, *range_filters]

    def _count_facets(
        self, query: Query, text_query: TantivyQuery | None
    ) -> tuple[Mapping[str, tuple[FacetCount, ...]], Mapping[str, Range]]:
        # A chosen value must not narrow the counts of its own field, or a second value could never be chosen:
        # each such field is counted over its own documents, all other fields together.
        self_filtered = {name for name in (*query.facets, *query.extents) if name in query.keywords or name in query.ranges}
        aggregations: dict[str, Any] = {}
        for name in (None, *sorted(self_filtered)):
            facets = [field for field in query.facets if (field == name if name else field not in self_filtered)]
            extents = [field for field in query.extents if (field == name if name else field not in self_filtered)]
            if facets or extents:
                filtered = apply_filters(self._filters(query, without=name), text_query)
                aggregations |= self._searcher.aggregate(filtered, dict(build_aggs(facets, extents, MAX_FACET_VALUES)))
        counts = {name: _parse_facet(aggregations[f"facet_{name}"]) for name in query.facets}
        return counts, {
            name: Range(aggregations[f"low_{name}"]["value"], aggregations[f"high_{name}"]["value"]) for name in query.extents
        }

    def _get_interpretation(self, query: Query) -> Interpretation:
        key = (query.text, query.audience)
        return self._interpretations.get_or_compute(key, lambda: self._interpret(parse_query(query.text), query.audience))

    def _interpret(self, parsed: ParsedQuery, audience: tuple[str, ...]) -> Interpretation:
        corrections = {
            word: correction for word in parsed.words_to_spellcheck if (correction := self._find_correction(word, audience))
        }
        corrected = with_corrections(parsed, corrections)
        strict, loose = build_match(corrected, corrected.min_should_match), build_match(corrected, 1)
        strict_total = self._count_hits(apply_filters([audience_filter(audience)], strict))
        return Interpretation(strict, loose, strict_total, did_you_mean_text(parsed.text, corrections) if corrections else None)

    def _find_correction(self, word: str, audience: tuple[str, ...]) -> str | None:
        """Return the most frequent correction of a word, from documents that this audience may find."""
        if spelling.is_in_vocabulary(word, self._searcher.doc_freq):
            return None
        candidates = {candidate for candidate in spelling.edits1(word) if self._searcher.doc_freq("spelling", candidate)}
        if not candidates:
            similar_terms = self._searcher.terms_with_prefix("spelling", word[:2], None, MAX_VOCABULARY_SCAN)
            candidates = set(spelling.correction_candidates(word, (term for term, _ in similar_terms)))
        audience_query = audience_filter(audience)
        frequencies = {
            candidate: self._count_hits(
                apply_filters([audience_query, TantivyQuery.term_query(SCHEMA, "spelling", candidate, "basic")], None)
            )
            for candidate in candidates
        }
        best = max(sorted(frequencies), key=lambda candidate: frequencies[candidate], default=None)
        return best if best and frequencies[best] else None

    def _complete_prefix(self, prefix: str, audience: tuple[str, ...], limit: int) -> tuple[str, ...]:
        # A phrase has several keys, so more entries than phrases are fetched. Counting only the most frequent entries
        # by audience is much faster than counting all, and sufficient unless most of them are for other audiences.
        term_limit, audience_query = limit * 4, audience_filter(audience)
        entries = self._searcher.terms_with_prefix("phrases", prefix, None, term_limit)
        counted_entries = [
            (
                entry,
                self._count_hits(
                    apply_filters([audience_query, TantivyQuery.term_query(SCHEMA, "phrases", entry, "basic")], None)
                ),
            )
            for entry, _ in entries
        ]
        phrases = autocomplete.rank_suggestions(counted_entries, limit)
        if len(phrases) < limit and len(entries) == term_limit:
            return autocomplete.rank_suggestions(
                self._searcher.terms_with_prefix("phrases", prefix, audience_query, term_limit), limit
            )
        return phrases


class _QueryKeys:
    """A query with its cache keys."""

    def __init__(self, query: Query) -> None:
        self.query = query
        keywords = tuple(sorted(query.keywords.items()))
        ranges = tuple(sorted(query.ranges.items(), key=lambda item: item[0]))
        scope = (query.text, query.audience, keywords, ranges)
        self.page_key = (scope, query.sort, query.limit, query.offset)
        self.facets_key = (scope, query.facets, query.extents)


def _hit_count(result: tantivy.SearchResult) -> int:
    count: int | None = result.count  # type: ignore[attr-defined]  # missing in the type stubs
    return count or 0


def _parse_facet(aggregation: Mapping[str, Any]) -> tuple[FacetCount, ...]:
    counts = [FacetCount(str(bucket["key"]), int(bucket["doc_count"])) for bucket in aggregation["buckets"]]
    return tuple(sorted(counts, key=lambda count: (-count.count, count.value)))
