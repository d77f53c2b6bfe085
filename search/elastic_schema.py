"""What a document and a question look like to Elasticsearch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from search import DEEPEST, MOST_VALUES, Document, Query, Range, Sort, analysis
from search.completion import entries
from search.journal import Gone, Write, stamp
from search.planning import Plan, Term

Body = dict[str, Any]

RULES = f"{analysis.VERSION}.1"
"""Changes with the terms of documents and with the mapping below."""

LIVE, GONE = 1, 0
CAP = 10_000
"""Past so many, Elasticsearch stops counting what a text finds."""

_reserved = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$]')

SETTINGS: Body = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "max_result_window": DEEPEST,
    "mapping.total_fields.limit": 2000,
    "mapping.total_fields.ignore_dynamic_beyond_limit": True,
    "similarity.default": {"type": "BM25", "k1": 1.2, "b": 0.75},
}


def mapping() -> Body:
    """The fields. Types that only some builds of Elasticsearch have are avoided; terms come cut from our analysis."""
    terms = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    return {
        "_meta": {"rules": RULES},
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


def row(write: Write) -> Body:
    """A document as it is stored, or the mark that one is gone, which keeps older writes from bringing it back."""
    base: Body = {"id": write.id, "stamp": stamp(write), "state": GONE if isinstance(write, Gone) else LIVE}
    return base | _describe(write) if isinstance(write, Document) else base


def _describe(document: Document) -> Body:
    return {
        "audience": list(document.audience),
        **analysis.index_terms(document.texts),
        "phrases": entries(document.phrases),
        "keywords": {name: list(values) for name, values in document.keywords.items()},
        "numbers": document.measures(),
    }


def put(alias: str, write: Write) -> list[Body]:
    """The two lines of a bulk request that write one document where nothing newer is."""
    place = {"_index": alias, "_id": write.id, "version": stamp(write), "version_type": "external_gte"}
    return [{"index": {**place, "require_alias": True}}, row(write)]


def asking(query: Query, text: Body | None) -> Body:
    """A search for a page, its counts and its spans."""
    own = {name for name in (*query.facets, *query.spans) if name in query.keywords or name in query.ranges}
    narrowing = filters(query)
    shared = [one for name, one in narrowing.items() if name not in own]
    chosen = {name: one for name, one in narrowing.items() if name in own}
    body: Body = {
        "query": within([audience(query.audience), *shared], text),
        "from": query.offset,
        "size": query.limit,
        "_source": False,
        "track_total_hits": True if text is None else CAP,
        "sort": ordering(query.sort, text is not None),
    }
    if chosen:
        # Chosen values narrow the hits but not the counts of their own name, or nobody could choose a second one.
        body["post_filter"] = {"bool": {"filter": list(chosen.values())}}
    if query.facets or query.spans:
        body["aggs"] = {
            name or "_rest": {
                "filter": {"bool": {"filter": [one for other, one in chosen.items() if other != name]}},
                "aggs": _counting(query, own, name),
            }
            for name in (None, *sorted(own))
        }
    return body


def _counting(query: Query, own: set[str], name: str | None) -> Body:
    facets = [facet for facet in query.facets if (facet == name if name else facet not in own)]
    spans = [span for span in query.spans if (span == name if name else span not in own)]
    counting: Body = {f"facet_{facet}": {"terms": {"field": f"keywords.{facet}", "size": MOST_VALUES}} for facet in facets}
    for span in spans:
        counting[f"low_{span}"] = {"min": {"field": f"numbers.{span}"}}
        counting[f"high_{span}"] = {"max": {"field": f"numbers.{span}"}}
    return counting


def filters(query: Query) -> dict[str, Body]:
    """What narrows, by name."""
    chosen: dict[str, list[Body]] = {
        name: [{"terms": {f"keywords.{name}": list(values)}}] for name, values in query.keywords.items() if values
    }
    for name, wanted in query.ranges.items():
        if wanted != Range():
            bounds = {side: bound for side, bound in (("gte", wanted.low), ("lte", wanted.high)) if bound is not None}
            chosen.setdefault(name, []).append({"range": {f"numbers.{name}": bounds}})
    return {name: {"bool": {"filter": every}} for name, every in chosen.items()}


def audience(words: tuple[str, ...]) -> Body:
    """Documents for any of these."""
    return {"terms": {"audience": list(words)}}


def within(narrowing: Iterable[Body], text: Body | None) -> Body:
    """Documents that pass all the filters and meet the text; filters do not change the order."""
    return {"bool": {"filter": list(narrowing), **({"must": [text]} if text else {})}}


def ordering(sort: Sort, worded: bool) -> list[Body]:
    """The order; without words there is nothing to be relevant to, and the newest come first. Ids part ties."""
    number = sort.number or (None if worded else Sort.NEWEST.number)
    if number is None:
        return [{"_score": {"order": "desc"}}, {"id": {"order": "asc"}}]
    order = "desc" if sort.descending else "asc"
    return [{f"numbers.{number}": {"order": order, "missing": "_last", "unmapped_type": "double"}}, {"id": "asc"}]


def matching(plan: Plan, needed: int) -> Body:
    """Documents that meet so many groups of the plan, in the order of how well they do."""
    groups = [_best([_term(way) for way in group.ways]) for group in plan.groups]
    met: Body = {"bool": {"should": groups, "minimum_should_match": needed}}
    return {"bool": {"must": [met], "should": [_term(extra) for extra in plan.extras]}} if plan.extras else met


def _term(term: Term) -> Body:
    words: list[Body] = [{"term": {term.field: {"value": word}}} for word in term.words]
    if len(words) == 1:
        return {"term": {term.field: {"value": term.words[0], "boost": term.boost}}}
    return {"bool": {"must": words, "boost": term.boost}}


def _best(ways: list[Body]) -> Body:
    return ways[0] if len(ways) == 1 else {"dis_max": {"queries": ways}}


def sounding(plan: Plan, words: tuple[str, ...], strict: Body) -> Body:
    """Asks how many things meet a text strictly, and for words like those of it that the index does not know."""
    body: Body = {"query": within([audience(words)], strict), "size": 0, "track_total_hits": True}
    if plan.unsure:
        near = {"field": "spelling", "suggest_mode": "missing", "prefix_length": 0, "min_word_length": 4, "size": 8}
        body["suggest"] = {"near": {"text": " ".join(plan.unsure), "term": near}}
    return body


def proving(candidates: Mapping[str, str], words: tuple[str, ...]) -> Body:
    """Asks how often each candidate (by a key) is written in documents that this audience may find."""
    return {
        "query": within([audience(words)], None),
        "size": 0,
        "aggs": {key: {"filter": {"term": {"spelling": word}}} for key, word in candidates.items()},
    }


def completing(opening: str, words: tuple[str, ...], most: int) -> Body:
    """Asks for phrases with a beginning."""
    pattern = _reserved.sub(lambda mark: "\\" + mark[0], opening) + ".*"
    return {
        "query": within([audience(words), {"prefix": {"phrases": opening}}], None),
        "size": 0,
        "aggs": {"phrases": {"terms": {"field": "phrases", "include": pattern, "size": most}}},
    }
