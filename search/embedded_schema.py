"""What a document and a question look like to tantivy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import tantivy
from tantivy import FieldType, Occur, Query

from search import SORT_NUMBERS, Document, Range, analysis
from search.completion import entries
from search.journal import Gone, Write, stamp
from search.planning import Plan, Term

RULES = f"{analysis.VERSION}.1"
"""Changes with the terms of documents and with the fields below."""

LIVE, GONE = 1, 0


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("stamp", fast=True)
    builder.add_integer_field("state", indexed=True)
    builder.add_text_field("audience", tokenizer_name="raw", index_option="basic")
    for name in ("words", "compounds", "pinyin"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("spelling", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("phrases", tokenizer_name="raw", index_option="basic")
    builder.add_json_field("keywords", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("numbers", fast=True, tokenizer_name="raw", index_option="basic")
    # A sort needs a column of its own: numbers inside the JSON field can be ranged over but not sorted by.
    for name in SORT_NUMBERS:
        builder.add_float_field(f"sort_{name}", fast=True)
    return builder.build()


SCHEMA = _schema()


def row(write: Write) -> tantivy.Document:
    """A document as it is stored, or the mark that one is gone, which keeps older writes from bringing it back."""
    made = tantivy.Document()
    made.add_text("id", write.id)
    made.add_integer("stamp", stamp(write))
    made.add_integer("state", GONE if isinstance(write, Gone) else LIVE)
    if isinstance(write, Document):
        _describe(made, write)
    return made


def _describe(made: tantivy.Document, document: Document) -> None:
    for word in document.audience:
        made.add_text("audience", word)
    for name, terms in analysis.index_terms(document.texts).items():
        made.add_text(name, terms)
    for entry in entries(document.phrases):
        made.add_text("phrases", entry)
    measures = document.measures()
    made.add_json("keywords", {name: list(values) for name, values in document.keywords.items()})
    made.add_json("numbers", measures)
    for name in SORT_NUMBERS:
        if name in measures:
            made.add_float(f"sort_{name}", measures[name])


@lru_cache(maxsize=1024)
def audience(words: tuple[str, ...]) -> Query:
    """Documents for any of these."""
    return any_of([Query.term_query(SCHEMA, "audience", word, "basic") for word in words])


@lru_cache(maxsize=4096)
def keyword(name: str, values: tuple[str, ...]) -> Query:
    """Documents with any of these values."""
    return any_of([Query.term_query(SCHEMA, f"keywords.{name}", value, "basic") for value in values])


def span(index: tantivy.Index, name: str, wanted: Range) -> Query:
    """Documents whose number lies within."""
    if name in SORT_NUMBERS:
        return Query.range_query(SCHEMA, f"sort_{name}", FieldType.Float, wanted.low, wanted.high)
    # Only tantivy's query language reaches numbers inside a JSON field; names have been checked, numbers are floats.
    low, high = ("*" if bound is None else f"{float(bound):f}" for bound in (wanted.low, wanted.high))
    return index.parse_query(f"numbers.{name}:[{low} TO {high}]")


def matching(plan: Plan, needed: int) -> Query:
    """Documents that meet so many groups of the plan, in the order of how well they do."""
    groups = [(Occur.Should, _best([_term(way) for way in group.ways])) for group in plan.groups]
    met = Query.boolean_query(groups, minimum_number_should_match=needed)
    if not plan.extras:
        return met
    return Query.boolean_query([(Occur.Must, met), *((Occur.Should, _term(extra)) for extra in plan.extras)])


def _term(term: Term) -> Query:
    words = [Query.term_query(SCHEMA, term.field, word, "freq") for word in term.words]
    query = words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])
    return query if term.boost == 1.0 else Query.boost_query(query, term.boost)


def _best(ways: list[Query]) -> Query:
    return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)


def any_of(queries: list[Query]) -> Query:
    """Documents of any of the queries; none of none."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries]) if queries else Query.empty_query()


def within(filters: Iterable[Query], text: Query | None) -> Query:
    """Documents that pass all the filters and meet the text; filters do not change the order."""
    parts = [(Occur.Must, Query.const_score_query(one, 0.0)) for one in filters]
    if text is not None:
        parts.append((Occur.Must, text))
    return parts[0][1] if len(parts) == 1 else Query.boolean_query(parts)


def counting(facets: Iterable[str], spans: Iterable[str], most: int) -> Mapping[str, Mapping[str, object]]:
    """What to count over the documents of a query."""
    wanted: dict[str, Mapping[str, object]] = {
        f"facet_{name}": {"terms": {"field": f"keywords.{name}", "size": most}} for name in facets
    }
    for name in spans:
        wanted[f"low_{name}"] = {"min": {"field": f"numbers.{name}"}}
        wanted[f"high_{name}"] = {"max": {"field": f"numbers.{name}"}}
    return wanted
