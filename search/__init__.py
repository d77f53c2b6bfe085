"""Search API: documents, queries, results and the protocol of the engines; independent of the features.

A feature describes its rows as a `Document`, searches with a `Query`, and receives ids in display order. It must load the
rows of these ids again, within the user's scope, before showing or selling anything: an index may be out of date, the
database is authoritative.

There is one index for each kind of object ("products", "merchants"). Indexes need not be created: an index that was
never written is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

PUBLIC_AUDIENCE = "public"
"""The audience of documents that every visitor may find."""

MAX_RESULT_WINDOW = 100_000
"""No page reaches past this rank; deeper results require a narrower query."""

MAX_FACET_VALUES = 200
"""The maximum number of values counted per facet; the most frequent ones are kept."""

_field_name_re = re.compile(r"[a-z][a-z0-9_]{0,63}")
_index_name_re = re.compile(r"[a-z][a-z0-9]{0,31}")


class EngineUnavailable(Exception):
    """An engine that cannot be reached, or not within its time limit; the same call may succeed later."""


class Sort(StrEnum):
    """Result orders. All but relevance sort by the number of that name in each document."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_ASC = "price_up"
    PRICE_DESC = "price_down"
    SALES = "sales"

    @property
    def field(self) -> str | None:
        """Return the numeric field to sort by, or None for relevance. Documents without it come last."""
        return _SORT_FIELDS.get(self.value)

    @property
    def descending(self) -> bool:
        """Return whether the greatest number comes first."""
        return self is not Sort.PRICE_ASC


_SORT_FIELDS = {"newest": "newest", "price_up": "price", "price_down": "price", "sales": "sales"}
SORT_FIELDS = ("price", "sales", "newest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A searchable object.

    Attributes:
        version: The row version. It grows with every change, so that an older write never overwrites a newer one.
        audience: Who may find it: `PUBLIC_AUDIENCE` or tokens such as "merchant:<id>". An empty audience matches no query.
        texts: The text by part; `search.analysis.FIELD_WEIGHTS` lists the parts and their weights.
        keywords: The values for filters and facets: {"category": [all ancestors], "colour": ["red"]}. The attributes of a
            category are stored here under their codes.
        numbers: The values for ranges and sorting: {"price": minor units, "sales": …, "weight": …}.
        dates: Timestamps, stored as seconds: {"newest": published_at}.
        phrases: The completions offered for a partial query: brand, category, short name.
    """

    id: str
    version: int
    audience: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    dates: Mapping[str, datetime] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate_field_names(self.keywords, self.numbers, self.dates)
        if not 0 <= self.version < 1 << 61:
            raise ValueError(f"version {self.version} of {self.id} is out of range")

    def numeric_fields(self) -> dict[str, float]:
        """Return numbers and timestamps (seconds since 1970) in one mapping, as the engines store them."""
        dates = {name: moment.astimezone(UTC).timestamp() for name, moment in self.dates.items()}
        return {name: float(value) for name, value in self.numbers.items()} | dates


@dataclass(frozen=True, slots=True)
class Range:
    """An inclusive interval from `low` to `high`; None is unbounded. Timestamps are given as seconds since 1970."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A search request.

    Attributes:
        audience: The tokens of the user; only documents that share one are found, counted or suggested.
        keywords: The chosen values: any of the values of one name, and all of the names.
        facets: The names whose values are counted; a name's own filter does not narrow its own counts.
        extents: The names of numbers whose minimum and maximum are requested.
    """

    audience: tuple[str, ...]
    text: str = ""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    extents: tuple[str, ...] = ()
    sort: Sort = Sort.RELEVANCE
    limit: int = 24
    offset: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.audience, str) or not self.audience:
            raise ValueError("the audience of a query must be a non-empty tuple of strings")
        validate_field_names(self.keywords, self.ranges, self.facets, self.extents)
        if not 0 <= self.offset <= MAX_RESULT_WINDOW or not 0 <= self.limit <= MAX_RESULT_WINDOW - self.offset:
            raise ValueError(f"places {self.offset} to {self.offset + self.limit} are out of reach")


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A value of a facet and the number of matching documents that have it."""

    value: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The response to a query.

    Attributes:
        total: The number of matches; a lower bound when `capped`.
        did_you_mean: The text with unknown words corrected; `ids` already contains the matches of both spellings.
        degraded: Whether another engine than the preferred one has responded.
    """

    ids: tuple[str, ...]
    total: int
    engine: str
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    extents: Mapping[str, Range] = field(default_factory=dict)
    did_you_mean: str | None = None
    milliseconds: float = 0.0
    capped: bool = False
    degraded: bool = False


class SearchEngine(Protocol):
    """The interface of an engine; `tests.search.engine_contract` tests every implementation.

    All methods raise `EngineUnavailable` when the engine cannot be reached.
    """

    @property
    def name(self) -> str:
        """Return the name of the engine in results and logs."""
        ...

    @property
    def engines(self) -> tuple[SearchEngine, ...]:
        """Return the engines with an index of their own: the members of a composite engine, else the engine itself."""
        ...

    def index_documents(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents.

        A document that is known in a newer version, or was deleted at this or a newer version, is left as it is.
        """
        ...

    def delete_documents(self, index: str, deletions: Mapping[str, int]) -> None:
        """Delete documents by id.

        The number is the version at which the object was deleted, so that no older write restores it.
        """
        ...

    def search(self, index: str, query: Query) -> SearchResult:
        """Return the best matches, with facet counts."""
        ...

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Return phrases with this prefix, most frequent first, from documents that this audience may find."""
        ...

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Replace an index without interrupting searches, and return the number of its documents.

        `documents` must read current rows as it is consumed, not a snapshot taken earlier. Writes made meanwhile are kept. If
        the rebuild fails or the process dies, the old index stays in use.
        """
        ...

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Yield id and version of every document, unordered, for comparison with the database."""
        ...

    def count(self, index: str) -> int:
        """Return the number of documents of all audiences."""
        ...

    def replay_pending(self) -> int:
        """Repeat the writes that were missed during an outage, and return their number; to be called often."""
        ...

    def needs_rebuild(self, index: str) -> bool:
        """Return whether the index is missing or was written with another schema version."""
        ...


def validate_field_names(*groups: Iterable[str]) -> None:
    """Raise ValueError for names that an engine may not support: only lower case, digits and underscores are valid."""
    for group in groups:
        for name in group:
            if not _field_name_re.fullmatch(name):
                raise ValueError(f"{name!r} cannot name a field: use a-z, 0-9 and _")


def validate_index_name(name: str) -> str:
    """Return the name of an index; raise ValueError if it cannot be used as a folder and an alias."""
    if not _index_name_re.fullmatch(name):
        raise ValueError(f"{name!r} cannot name an index: use a-z and 0-9")
    return name
