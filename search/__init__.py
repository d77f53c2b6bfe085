"""Finds things; knows documents, never features.

A feature describes what it has as a `Document`, asks with a `Query`, and gets ids back in the order to show them. It
must read the rows of those ids again, scoped to the asker, before it shows or sells anything: an index is a memory of
what was true, never the truth.

There is one index for each kind of thing ("products", "merchants"). Nothing has to be created first: an index that
was never written is an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

EVERYBODY = "public"
"""The audience of what anybody may find."""

DEEPEST = 100_000
"""No page reaches past this place in a ranking; who wants more must narrow the query."""

MOST_VALUES = 200
"""A facet counts at most so many of its values, the commonest ones."""

_name = re.compile(r"[a-z][a-z0-9_]{0,63}")
_index = re.compile(r"[a-z][a-z0-9]{0,31}")


class EngineUnavailable(Exception):
    """The engine cannot be reached, or not within its time; the same call may succeed later."""


class Sort(StrEnum):
    """The orders in which things can be shown. All but relevance read the number of that name in each document."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"
    SALES = "sales"

    @property
    def number(self) -> str | None:
        """The number that decides, or None for relevance. Documents without it come last."""
        return _SORT_NUMBERS.get(self.value)

    @property
    def descending(self) -> bool:
        """Whether the greatest number comes first."""
        return self is not Sort.PRICE_UP


_SORT_NUMBERS = {"newest": "newest", "price_up": "price", "price_down": "price", "sales": "sales"}
SORT_NUMBERS = ("price", "sales", "newest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One thing that can be found.

    version   grows with every change of the thing (its row version): an older write never undoes a newer one
    audience  who may find it: `EVERYBODY`, or words such as "merchant:<id>"; nobody finds what has none
    texts     what it says, by part (`search.analysis.WEIGHTS` has the parts and their weights)
    keywords  what it is filtered and counted by: {"category": [...all ancestors...], "colour": ["red"]}; the
              attributes of a category go here under their codes
    numbers   what it is ranged and sorted by: {"price": minor units, "sales": …, "weight": …}
    dates     moments, kept as numbers of seconds: {"newest": published_at}
    phrases   what a half-typed query may be completed to: brand, category, short name
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
        check_names(self.keywords, self.numbers, self.dates)
        if not 0 <= self.version < 1 << 61:
            raise ValueError(f"version {self.version} of {self.id} is out of range")

    def measures(self) -> dict[str, float]:
        """Numbers and moments (seconds since 1970) together, as engines keep them."""
        moments = {name: moment.astimezone(UTC).timestamp() for name, moment in self.dates.items()}
        return {name: float(value) for name, value in self.numbers.items()} | moments


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; None is open. Moments are given as seconds since 1970."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What somebody looks for.

    audience  the words the asker answers to; only documents that share one are found, counted or suggested
    keywords  chosen values: any of the values of one name, and all of the names
    facets    names whose values are to be counted; a name's own choice does not narrow its own counts
    spans     names of numbers whose least and greatest value are wanted
    """

    audience: tuple[str, ...]
    text: str = ""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    sort: Sort = Sort.RELEVANCE
    limit: int = 24
    offset: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.audience, str) or not self.audience:
            raise ValueError("a query names its audience as a tuple of words")
        check_names(self.keywords, self.ranges, self.facets, self.spans)
        if not 0 <= self.offset <= DEEPEST or not 0 <= self.limit <= DEEPEST - self.offset:
            raise ValueError(f"places {self.offset} to {self.offset + self.limit} are out of reach")


@dataclass(frozen=True, slots=True)
class Count:
    """A value of a facet and how many of the things found have it."""

    value: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An answer.

    total         how many there are in all; at least so many when `capped`
    did_you_mean  the text with unknown words put right; the things found already are those of both spellings
    degraded      another engine than the preferred one has answered
    """

    ids: tuple[str, ...]
    total: int
    engine: str
    facets: Mapping[str, tuple[Count, ...]] = field(default_factory=dict)
    spans: Mapping[str, Range] = field(default_factory=dict)
    did_you_mean: str | None = None
    milliseconds: float = 0.0
    capped: bool = False
    degraded: bool = False


class Engine(Protocol):
    """What every engine promises; `search.contract` tests it against each of them. All raise `EngineUnavailable`."""

    @property
    def name(self) -> str:
        """What the engine is called in answers and logs."""
        ...

    @property
    def parts(self) -> tuple[Engine, ...]:
        """The engines it consists of, each with an index of its own; itself, if it is one."""
        ...

    def put(self, index: str, documents: Iterable[Document]) -> None:
        """Write documents; those that are known in a newer version, or dropped at this or a newer one, are kept so."""
        ...

    def drop(self, index: str, gone: Mapping[str, int]) -> None:
        """Forget things by id; the number is the version at which they ceased, so that no older write revives them."""
        ...

    def find(self, index: str, query: Query) -> Found:
        """The things that fit best, with counts."""
        ...

    def suggest(self, index: str, text: str, *, audience: tuple[str, ...], limit: int = 8) -> tuple[str, ...]:
        """Phrases that begin like this text, commonest first, out of documents that this audience may find."""
        ...

    def rebuild(self, index: str, documents: Iterable[Document]) -> int:
        """Replace an index without a gap; returns how many documents it has.

        `documents` must read current rows as it is consumed, not a snapshot taken earlier. Writes made meanwhile are
        kept. When it fails, or the process dies, the old index stays as it was.
        """
        ...

    def versions(self, index: str) -> Iterator[tuple[str, int]]:
        """Id and version of every document, in no order: what a reconciler compares with the database."""
        ...

    def count(self, index: str) -> int:
        """How many documents there are, for every audience together."""
        ...

    def catch_up(self) -> int:
        """Repeat the writes that were missed while something was away, and return how many; to be called often."""
        ...

    def stale(self, index: str) -> bool:
        """Whether the index is missing or was written by other rules than today's, so that it should be rebuilt."""
        ...


def check_names(*groups: Iterable[str]) -> None:
    """Raise ValueError for names that not every engine could take: lower case, digits and underscores only."""
    for group in groups:
        for name in group:
            if not _name.fullmatch(name):
                raise ValueError(f"{name!r} cannot name a field: use a-z, 0-9 and _")


def check_index(name: str) -> str:
    """The name of an index, or ValueError when it could not be the name of a folder and an alias."""
    if not _index.fullmatch(name):
        raise ValueError(f"{name!r} cannot name an index: use a-z and 0-9")
    return name
