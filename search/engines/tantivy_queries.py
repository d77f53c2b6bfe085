"""Tantivy schema, documents and queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import tantivy
from tantivy import FieldType, Occur, Query

from search import SORT_FIELDS, Document, Range, analysis
from search.autocomplete import suggest_entries
from search.query_parser import ParsedQuery, Term
from search.write_log import Tombstone, Write, version_stamp

SCHEMA_VERSION = f"{analysis.VERSION}.1"
"""Changes with the terms of documents and with the schema in this module."""

LIVE, DELETED = 1, 0


def _build_schema() -> tantivy.Schema:
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
    # Sorting needs a column of its own: numbers inside the JSON field support ranges but not sorting.
    for name in SORT_FIELDS:
        builder.add_float_field(f"sort_{name}", fast=True)
    return builder.build()


SCHEMA = _build_schema()


def to_doc(write: Write) -> tantivy.Document:
    """Return a document as stored, or a tombstone, which keeps older writes from restoring a deleted document."""
    doc = tantivy.Document()
    doc.add_text("id", write.id)
    doc.add_integer("stamp", version_stamp(write))
    doc.add_integer("state", DELETED if isinstance(write, Tombstone) else LIVE)
    if isinstance(write, Document):
        _add_fields(doc, write)
    return doc


def _add_fields(doc: tantivy.Document, document: Document) -> None:
    for member in document.audience:
        doc.add_text("audience", member)
    for name, terms in analysis.index_terms(document.texts).items():
        doc.add_text(name, terms)
    for entry in suggest_entries(document.phrases):
        doc.add_text("phrases", entry)
    numbers = document.numeric_fields()
    doc.add_json("keywords", {name: list(values) for name, values in document.keywords.items()})
    doc.add_json("numbers", numbers)
    for name in SORT_FIELDS:
        if name in numbers:
            doc.add_float(f"sort_{name}", numbers[name])


@lru_cache(maxsize=1024)
def audience_filter(audience: tuple[str, ...]) -> Query:
    """Return a filter for documents with any of these audiences."""
    return any_of([Query.term_query(SCHEMA, "audience", member, "basic") for member in audience])


@lru_cache(maxsize=4096)
def keyword_filter(name: str, values: tuple[str, ...]) -> Query:
    """Return a filter for documents with any of these values."""
    return any_of([Query.term_query(SCHEMA, f"keywords.{name}", value, "basic") for value in values])


def range_filter(index: tantivy.Index, name: str, number_range: Range) -> Query:
    """Return a filter for documents whose number lies within the range."""
    if name in SORT_FIELDS:
        return Query.range_query(SCHEMA, f"sort_{name}", FieldType.Float, number_range.low, number_range.high)
    # Only tantivy's query language reaches numbers inside a JSON field; names are validated, numbers are floats.
    low, high = ("*" if bound is None else f"{float(bound):f}" for bound in (number_range.low, number_range.high))
    return index.parse_query(f"numbers.{name}:[{low} TO {high}]")


def build_match(parsed: ParsedQuery, min_should_match: int) -> Query:
    """Return a query for documents that match at least so many groups, ranked by their match."""
    groups = [(Occur.Should, _best_of([_term_query(variant) for variant in group.variants])) for group in parsed.groups]
    required = Query.boolean_query(groups, minimum_number_should_match=min_should_match)
    if not parsed.boost_terms:
        return required
    return Query.boolean_query([(Occur.Must, required), *((Occur.Should, _term_query(term)) for term in parsed.boost_terms)])


def _term_query(term: Term) -> Query:
    queries = [Query.term_query(SCHEMA, term.field, word, "freq") for word in term.words]
    query = queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, word) for word in queries])
    return query if term.boost == 1.0 else Query.boost_query(query, term.boost)


def _best_of(queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)


def any_of(queries: list[Query]) -> Query:
    """Return a query for documents of any of the queries; without queries it matches nothing."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries]) if queries else Query.empty_query()


def apply_filters(filters: Iterable[Query], text: Query | None) -> Query:
    """Return a query for documents that pass all filters and match the text; filters do not affect the ranking."""
    clauses = [(Occur.Must, Query.const_score_query(clause, 0.0)) for clause in filters]
    if text is not None:
        clauses.append((Occur.Must, text))
    return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)


def build_aggs(facets: Iterable[str], extents: Iterable[str], size: int) -> Mapping[str, Mapping[str, object]]:
    """Return the aggregations for facets and extents."""
    aggs: dict[str, Mapping[str, object]] = {
        f"facet_{name}": {"terms": {"field": f"keywords.{name}", "size": size}} for name in facets
    }
    for name in extents:
        aggs[f"low_{name}"] = {"min": {"field": f"numbers.{name}"}}
        aggs[f"high_{name}"] = {"max": {"field": f"numbers.{name}"}}
    return aggs
