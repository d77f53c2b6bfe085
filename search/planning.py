"""Turns what somebody typed into what an engine asks: the same plan for both engines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from search import pinyin
from search.analysis import LONGEST_COMPOUND, chunks, fold, may_be_misspelt, pieces, stem

LONGEST_TEXT = 200
MOST_GROUPS = 24
"""A whole description pasted into the box is asked by its first words."""

PAIR = 0.4
COMPOUND = 0.7
PIECES = 0.4
SOUND = 0.2
MODEL = 3.0
ROOT = 0.5
CHINESE_PAIR = 0.2
CORRECTED = 0.7
"""How much a roundabout way to meet a word counts beside meeting it as typed."""

_LITTLE_WORDS = "a an and are as at be by for from in is it of on or the to with"
LITTLE_WORDS = frozenset(_LITTLE_WORDS.split())
WITHOUT = "without"
_measure_or_word = re.compile(r"\d*[a-z]*")
ENOUGH = 20
"""With fewer results than this, things that meet only some of the words are shown too."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words to meet in one field: all of them, if there are several."""

    field: str
    words: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """One word of the query and the ways to meet it; the best way counts."""

    typed: str
    ways: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a text asks for: groups to meet, of which `needed` at least, and terms that only improve the order."""

    text: str
    groups: tuple[Group, ...]
    extras: tuple[Term, ...]

    @property
    def needed(self) -> int:
        """Two of two, two of three, three of four, four of six: an AND of all returns nothing too often."""
        return len(self.groups) - len(self.groups) // 3

    @property
    def unsure(self) -> tuple[str, ...]:
        """Words to look up in the vocabulary before they are believed."""
        return tuple(group.typed for group in self.groups if may_be_misspelt(group.typed))


@lru_cache(maxsize=4096)
def plan(text: str) -> Plan:
    """Read a query. Texts without any word have no groups."""
    folded = fold(text[:LONGEST_TEXT])
    groups: list[Group] = []
    extras: list[Term] = []
    latin: list[str] = []
    for chunk in chunks(folded):
        if chunk.han:
            groups += _latin_groups(latin, extras)
            latin = []
            groups += [Group(character, (Term("words", (character,)),)) for character in chunk.text]
            extras += [Term("words", (a + b,), CHINESE_PAIR) for a, b in pairwise(chunk.text)]
        else:
            latin += chunk.parts
    groups += _latin_groups(latin, extras)
    meant = _wanted(groups) or groups
    return Plan(folded, tuple(meant[:MOST_GROUPS]), tuple(extras[: 2 * MOST_GROUPS]))


def _wanted(groups: list[Group]) -> list[Group]:
    """The words that things must meet: no little ones, and none that follow "without", up to the next little one.

    Who says "without handles" is best served by things that do not speak of handles; those that say "without handles"
    themselves are lifted by the two words written together.
    """
    wanted: list[Group] = []
    denied = False
    for group in groups:
        denied = group.typed == WITHOUT or (denied and group.typed not in LITTLE_WORDS)
        if not denied and group.typed not in LITTLE_WORDS:
            wanted.append(group)
    return wanted


def _latin_groups(words: list[str], extras: list[Term]) -> list[Group]:
    ways = [_ways(word) for word in words]
    for place, (first, second) in enumerate(pairwise(words)):
        joined = first + second
        if len(joined) > LONGEST_COMPOUND or first in LITTLE_WORDS or second in LITTLE_WORDS:
            continue
        term = stem(joined)
        extras.append(Term("compounds", (term,), PAIR))
        together = (Term("words", (term,)), *_spoken(joined))
        ways[place] += together
        ways[place + 1] += together
    return [Group(word, met) for word, met in zip(words, ways, strict=True)]


def _ways(word: str) -> tuple[Term, ...]:
    parts = pieces(word)
    if is_model_number(word):
        root = "".join(parts[:-1])
        # Makers add letters for a colour or a country: `r1214ss` is an `r1214` too.
        roots = (Term("compounds", (root,), MODEL * ROOT), Term("words", (root,), MODEL * ROOT)) if len(root) > 3 else ()
        return (Term("words", (word,), MODEL), Term("compounds", (word,), MODEL * COMPOUND), *roots)
    term = stem(word)
    ways = (Term("words", (term,)), Term("compounds", (term,), COMPOUND), *_spoken(word))
    # `1/2gallon` is also met by "1/2 gallon", wherever the two stand.
    return (*ways, Term("words", tuple(map(stem, parts)), PIECES)) if len(parts) > 1 else ways


def is_model_number(word: str) -> bool:
    """Letters and digits mixed, but not as in a measure (`1000ml`): the one word that names a single product."""
    return len(word) >= 5 and word.isascii() and word.isalnum() and not _measure_or_word.fullmatch(word)


def _spoken(word: str) -> tuple[Term, ...]:
    return tuple(Term("pinyin", tuple(pinyin.pairs(list(reading))), SOUND) for reading in pinyin.readings(word))


def corrected(asked: Plan, spellings: Mapping[str, str]) -> Plan:
    """The plan with a second way for each misspelt word."""
    groups = tuple(
        replace(group, ways=(*group.ways, Term("words", (stem(spellings[group.typed]),), CORRECTED)))
        if group.typed in spellings
        else group
        for group in asked.groups
    )
    return replace(asked, groups=groups)


def respelled(text: str, spellings: Mapping[str, str]) -> str:
    """Folded text with misspelt words put right, to be offered as "did you mean"."""
    for typed, right in spellings.items():
        text = re.sub(rf"(?<![a-z]){re.escape(typed)}(?![a-z])", right, text)
    return text
