"""Elasticsearch mappings, documents and queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from search import MAX_FACET_VALUES, MAX_RESULT_WINDOW, Document, Query, Range, Sort, analysis
from search.autocomplete import suggest_entries
from search.query_parser import ParsedQuery, Term
from search.write_log import Tombstone, Write, version_stamp

Body = dict[str, Any]

SCHEMA_VERSION = f"{analysis.VERSION}.1"
"""Changes with the terms of documents and with the mapping in this module."""

LIVE, DELETED = 1, 0
MAX_COUNTED_HITS = 10_000
"""The number of matches of a text at which Elasticsearch stops counting."""

_regex_reserved_re = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$]')

SETTINGS: Body = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "max_result_window": MAX_RESULT_WINDOW,
    "mapping.total_fields.limit": 2000,
    "mapping.total_fields.ignore_dynamic_beyond_limit": True,
    "similarity.default": {"type": "BM25", "k1": 1.2, "b": 0.75},
}


def build_mapping() -> Body:
    """Return the mapping: only field types of every Elasticsearch build; terms are already analyzed."""
    terms = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    return {
        "_meta": {"schema_version": SCHEMA_VERSION},
        "_source": {"includes": ["stamp"]},
        "dynamic": False,
        "dynamic_templates": [{"numbers": {"path_match": "numbers.*", "mapping": {"type": "double"}}}],
        "properties": {
            "id": {"type": "keyword"},
            "stamp": {"type": "long", "index": False},
            "state": {"type": "byte"},
            "audience": {"type": "keyword"},
            "words": terms,
            "compounds": terms,
            "pinyin": terms,
            "spelling": {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False},
            "phrases": {"type": "keyword"},
            "keywords": {"type": "flattened"},
            "numbers": {"type": "object", "dynamic": True},
        },
    }


def to_doc(write: Write) -> Body:
    """Return a document as stored, or a tombstone, which keeps older writes from restoring a deleted document."""
    base: Body = {"id": write.id, "stamp": version_stamp(write), "state": DELETED if isinstance(write, Tombstone) else LIVE}
    return base | _document_fields(write) if isinstance(write, Document) else base


def _document_fields(document: Document) -> Body:
    return {
        "audience": list(document.audience),
        **analysis.index_terms(document.texts),
        "phrases": suggest_entries(document.phrases),
        "keywords": {name: list(values) for name, values in document.keywords.items()},
        "numbers": document.numeric_fields(),
    }


def bulk_lines(alias: str, write: Write) -> list[Body]:
    """Return the two lines of a bulk request that write one document unless a newer one exists."""
    action = {"_index": alias, "_id": write.id, "version": version_stamp(write), "version_type": "external_gte"}
    return [{"index": {**action, "require_alias": True}}, to_doc(write)]


def build_search(query: Query, text: Body | None) -> Body:
    """Return the request for a page of results with its facet counts and extents."""
    self_filtered = {name for name in (*query.facets, *query.extents) if name in query.keywords or name in query.ranges}
    filters_by_name = build_filters(query)
    shared_filters = [clause for name, clause in filters_by_name.items() if name not in self_filtered]
    own_filters = {name: clause for name, clause in filters_by_name.items() if name in self_filtered}
    body: Body = {
        "query": apply_filters([audience_filter(query.audience), *shared_filters], text),
        "from": query.offset,
        "size": query.limit,
        "_source": False,
        "track_total_hits": True if text is None else MAX_COUNTED_HITS,
        "sort": build_sort(query.sort, text is not None),
    }
    if own_filters:
        # Chosen values narrow the hits but not the counts of their own name: otherwise a second value could never be chosen.
        body["post_filter"] = {"bool": {"filter": list(own_filters.values())}}
    if query.facets or query.extents:
        body["aggs"] = {
            name or "_rest": {
                "filter": {"bool": {"filter": [clause for other, clause in own_filters.items() if other != name]}},
                "aggs": _build_aggs(query, self_filtered, name),
            }
            for name in (None, *sorted(self_filtered))
        }
    return body


def _build_aggs(query: Query, self_filtered: set[str], name: str | None) -> Body:
    facets = [facet for facet in query.facets if (facet == name if name else facet not in self_filtered)]
    extents = [extent for extent in query.extents if (extent == name if name else extent not in self_filtered)]
    aggs: Body = {f"facet_{facet}": {"terms": {"field": f"keywords.{facet}", "size": MAX_FACET_VALUES}} for facet in facets}
    for extent in extents:
        aggs[f"low_{extent}"] = {"min": {"field": f"numbers.{extent}"}}
        aggs[f"high_{extent}"] = {"max": {"field": f"numbers.{extent}"}}
    return aggs


def build_filters(query: Query) -> dict[str, Body]:
    """Return the filter clauses of a query by field name."""
    clauses_by_name: dict[str, list[Body]] = {
        name: [{"terms": {f"keywords.{name}": list(values)}}] for name, values in query.keywords.items() if values
    }
    for name, number_range in query.ranges.items():
        if number_range != Range():
            bounds = {
                side: bound for side, bound in (("gte", number_range.low), ("lte", number_range.high)) if bound is not None
            }
            clauses_by_name.setdefault(name, []).append({"range": {f"numbers.{name}": bounds}})
    return {name: {"bool": {"filter": clauses}} for name, clauses in clauses_by_name.items()}


def audience_filter(audience: tuple[str, ...]) -> Body:
    """Return a filter for documents with any of these audiences."""
    return {"terms": {"audience": list(audience)}}


def apply_filters(filters: Iterable[Body], text: Body | None) -> Body:
    """Return a query for documents that pass all filters and match the text; filters do not affect the ranking."""
    return {"bool": {"filter": list(filters), **({"must": [text]} if text else {})}}


def build_sort(sort: Sort, has_text: bool) -> list[Body]:
    """Return the sort order. Without a text there is no relevance, and the newest come first; ids break ties."""
    number = sort.field or (None if has_text else Sort.NEWEST.field)
    if number is None:
        return [{"_score": {"order": "desc"}}, {"id": {"order": "asc"}}]
    order = "desc" if sort.descending else "asc"
    return [{f"numbers.{number}": {"order": order, "missing": "_last", "unmapped_type": "double"}}, {"id": "asc"}]


def build_match(parsed: ParsedQuery, min_should_match: int) -> Body:
    """Return a query for documents that match at least so many groups, ranked by their match."""
    groups = [_best_of([_term_query(variant) for variant in group.variants]) for group in parsed.groups]
    required: Body = {"bool": {"should": groups, "minimum_should_match": min_should_match}}
    return (
        {"bool": {"must": [required], "should": [_term_query(term) for term in parsed.boost_terms]}}
        if parsed.boost_terms
        else required
    )


def _term_query(term: Term) -> Body:
    clauses: list[Body] = [{"term": {term.field: {"value": word}}} for word in term.words]
    if len(clauses) == 1:
        return {"term": {term.field: {"value": term.words[0], "boost": term.boost}}}
    return {"bool": {"must": clauses, "boost": term.boost}}


def _best_of(queries: list[Body]) -> Body:
    return queries[0] if len(queries) == 1 else {"dis_max": {"queries": queries}}


def build_probe(parsed: ParsedQuery, audience: tuple[str, ...], strict_query: Body) -> Body:
    """Return a request for the number of strict matches of a text and for corrections of its unknown words."""
    body: Body = {"query": apply_filters([audience_filter(audience)], strict_query), "size": 0, "track_total_hits": True}
    if parsed.words_to_spellcheck:
        term_suggester = {"field": "spelling", "suggest_mode": "missing", "prefix_length": 0, "min_word_length": 4, "size": 8}
        body["suggest"] = {"spelling": {"text": " ".join(parsed.words_to_spellcheck), "term": term_suggester}}
    return body


def build_frequency_probe(candidates: Mapping[str, str], audience: tuple[str, ...]) -> Body:
    """Return a request for the frequency of each candidate (by a key) in documents that this audience may find."""
    return {
        "query": apply_filters([audience_filter(audience)], None),
        "size": 0,
        "aggs": {key: {"filter": {"term": {"spelling": word}}} for key, word in candidates.items()},
    }


def build_suggest(prefix: str, audience: tuple[str, ...], size: int) -> Body:
    """Return a request for phrases with a prefix."""
    pattern = _regex_reserved_re.sub(lambda match: "\\" + match[0], prefix) + ".*"
    return {
        "query": apply_filters([audience_filter(audience), {"prefix": {"phrases": prefix}}], None),
        "size": 0,
        "aggs": {"phrases": {"terms": {"field": "phrases", "include": pattern, "size": size}}},
    }
