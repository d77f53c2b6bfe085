"""Spelling correction of words that the index does not contain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from search.analysis import stem

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
TWO_EDITS_MIN_LENGTH = 7
"""Shorter words are corrected by one edit at most: otherwise almost any word would be a candidate."""


def edits1(word: str) -> Iterator[str]:
    """Yield every word at one edit: a letter deleted, inserted, swapped with the next one, or replaced."""
    for position in range(len(word) + 1):
        before, after = word[:position], word[position:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in ALPHABET:
            if after:
                yield before + letter + after[1:]
            yield before + letter + after


def correction_candidates(word: str, vocabulary: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a vocabulary at the smallest edit distance, if that distance is small enough."""
    max_distance = 2 if len(word) >= TWO_EDITS_MIN_LENGTH else 1
    distances = {
        candidate: damerau_levenshtein(word, candidate, max_distance=max_distance)
        for candidate in vocabulary
        if abs(len(candidate) - len(word)) <= max_distance
    }
    min_distance = min(distances.values(), default=max_distance + 1)
    return (
        tuple(candidate for candidate, distance in distances.items() if distance == min_distance)
        if min_distance <= max_distance
        else ()
    )


def damerau_levenshtein(a: str, b: str, *, max_distance: int) -> int:
    """Return the edit distance of two words (deletion, insertion, replacement, transposition of adjacent letters).

    Distances above `max_distance` are returned as `max_distance` + 1.
    """
    previous_row: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row_before_previous, previous_row, row = previous_row, row, [i]
        for j, other_letter in enumerate(b, 1):
            cost = min(previous_row[j] + 1, row[j - 1] + 1, previous_row[j - 1] + (letter != other_letter))
            if row_before_previous and j > 1 and letter == b[j - 2] and a[i - 2] == other_letter:
                cost = min(cost, row_before_previous[j - 2] + 1)
            row.append(cost)
        if min(row) > max_distance:
            return max_distance + 1
    return min(row[-1], max_distance + 1)


def is_in_vocabulary(word: str, frequency: Callable[[str, str], int]) -> bool:
    """Return whether an index contains a word, as written or by its stem."""
    return bool(frequency("spelling", word) or frequency("words", stem(word)))
