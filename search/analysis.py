"""Text analysis shared by both engines, implemented here so that their results cannot differ.

Text is normalized (width, case, accents, traditional characters, units), tokenized into words and Chinese characters, and
passed to the engine as lists of terms for four fields:

    words      stemmed words; every Chinese character and every pair of adjacent characters
    compounds  words written together: `fire stick` as `firestick`, `WH-1000XM4` as `wh1000xm4` and in parts
    pinyin     the pronunciation of Chinese text, as pairs of syllables
    spelling   Latin words as written: the vocabulary for spelling correction
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
"""Incremented when the terms of an unchanged document change, so that engines detect outdated indexes."""

FIELD_WEIGHTS: Mapping[str, int] = {"title": 6, "brand": 6, "code": 6, "category": 3, "attributes": 2, "description": 1}
"""Weight of each part of a document, applied by repeating its words: BM25F with all parts in one field."""

NAME_FIELDS = frozenset({"title", "brand", "code", "category"})
"""The parts that users quote in searches: these are also indexed as compounds and in pinyin."""

MAX_FIELD_TERMS = 600
MAX_COMPOUND_LENGTH = 24

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W_{_HAN}]"
_token_re = re.compile(rf"(?P<han>[{_HAN}]+)|{_LETTER}+(?:[-./'+&]{_LETTER}+)*")
_part_re = re.compile(r"\d+(?:[./]\d+)+[^\W_]*|[^\W_]+")
_alnum_re = re.compile(r"\d+(?:[./]\d+)*|[^\W\d_]+")
_accent_re = re.compile("[\u0300-\u036f]")
_possessive_re = re.compile(r"'s\b")
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


class Token(NamedTuple):
    """A run of text without a gap: Chinese characters, or one Latin word with its parts (`wh-1000xm4`)."""

    text: str
    parts: tuple[str, ...]
    han: bool = False

    @property
    def joined(self) -> str:
        """Return the parts as one word."""
        return "".join(self.parts)


def normalize(text: str) -> str:
    """Return one spelling for variants that users consider equal: width, case, accents, traditional characters, units."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2044", "/")
        text = unicodedata.normalize("NFC", _accent_re.sub("", unicodedata.normalize("NFD", text)))
        text = text.translate(_traditional_to_simplified())
    text = _possessive_re.sub("", text.lower())
    if any(map(str.isdigit, text)):
        for pattern, unit in _UNITS:
            text = pattern.sub(unit, text)
    return text


@cache
def _traditional_to_simplified() -> dict[int, str]:
    """Return the character map from traditional to simplified Chinese.

    Characters are mapped one by one: indexed text and query are both mapped, so phrases need no special treatment.
    """
    lines = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    return {ord(old): new.split()[0] for old, new in (line.split("\t") for line in lines if "\t" in line)}


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """Return the stem of an English word; words with digits or non-ASCII letters are returned unchanged."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    stemmed: str = _stemmer.analyze(word)[0]
    return stemmed


def tokenize(text: str) -> list[Token]:
    """Split normalized text at every gap and at every change between Chinese and other scripts."""
    tokens: list[Token] = []
    for match in _token_re.finditer(text):
        matched = match[0]
        if match.lastgroup:
            tokens.append(Token(matched, (matched,), han=True))
        else:
            tokens.append(Token(matched, (matched,) if matched.isalnum() else tuple(_part_re.findall(matched))))
    return tokens


def word_terms(tokens: Iterable[Token]) -> list[str]:
    """Return the terms for the field `words`."""
    terms: list[str] = []
    for token in tokens:
        if token.han:
            terms.extend(token.text)
            terms.extend(map("".join, pairwise(token.text)))
        else:
            terms.extend(map(stem, token.parts))
    return terms


def compound_terms(tokens: Iterable[Token]) -> list[str]:
    """Return the terms for the field `compounds`: adjacent words as one word, model numbers in parts."""
    terms: set[str] = set()
    previous = ""
    for token in tokens:
        if token.han:
            previous = ""
            continue
        for part in token.parts:
            if previous:
                terms.add(previous + part)
            terms.update(model_number_ngrams(part))
            previous = part
        if len(token.parts) > 1:
            terms.add(token.joined)
    return sorted(term for term in terms if len(term) <= MAX_COMPOUND_LENGTH)


def split_alnum(part: str) -> list[str]:
    """Split a word wherever letters and digits meet."""
    return _alnum_re.findall(part)


def model_number_ngrams(part: str) -> Iterator[str]:
    """Yield the parts of a model number that users search for: `1000xm4` is also `xm4`, `1000xm` and `1000`."""
    segments = split_alnum(part)
    if not 1 < len(segments) <= 6:
        return
    for start in range(len(segments)):
        for end in range(start + 1, len(segments) + 1):
            ngram = "".join(segments[start:end])
            if 1 < len(ngram) < len(part):
                yield ngram


def spelling_terms(tokens: Iterable[Token]) -> set[str]:
    """Return the terms for the field `spelling`."""
    return set(filter(is_spellcheckable, {part for token in tokens if not token.han for part in token.parts}))


def is_spellcheckable(word: str) -> bool:
    """Return whether a word is long enough, and consists of ASCII letters only, to be checked for typing errors."""
    return len(word) >= 4 and word.isascii() and word.isalpha()


def pinyin_terms(tokens: Iterable[Token]) -> list[str]:
    """Return the terms for the field `pinyin`."""
    terms: list[str] = []
    for token in tokens:
        if token.han and len(token.text) > 1:
            terms.extend(pinyin.bigrams(pinyin.to_pinyin(token.text)))
    return terms


def index_terms(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the terms of a document by index field, separated by spaces."""
    tokens_by_field = {name: tokenize(normalize(text)) for name, text in texts.items() if text}
    weighted_terms: list[str] = []
    vocabulary: set[str] = set()
    for name, tokens in tokens_by_field.items():
        weighted_terms += word_terms(tokens)[:MAX_FIELD_TERMS] * FIELD_WEIGHTS[name]
        vocabulary |= spelling_terms(tokens)
    name_tokens = [tokens for name, tokens in tokens_by_field.items() if name in NAME_FIELDS]
    compounds = [term for tokens in name_tokens for term in compound_terms(tokens)]
    return {
        "words": " ".join(weighted_terms),
        "compounds": " ".join(map(stem, compounds)),
        "pinyin": " ".join(term for tokens in name_tokens for term in pinyin_terms(tokens)),
        "spelling": " ".join(vocabulary.union(filter(is_spellcheckable, compounds))),
    }
