"""One state of an embedded index, and every question that can be put to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Order
from tantivy import Query as Asked

from search import MOST_VALUES, Count, Found, Query, Range, Sort, completion, spelling
from search.embedded_schema import (
    LIVE,
    SCHEMA,
    audience,
    counting,
    keyword,
    matching,
    span,
    within,
)
from search.memo import Memo
from search.planning import ENOUGH, Plan, corrected, plan, respelled

REMEMBERED = 512
VOCABULARY = 4000
"""How many words with the same first letters are compared with a misspelt one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is understood by this index: the text asked strictly, and loosely where that finds next to nothing."""

    strict: Asked
    loose: Asked
    found: int
    did_you_mean: str | None

    def asked(self, sort: Sort) -> Asked:
        """Loosely, the good fits still come first; other orders would bury them."""
        enough = ENOUGH if sort is Sort.RELEVANCE else 1
        return self.strict if self.found >= enough else self.loose


class Reader:
    """Answers from one state of the index. What it has worked out it remembers: the state never changes."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._index.config_reader("manual", 0)
        self._index.reload()
        self._searcher = self._index.searcher()
        self._readings = Memo(REMEMBERED)
        self._hits = Memo(REMEMBERED)
        self._counts = Memo(REMEMBERED)
        self._phrases = Memo(REMEMBERED)

    def find(self, query: Query) -> Found:
        """What `Engine.find` promises."""
        asking = _Asking(query)
        if query.text.strip() and not plan(query.text).groups:
            return Found(ids=(), total=0, engine="embedded")
        reading = self._read(query) if query.text.strip() else None
        if reading is None and query.sort is Sort.RELEVANCE:
            asking = _Asking(replace(query, sort=Sort.NEWEST))
        text = reading.asked(query.sort) if reading else None
        loose = text is not None and reading is not None and text is reading.loose
        ids, total = self._hits.recall((asking.page, loose), lambda: self._page(asking.query, text))
        facets, spans = self._counts.recall((asking.narrowing, loose), lambda: self._count(asking.query, text))
        return Found(
            ids=ids,
            total=total,
            engine="embedded",
            facets=facets,
            spans=spans,
            did_you_mean=reading.did_you_mean if reading else None,
        )

    def suggest(self, text: str, words: tuple[str, ...], limit: int) -> tuple[str, ...]:
        """What `Engine.suggest` promises."""
        opening = completion.opening(text)
        if not opening or limit < 1:
            return ()
        return self._phrases.recall((opening, words, limit), lambda: self._complete(opening, words, limit))

    def count(self) -> int:
        """How many documents live."""
        return self._total(Asked.term_query(SCHEMA, "state", LIVE))

    def stamps(self, ids: list[str]) -> dict[str, int]:
        """The stamps of those of these ids that are known, gone ones too."""
        if not ids:
            return {}
        return dict(self._stamped(Asked.term_set_query(SCHEMA, "id", ids), len(ids)))

    def stamps_of_state(self, state: int) -> Iterator[tuple[str, int]]:
        """Id and stamp of all that live, or of all that are gone."""
        return self._stamped(Asked.term_query(SCHEMA, "state", state), max(self._searcher.num_docs, 1))

    def _stamped(self, asked: Asked, most: int) -> Iterator[tuple[str, int]]:
        hits = self._searcher.search(Asked.const_score_query(asked, 0.0), most, count=False).hits
        places = [place for _, place in hits]
        stamps = self._searcher.fast_field_values("stamp", places) if places else []
        for place, stamp in zip(places, stamps, strict=True):
            yield self._id(place), int(stamp or 0)

    def _id(self, place: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(place).get_first("id"))

    def _total(self, asked: Asked) -> int:
        return _count_of(self._searcher.search(Asked.const_score_query(asked, 0.0), 1))

    def _page(self, query: Query, text: Asked | None) -> tuple[tuple[str, ...], int]:
        asked = within(self._filters(query), text)
        if not query.limit:
            return (), self._total(asked)
        column = f"sort_{query.sort.number}" if query.sort.number else None
        order = Order.Desc if query.sort.descending else Order.Asc
        answer = self._searcher.search(asked, query.limit, offset=query.offset, order_by_field=column, order=order)
        return tuple(self._id(place) for _, place in answer.hits), _count_of(answer)

    def _filters(self, query: Query, without: str | None = None) -> list[Asked]:
        chosen = [keyword(name, values) for name, values in query.keywords.items() if values and name != without]
        ranges = [
            span(self._index, name, wanted) for name, wanted in query.ranges.items() if name != without and wanted != Range()
        ]
        return [audience(query.audience), *chosen, *ranges]

    def _count(self, query: Query, text: Asked | None) -> tuple[Mapping[str, tuple[Count, ...]], Mapping[str, Range]]:
        # What somebody has chosen must not narrow its own counts, or they could never choose a second value:
        # each such name is counted over its own documents, all others together.
        own = {name for name in (*query.facets, *query.spans) if name in query.keywords or name in query.ranges}
        answers: dict[str, Any] = {}
        for name in (None, *sorted(own)):
            facets = [f for f in query.facets if (f == name if name else f not in own)]
            spans = [s for s in query.spans if (s == name if name else s not in own)]
            if facets or spans:
                asked = within(self._filters(query, without=name), text)
                answers |= self._searcher.aggregate(asked, dict(counting(facets, spans, MOST_VALUES)))
        counts = {name: _counted(answers[f"facet_{name}"]) for name in query.facets}
        return counts, {name: Range(answers[f"low_{name}"]["value"], answers[f"high_{name}"]["value"]) for name in query.spans}

    def _read(self, query: Query) -> Reading:
        key = (query.text, query.audience)
        return self._readings.recall(key, lambda: self._understand(plan(query.text), query.audience))

    def _understand(self, asked: Plan, words: tuple[str, ...]) -> Reading:
        meant = {word: right for word in asked.unsure if (right := self._respell(word, words))}
        put_right = corrected(asked, meant)
        strict, loose = matching(put_right, put_right.needed), matching(put_right, 1)
        found = self._total(within([audience(words)], strict))
        return Reading(strict, loose, found, respelled(asked.text, meant) if meant else None)

    def _respell(self, word: str, words: tuple[str, ...]) -> str | None:
        """The commonest word that may have been meant, out of documents that this audience may find."""
        if spelling.is_known(word, self._searcher.doc_freq):
            return None
        candidates = {near for near in spelling.one_slip(word) if self._searcher.doc_freq("spelling", near)}
        if not candidates:
            alike = self._searcher.terms_with_prefix("spelling", word[:2], None, VOCABULARY)
            candidates = set(spelling.plausible(word, (term for term, _ in alike)))
        visible = audience(words)
        seen = {
            near: self._total(within([visible, Asked.term_query(SCHEMA, "spelling", near, "basic")], None))
            for near in candidates
        }
        best = max(sorted(seen), key=lambda near: seen[near], default=None)
        return best if best and seen[best] else None

    def _complete(self, opening: str, words: tuple[str, ...], limit: int) -> tuple[str, ...]:
        # A phrase stands under several beginnings, so more entries than phrases are wanted. Counting the commonest
        # few by audience is much quicker than counting all, and does unless most of them are for others.
        most, visible = limit * 4, audience(words)
        common = self._searcher.terms_with_prefix("phrases", opening, None, most)
        seen = [
            (entry, self._total(within([visible, Asked.term_query(SCHEMA, "phrases", entry, "basic")], None)))
            for entry, _ in common
        ]
        phrases = completion.ranked(seen, limit)
        if len(phrases) < limit and len(common) == most:
            return completion.ranked(self._searcher.terms_with_prefix("phrases", opening, visible, most), limit)
        return phrases


class _Asking:
    """A query with the keys under which its answers are remembered."""

    def __init__(self, query: Query) -> None:
        self.query = query
        chosen = tuple(sorted(query.keywords.items()))
        ranges = tuple(sorted(query.ranges.items(), key=lambda item: item[0]))
        scope = (query.text, query.audience, chosen, ranges)
        self.page = (scope, query.sort, query.limit, query.offset)
        self.narrowing = (scope, query.facets, query.spans)


def _count_of(answer: tantivy.SearchResult) -> int:
    count: int | None = answer.count  # type: ignore[attr-defined]  # the stubs leave it out
    return count or 0


def _counted(answer: Mapping[str, Any]) -> tuple[Count, ...]:
    counts = [Count(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["buckets"]]
    return tuple(sorted(counts, key=lambda count: (-count.count, count.value)))
