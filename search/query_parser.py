"""Query parsing: the same parsed query for both engines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from search import pinyin
from search.analysis import MAX_COMPOUND_LENGTH, is_spellcheckable, normalize, split_alnum, stem, tokenize

MAX_TEXT_LENGTH = 200
MAX_GROUPS = 24
"""If a whole description is pasted into the search box, only its first words count."""

JOINED_PAIR_BOOST = 0.4
COMPOUND_BOOST = 0.7
ALNUM_PARTS_BOOST = 0.4
PINYIN_BOOST = 0.2
MODEL_NUMBER_BOOST = 3.0
MODEL_ROOT_FACTOR = 0.5
HAN_BIGRAM_BOOST = 0.2
CORRECTION_BOOST = 0.7
"""The weight of an indirect match of a word relative to a match as typed."""

_STOP_WORDS = "a an and are as at be by for from in is it of on or the to with"
STOP_WORDS = frozenset(_STOP_WORDS.split())
NEGATION = "without"
_measure_or_word_re = re.compile(r"\d*[a-z]*")
MIN_STRICT_HITS = 20
"""With fewer results than this, documents that match only some of the words are returned too."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words to match in one field: all of them, if there are several."""

    field: str
    words: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word of the query and the ways to match it; the best match counts."""

    typed: str
    variants: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A parsed query: groups to match, of which at least `min_should_match`, and terms that only affect the ranking."""

    text: str
    groups: tuple[TermGroup, ...]
    boost_terms: tuple[Term, ...]

    @property
    def min_should_match(self) -> int:
        """Return the number of groups to match: two of two, two of three, three of four, four of six.

        Requiring all groups would return nothing too often.
        """
        return len(self.groups) - len(self.groups) // 3

    @property
    def words_to_spellcheck(self) -> tuple[str, ...]:
        """Return the words to look up in the vocabulary for spelling correction."""
        return tuple(group.typed for group in self.groups if is_spellcheckable(group.typed))


@lru_cache(maxsize=4096)
def parse_query(text: str) -> ParsedQuery:
    """Parse a query. Texts without any word have no groups."""
    normalized = normalize(text[:MAX_TEXT_LENGTH])
    groups: list[TermGroup] = []
    boost_terms: list[Term] = []
    latin_words: list[str] = []
    for token in tokenize(normalized):
        if token.han:
            groups += _latin_groups(latin_words, boost_terms)
            latin_words = []
            groups += [TermGroup(character, (Term("words", (character,)),)) for character in token.text]
            boost_terms += [Term("words", (a + b,), HAN_BIGRAM_BOOST) for a, b in pairwise(token.text)]
        else:
            latin_words += token.parts
    groups += _latin_groups(latin_words, boost_terms)
    required = _required_groups(groups) or groups
    return ParsedQuery(normalized, tuple(required[:MAX_GROUPS]), tuple(boost_terms[: 2 * MAX_GROUPS]))


def _required_groups(groups: list[TermGroup]) -> list[TermGroup]:
    """Return the groups to match: without stop words, and without the words from "without" to the next stop word.

    Documents that do not mention handles suit "bag without handles" best; those that contain "without handles" themselves are
    ranked higher by the compound of the two words.
    """
    required: list[TermGroup] = []
    negated = False
    for group in groups:
        negated = group.typed == NEGATION or (negated and group.typed not in STOP_WORDS)
        if not negated and group.typed not in STOP_WORDS:
            required.append(group)
    return required


def _latin_groups(words: list[str], boost_terms: list[Term]) -> list[TermGroup]:
    variants = [_build_variants(word) for word in words]
    for position, (first, second) in enumerate(pairwise(words)):
        joined = first + second
        if len(joined) > MAX_COMPOUND_LENGTH or first in STOP_WORDS or second in STOP_WORDS:
            continue
        term = stem(joined)
        boost_terms.append(Term("compounds", (term,), JOINED_PAIR_BOOST))
        joined_terms = (Term("words", (term,)), *_pinyin_variants(joined))
        variants[position] += joined_terms
        variants[position + 1] += joined_terms
    return [TermGroup(word, word_variants) for word, word_variants in zip(words, variants, strict=True)]


def _build_variants(word: str) -> tuple[Term, ...]:
    parts = split_alnum(word)
    if is_model_number(word):
        root = "".join(parts[:-1])
        # Manufacturers append letters for a colour or a country: `r1214ss` is an `r1214` too.
        root_terms = (
            (
                Term("compounds", (root,), MODEL_NUMBER_BOOST * MODEL_ROOT_FACTOR),
                Term("words", (root,), MODEL_NUMBER_BOOST * MODEL_ROOT_FACTOR),
            )
            if len(root) > 3
            else ()
        )
        return (
            Term("words", (word,), MODEL_NUMBER_BOOST),
            Term("compounds", (word,), MODEL_NUMBER_BOOST * COMPOUND_BOOST),
            *root_terms,
        )
    term = stem(word)
    variants = (Term("words", (term,)), Term("compounds", (term,), COMPOUND_BOOST), *_pinyin_variants(word))
    # `1/2gallon` also matches "1/2 gallon", with the two words in any place.
    return (*variants, Term("words", tuple(map(stem, parts)), ALNUM_PARTS_BOOST)) if len(parts) > 1 else variants


def is_model_number(word: str) -> bool:
    """Return whether a word mixes letters and digits, but not as a measure (`1000ml`): it names a single product."""
    return len(word) >= 5 and word.isascii() and word.isalnum() and not _measure_or_word_re.fullmatch(word)


def _pinyin_variants(word: str) -> tuple[Term, ...]:
    return tuple(
        Term("pinyin", tuple(pinyin.bigrams(list(syllables))), PINYIN_BOOST) for syllables in pinyin.segmentations(word)
    )


def with_corrections(parsed: ParsedQuery, corrections: Mapping[str, str]) -> ParsedQuery:
    """Return the query with an additional variant for each misspelt word."""
    groups = tuple(
        replace(group, variants=(*group.variants, Term("words", (stem(corrections[group.typed]),), CORRECTION_BOOST)))
        if group.typed in corrections
        else group
        for group in parsed.groups
    )
    return replace(parsed, groups=groups)


def did_you_mean_text(text: str, corrections: Mapping[str, str]) -> str:
    """Return the normalized text with misspelt words replaced, for the "did you mean" suggestion."""
    for word, correction in corrections.items():
        text = re.sub(rf"(?<![a-z]){re.escape(word)}(?![a-z])", correction, text)
    return text
