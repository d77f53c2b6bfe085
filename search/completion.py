"""What a half-typed query may become: phrases under the beginnings that people type for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from search import pinyin
from search.analysis import chunks, fold

LONGEST_PHRASE = 60
MOST_BEGINNINGS = 12
MARK = "\x1f"
"""Parts the beginning from the phrase as it is shown; sorts before everything that is typed."""

_space = re.compile(r"\s+")


def opening(text: str) -> str:
    """What was typed, in the spelling under which phrases are kept."""
    return _space.sub(" ", fold(text)).lstrip()[:LONGEST_PHRASE].replace(MARK, "")


def entries(phrases: Iterable[str]) -> list[str]:
    """The phrases of a document, each under all its beginnings: `beginning MARK phrase`."""
    kept: set[str] = set()
    for phrase in phrases:
        shown = _space.sub(" ", phrase).strip().replace(MARK, "")
        if shown and len(shown) <= LONGEST_PHRASE:
            kept.update(f"{beginning}{MARK}{shown}" for beginning in beginnings(opening(shown))[:MOST_BEGINNINGS])
    return sorted(kept)


def beginnings(folded: str) -> list[str]:
    """The whole phrase, from each of its words or characters on, by sound, and by the first letters of its sound."""
    starts = {0}
    spoken: list[str] = []
    for chunk in chunks(folded):
        place = folded.find(chunk.text, max(starts))
        starts.update(range(place, place + len(chunk.text) - 1) if chunk.han else (place,))
        spoken += pinyin.sounds(chunk.text) if chunk.han else [chunk.whole]
    tails = [folded[start:] for start in sorted(starts)]
    if any(ord(letter) > 0x2FFF for letter in folded):
        tails[1:1] = ["".join(spoken), "".join(sound[0] for sound in spoken)]
    return list(dict.fromkeys(tail for tail in tails if tail.strip()))


def ranked(entries: Iterable[tuple[str, int]], limit: int) -> tuple[str, ...]:
    """The phrases of counted entries, each once, commonest first."""
    common: dict[str, int] = {}
    for entry, count in entries:
        phrase = entry.partition(MARK)[2]
        common[phrase] = max(count, common.get(phrase, 0))
    return tuple(sorted((phrase for phrase in common if common[phrase]), key=lambda one: (-common[one], one))[:limit])
