"""Autocompletion: phrases indexed under the prefixes that users may type for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from search import pinyin
from search.analysis import normalize, tokenize

MAX_PHRASE_LENGTH = 60
MAX_KEYS_PER_PHRASE = 12
SEPARATOR = "\x1f"
"""Separates the completion key from the display phrase; sorts before every character that can be typed."""

_space_re = re.compile(r"\s+")


def normalize_prefix(text: str) -> str:
    """Return the typed text in the normalization under which phrases are indexed."""
    return _space_re.sub(" ", normalize(text)).lstrip()[:MAX_PHRASE_LENGTH].replace(SEPARATOR, "")


def suggest_entries(phrases: Iterable[str]) -> list[str]:
    """Return the index entries of a document's phrases, one per completion key: key, `SEPARATOR`, phrase."""
    entries: set[str] = set()
    for phrase in phrases:
        clean_phrase = _space_re.sub(" ", phrase).strip().replace(SEPARATOR, "")
        if clean_phrase and len(clean_phrase) <= MAX_PHRASE_LENGTH:
            entries.update(
                f"{key}{SEPARATOR}{clean_phrase}"
                for key in completion_keys(normalize_prefix(clean_phrase))[:MAX_KEYS_PER_PHRASE]
            )
    return sorted(entries)


def completion_keys(normalized: str) -> list[str]:
    """Return the keys of a phrase: all of it, its suffixes at each word or character, its pinyin and pinyin initials."""
    starts = {0}
    syllables: list[str] = []
    for token in tokenize(normalized):
        position = normalized.find(token.text, max(starts))
        starts.update(range(position, position + len(token.text) - 1) if token.han else (position,))
        syllables += pinyin.to_pinyin(token.text) if token.han else [token.joined]
    suffixes = [normalized[start:] for start in sorted(starts)]
    if any(ord(letter) > 0x2FFF for letter in normalized):
        suffixes[1:1] = ["".join(syllables), "".join(syllable[0] for syllable in syllables)]
    return list(dict.fromkeys(suffix for suffix in suffixes if suffix.strip()))


def rank_suggestions(entries: Iterable[tuple[str, int]], limit: int) -> tuple[str, ...]:
    """Return the distinct phrases of counted entries, most frequent first."""
    counts: dict[str, int] = {}
    for entry, count in entries:
        phrase = entry.partition(SEPARATOR)[2]
        counts[phrase] = max(count, counts.get(phrase, 0))
    return tuple(
        sorted((phrase for phrase in counts if counts[phrase]), key=lambda candidate: (-counts[candidate], candidate))[:limit]
    )
