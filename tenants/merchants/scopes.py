"""The categories a merchant may trade in (MA5), as plain words: the catalogue stands above us and tells what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from marketplace.kernel.texts import pick

Source = Callable[[], Sequence[tuple[str, Mapping[str, str]]]]
_sources: list[Source] = []


def register_scopes(source: Source) -> None:
    """Say which categories a contract can name: (code, names by language), in the order of the shelves."""
    _sources[:] = [source]


def choices() -> list[tuple[str, str]]:
    """(code, name) of all categories that a contract can name, in the reader's language."""
    return [(code, pick(names)) for source in _sources for code, names in source()]


def label(code: str) -> str:
    """What a category is called; its code when the catalogue no longer knows it."""
    return dict(choices()).get(code, code)


def labels(codes: Sequence[str]) -> list[str]:
    """What several categories are called, asking the catalogue once."""
    known = dict(choices())
    return [known.get(code, code) for code in codes]
