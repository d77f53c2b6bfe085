"""Compilation and checks of the PO files. Imported by checks, and by the application when a PO file has changed.

English is the source language; `translations/zh_Hans/<feature>.po` has the Chinese translations. The build fails if a
string has no translation, or if two files translate it differently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from marketplace.kernel.po_files import ROOT, po_files

SOURCES = ("marketplace", "tenants", "billing", "search", "demo", "local", "templates")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "_n": (1, 2),
}
JINJA_EXTENSIONS = "jinja2.ext.do, marketplace.kernel.fragment_cache.FragmentCacheExtension"
Key = str | tuple[str, ...]


def read_catalogs(locale: str) -> Iterator[tuple[Path, Catalog]]:
    """Yield the PO files of one language, by name."""
    for path in po_files(locale):
        with path.open("rb") as file:
            yield path, read_po(file, locale="zh_Hans_CN" if locale == "zh_Hans" else locale)


def compile_catalog(locale: str) -> bytes:
    """Return the merged PO files of a language in gettext's MO format."""
    merged = Catalog(locale="zh_Hans_CN")
    for _, catalog in read_catalogs(locale):
        for message in catalog:
            if message.id and message.string and not message.fuzzy:
                merged.add(message.id, message.string)
    buffer = BytesIO()
    write_mo(buffer, merged)
    return buffer.getvalue()


def extract_messages() -> dict[Key, list[str]]:
    """Return all translatable strings of the sources and templates with their locations."""
    locations: dict[Key, list[str]] = defaultdict(list)
    options = {"**.html": {"trimmed": "true", "silent": "false", "extensions": JINJA_EXTENSIONS}, "**.txt": {"trimmed": "true"}}
    for folder in SOURCES:
        extracted = extract_from_dir(ROOT / folder, METHODS, options, keywords=KEYWORDS, comment_tags=())
        for filename, lineno, message, _, _ in extracted:
            key = tuple(message) if isinstance(message, tuple | list) else message
            locations[key].append(f"{folder}/{filename}:{lineno}")
    return dict(locations)


def lint_catalogs(locale: str = "zh_Hans") -> Iterator[str]:
    """Yield the missing, empty, fuzzy and contradictory translations of a language."""
    translated: dict[Key, tuple[Path, Message]] = {}
    for path, catalog in read_catalogs(locale):
        for message in catalog:
            if not message.id:
                continue
            key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
            yield from _lint_message(path, message)
            first_seen = translated.setdefault(key, (path, message))
            if first_seen[1].string != message.string:
                yield f"{path.name}: {key!r} is translated differently in {first_seen[0].name}"
    singular_ids = {key[0] for key in translated if isinstance(key, tuple)}
    for key, locations in sorted(extract_messages().items(), key=lambda item: item[1]):
        if key not in translated and key not in singular_ids:
            yield f"{locations[0]}: no {locale} translation of {key!r}"


def _lint_message(path: Path, message: Message) -> Iterator[str]:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    if message.fuzzy:
        yield f"{path.name}: {message.id!r} is fuzzy"
    if not all(strings):
        yield f"{path.name}: {message.id!r} is empty"
    for error in message.check():
        yield f"{path.name}: {message.id!r}: {error}"
