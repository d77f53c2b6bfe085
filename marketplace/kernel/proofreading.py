"""Reading what translators wrote: into a table, and for what is missing in it. Loaded by checks, and once for each new text.

English is the language of the sources; `translations/zh_Hans/<feature>.po` says it in Chinese. The build fails when a
string has no translation, or when two files translate the same string differently.
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

from marketplace.kernel.translations import ROOT, sheets

SOURCES = ("marketplace", "tenants", "billing", "search", "templates")
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
TAGS = "jinja2.ext.do, marketplace.kernel.kept.Kept"
Key = str | tuple[str, ...]


def folios(locale: str) -> Iterator[tuple[Path, Catalog]]:
    """The PO files of one language, by name."""
    for path in sheets(locale):
        with path.open("rb") as file:
            yield path, read_po(file, locale="zh_Hans_CN" if locale == "zh_Hans" else locale)


def compiled(locale: str) -> bytes:
    """All of a language's files as one table, in gettext's own format."""
    merged = Catalog(locale="zh_Hans_CN")
    for _, folio in folios(locale):
        for message in folio:
            if message.id and message.string and not message.fuzzy:
                merged.add(message.id, message.string)
    buffer = BytesIO()
    write_mo(buffer, merged)
    return buffer.getvalue()


def used() -> dict[Key, list[str]]:
    """Every string that the sources and templates say, with the places."""
    places: dict[Key, list[str]] = defaultdict(list)
    options = {"**.html": {"trimmed": "true", "silent": "false", "extensions": TAGS}, "**.txt": {"trimmed": "true"}}
    for folder in SOURCES:
        found = extract_from_dir(ROOT / folder, METHODS, options, keywords=KEYWORDS, comment_tags=())
        for filename, line, message, _, _ in found:
            key = tuple(message) if isinstance(message, tuple | list) else message
            places[key].append(f"{folder}/{filename}:{line}")
    return dict(places)


def complaints(locale: str = "zh_Hans") -> Iterator[str]:
    """What is missing, empty, fuzzy or contradictory in a language."""
    said: dict[Key, tuple[Path, Message]] = {}
    for path, folio in folios(locale):
        for message in folio:
            if not message.id:
                continue
            key = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
            yield from _message_complaints(path, message)
            before = said.setdefault(key, (path, message))
            if before[1].string != message.string:
                yield f"{path.name}: {key!r} is translated differently in {before[0].name}"
    singles = {key[0] for key in said if isinstance(key, tuple)}
    for key, places in sorted(used().items(), key=lambda item: item[1]):
        if key not in said and key not in singles:
            yield f"{places[0]}: no {locale} translation of {key!r}"


def _message_complaints(path: Path, message: Message) -> Iterator[str]:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    if message.fuzzy:
        yield f"{path.name}: {message.id!r} is fuzzy"
    if not all(strings):
        yield f"{path.name}: {message.id!r} is empty"
    for error in message.check():
        yield f"{path.name}: {message.id!r}: {error}"
