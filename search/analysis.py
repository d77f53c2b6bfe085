"""One way to read words, for both engines: done here and not in them, so that they cannot differ.

Text is folded (width, case, accents, traditional characters, units), cut into words and Chinese characters, and
handed to an engine as lists of terms for four fields:

    words      stemmed words; every Chinese character and every pair of neighbours
    compounds  words written together: `fire stick` as `firestick`, `WH-1000XM4` as `wh1000xm4` and in parts
    pinyin     how Chinese sounds, pair by pair
    spelling   Latin words as they are written: the vocabulary to put misspelt words right with
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from search import pinyin

VERSION = 2
"""Counts up when the terms of an unchanged document change, so that engines know their indexes are out of date."""

WEIGHTS: Mapping[str, int] = {"title": 6, "brand": 6, "code": 6, "category": 3, "attributes": 2, "description": 1}
"""How often the words of a part of a document count: BM25F, with all parts in one field."""

NAMES = frozenset({"title", "brand", "code", "category"})
"""The parts that people quote: these are also indexed written together and by sound."""

LONGEST_PART = 600
LONGEST_COMPOUND = 24

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_HAN}]"
_chunk = re.compile(rf"(?P<han>[{_HAN}]+)|{_LETTER}+(?:[-./'+&]{_LETTER}+)*")
_part = re.compile(r"\d+(?:[./]\d+)+[^\W_]*|[^\W_]+")
_piece = re.compile(r"\d+(?:[./]\d+)*|[^\W\d_]+")
_accent = re.compile("[\u0300-\u036f]")
_possessive = re.compile(r"'s\b")
_UNITS = (
    (re.compile(r"(?<=\d)\s*(?:g/m[2²]|gsm|克/平方米|克/平米|克每平方米)"), "gsm "),
    (re.compile(r"(?<=\d)\s*(?:公斤|千克)"), "kg "),
    (re.compile(r"(?<=\d)\s*(?:厘米|公分)"), "cm "),
    (re.compile(r"(?<=\d)\s*毫米"), "mm "),
    (re.compile(r"(?<=\d)\s*毫升"), "ml "),
    (re.compile(r"(?<=\d)\s*克(?!拉)"), "g "),
    (re.compile(r"(?<=\d)\s*(?:inches|inch|英寸|吋|\"|″)"), "in "),
    (re.compile(r"(?<=\d)\s*米(?![色白黄灰黑])"), "m "),
    (re.compile(r"(?<=\d)\s*瓦"), "w "),
)
_stemmer = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


class Chunk(NamedTuple):
    """A stretch of text without a gap: a run of Chinese, or one Latin word with its parts (`wh-1000xm4`)."""

    text: str
    parts: tuple[str, ...]
    han: bool = False

    @property
    def whole(self) -> str:
        """The parts written together."""
        return "".join(self.parts)


def fold(text: str) -> str:
    """One spelling for what people consider the same: width, case, accents, traditional characters, units."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2044", "/")
        text = unicodedata.normalize("NFC", _accent.sub("", unicodedata.normalize("NFD", text)))
        text = text.translate(_traditional())
    text = _possessive.sub("", text.lower())
    if any(map(str.isdigit, text)):
        for pattern, unit in _UNITS:
            text = pattern.sub(unit, text)
    return text


@cache
def _traditional() -> dict[int, str]:
    """Traditional to simplified, character by character: both sides are folded, so phrases need no care."""
    lines = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    return {ord(old): new.split()[0] for old, new in (line.split("\t") for line in lines if "\t" in line)}


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """The stem of an English word; anything with a digit or outside ASCII stays as it is."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    stemmed: str = _stemmer.analyze(word)[0]
    return stemmed


def chunks(text: str) -> list[Chunk]:
    """Cut folded text at every gap and at every change between Chinese and other scripts."""
    cut: list[Chunk] = []
    for match in _chunk.finditer(text):
        found = match[0]
        if match.lastgroup:
            cut.append(Chunk(found, (found,), han=True))
        else:
            cut.append(Chunk(found, (found,) if found.isalnum() else tuple(_part.findall(found))))
    return cut


def words(cut: Iterable[Chunk]) -> list[str]:
    """The terms for the field `words`."""
    terms: list[str] = []
    for chunk in cut:
        if chunk.han:
            terms.extend(chunk.text)
            terms.extend(map("".join, pairwise(chunk.text)))
        else:
            terms.extend(map(stem, chunk.parts))
    return terms


def compounds(cut: Iterable[Chunk]) -> list[str]:
    """The terms for the field `compounds`: neighbours as one word, model numbers in parts."""
    terms: set[str] = set()
    before = ""
    for chunk in cut:
        if chunk.han:
            before = ""
            continue
        for part in chunk.parts:
            if before:
                terms.add(before + part)
            terms.update(fragments(part))
            before = part
        if len(chunk.parts) > 1:
            terms.add(chunk.whole)
    return sorted(term for term in terms if len(term) <= LONGEST_COMPOUND)


def pieces(part: str) -> list[str]:
    """A word cut wherever letters meet digits."""
    return _piece.findall(part)


def fragments(part: str) -> Iterator[str]:
    """The stretches of a model number that people type: `1000xm4` is also `xm4`, `1000xm` and `1000`."""
    single = pieces(part)
    if not 1 < len(single) <= 6:
        return
    for start in range(len(single)):
        for end in range(start + 1, len(single) + 1):
            stretch = "".join(single[start:end])
            if 1 < len(stretch) < len(part):
                yield stretch


def spellings(cut: Iterable[Chunk]) -> set[str]:
    """The terms for the field `spelling`."""
    return set(filter(may_be_misspelt, {part for chunk in cut if not chunk.han for part in chunk.parts}))


def may_be_misspelt(word: str) -> bool:
    """Whether a word is long enough, and made of letters only, so that a slip of the finger can be told."""
    return len(word) >= 4 and word.isascii() and word.isalpha()


def sounds(cut: Iterable[Chunk]) -> list[str]:
    """The terms for the field `pinyin`."""
    terms: list[str] = []
    for chunk in cut:
        if chunk.han and len(chunk.text) > 1:
            terms.extend(pinyin.pairs(pinyin.sounds(chunk.text)))
    return terms


def index_terms(texts: Mapping[str, str]) -> dict[str, str]:
    """What an engine indexes of a document: for each field its terms, parted by spaces."""
    parts = {name: chunks(fold(text)) for name, text in texts.items() if text}
    every: list[str] = []
    known: set[str] = set()
    for name, cut in parts.items():
        every += words(cut)[:LONGEST_PART] * WEIGHTS[name]
        known |= spellings(cut)
    names = [cut for name, cut in parts.items() if name in NAMES]
    together = [term for cut in names for term in compounds(cut)]
    return {
        "words": " ".join(every),
        "compounds": " ".join(map(stem, together)),
        "pinyin": " ".join(term for cut in names for term in sounds(cut)),
        "spelling": " ".join(known.union(filter(may_be_misspelt, together))),
    }
