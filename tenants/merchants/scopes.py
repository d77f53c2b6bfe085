"""The categories a merchant may trade in (MA5), as plain words: the catalogue stands above us and tells what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import g

from marketplace.kernel.texts import pick

Source = Callable[[], Sequence[tuple[str, Mapping[str, str], Sequence[str]]]]
_sources: list[Source] = []


def register_scopes(source: Source) -> None:
    """Say which categories a contract can name, by shelf: code, names by language, the codes above and its own."""
    _sources[:] = [source]


def choices() -> list[tuple[str, str]]:
    """(code, name) of all categories that a contract can name, in the reader's language; asked for once a request."""
    return [(code, pick(names)) for code, names, _path in _known()]


def families() -> dict[str, frozenset[str]]:
    """By category: the contracts that cover goods of it, or of a part of it: its own, those above it and those below."""
    paths = {code: frozenset(path) for code, _names, path in _known()}
    return {code: paths[code] | {other for other, path in paths.items() if code in path} | {code} for code in paths}


def _known() -> list[tuple[str, Mapping[str, str], Sequence[str]]]:
    known: list[tuple[str, Mapping[str, str], Sequence[str]]] | None = g.get("scope_choices")
    if known is None:
        known = g.scope_choices = [one for source in _sources for one in source()]
    return known


def label(code: str) -> str:
    """What a category is called; its code when the catalogue no longer knows it."""
    return dict(choices()).get(code, code)


def labels(codes: Sequence[str]) -> list[str]:
    """What several categories are called, asking the catalogue once."""
    known = dict(choices())
    return [known.get(code, code) for code in codes]
