"""Business scopes: the categories a merchant may trade in (MA5), as codes.

The catalogue is a higher layer; it registers the names of the categories here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import g

from marketplace.kernel.localized_text import localize

ScopeSource = Callable[[], Sequence[tuple[str, Mapping[str, str], Sequence[str]]]]
_sources: list[ScopeSource] = []


def register_scope_source(source: ScopeSource) -> None:
    """Register the categories that can be granted, in shelf order: code, names by language, path of codes."""
    _sources[:] = [source]


def scope_choices() -> list[tuple[str, str]]:
    """Return (code, name) of all categories that can be granted, in the reader's language; read once per request."""
    return [(code, localize(names)) for code, names, _path in _load_scopes()]


def related_scopes() -> dict[str, frozenset[str]]:
    """Return by category the granted scopes that cover products in it or in a part of it: itself, ancestors and descendants."""
    paths = {code: frozenset(path) for code, _names, path in _load_scopes()}
    return {
        code: paths[code] | {related_code for related_code, path in paths.items() if code in path} | {code} for code in paths
    }


def _load_scopes() -> list[tuple[str, Mapping[str, str], Sequence[str]]]:
    loaded: list[tuple[str, Mapping[str, str], Sequence[str]]] | None = g.get("scope_choices")
    if loaded is None:
        loaded = g.scope_choices = [scope for source in _sources for scope in source()]
    return loaded


def scope_label(code: str) -> str:
    """Return the name of a category; its code when the catalogue no longer has it."""
    return dict(scope_choices()).get(code, code)


def scope_labels(codes: Sequence[str]) -> list[str]:
    """Return the names of several categories, reading the catalogue once."""
    names_by_code = dict(scope_choices())
    return [names_by_code.get(code, code) for code in codes]
