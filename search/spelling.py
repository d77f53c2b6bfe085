"""Slips of the finger: what somebody may have meant by a word that the index does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from search.analysis import stem

LETTERS = "abcdefghijklmnopqrstuvwxyz"
TWO_SLIPS_FROM = 7
"""Words shorter than this are taken to have one slip at most: else everything resembles everything."""


def one_slip(word: str) -> Iterator[str]:
    """Every word that is one letter missing, added, swapped or changed away."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in LETTERS:
            if after:
                yield before + letter + after[1:]
            yield before + letter + after


def plausible(word: str, vocabulary: Iterable[str]) -> tuple[str, ...]:
    """The words of a vocabulary that somebody may have meant: the nearest ones, and near enough."""
    most = 2 if len(word) >= TWO_SLIPS_FROM else 1
    far = {near: distance(word, near, most=most) for near in vocabulary if abs(len(near) - len(word)) <= most}
    least = min(far.values(), default=most + 1)
    return tuple(near for near, slips in far.items() if slips == least) if least <= most else ()


def distance(one: str, other: str, *, most: int) -> int:
    """How many slips (a letter missing, added, changed, or two swapped) lie between; more than `most` is `most` + 1."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if older and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def is_known(word: str, frequency: Callable[[str, str], int]) -> bool:
    """Whether an index has a word, as it is written or by its stem."""
    return bool(frequency("spelling", word) or frequency("words", stem(word)))
