"""The market's languages: one PO file for each feature, merged when the application starts.

English is the language of the sources; `translations/zh_Hans/<feature>.po` says it in Chinese. The build fails when a
string has no translation, or when two files translate the same string differently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import has_request_context, request
from flask_babel import Babel, Domain
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from marketplace.kernel.texts import language

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "marketplace" / "translations"
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


class MarketDomain(Domain):  # type: ignore[misc]
    """Answers from the merged catalogues."""

    def get_translations(self) -> NullTranslations:
        """The translations of the reader's language."""
        return load(language())


class MarketBabel(Babel):  # type: ignore[misc]
    """Flask-Babel over the merged catalogues."""

    @cached_property
    def domain_instance(self) -> Domain:
        """The one domain."""
        return MarketDomain()


def folios(locale: str) -> Iterator[tuple[Path, Catalog]]:
    """The PO files of one language, by name."""
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale="zh_Hans_CN" if locale == "zh_Hans" else locale)


@cache
def load(locale: str) -> NullTranslations:
    """All of a language's files as one table; English is the source and needs none."""
    if locale == "en":
        return NullTranslations()
    merged = Catalog(locale="zh_Hans_CN")
    for _, folio in folios(locale):
        for message in folio:
            if message.id and message.string and not message.fuzzy:
                merged.add(message.id, message.string)
    buffer = BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return Translations(buffer)


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


@pass_eval_context
def say(context: EvalContext, text: str, /, **given: Any) -> str:
    """A sentence of a template in the reader's language; on a page the values in it are escaped.

    Jinja's own way asks anew for each of the hundred words of a page; a page is a fifth faster with what is kept here.
    """
    if given:
        return _template(language(), text, context.autoescape) % given
    return _sentence(language(), text, context.autoescape)


@pass_eval_context
def say_many(context: EvalContext, one: str, many: str, number: int, /, **given: Any) -> str:
    """The same for a sentence with a number, which it may call `num`."""
    said = load(language()).ungettext(one, many, number)
    return (Markup(said) if context.autoescape else said) % {"num": number, **given}  # noqa: S704 - ours, not a visitor's


@lru_cache(maxsize=8192)
def _sentence(locale: str, text: str, page: bool) -> str:
    return _template(locale, text, page) % {}


@lru_cache(maxsize=8192)
def _template(locale: str, text: str, page: bool) -> str:
    said = load(locale).ugettext(text)
    return Markup(said) if page else said  # noqa: S704 - ours, not a visitor's


def choose_locale() -> str:
    """The reader's language: chosen by the switch, else the browser's, else Chinese (in tasks and commands too)."""
    if not has_request_context():
        return "zh_Hans"
    chosen = request.cookies.get("lang")
    if chosen in ("zh_Hans", "en"):
        return chosen
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-TW", "zh-HK", "zh-Hans", "en", "en-US", "en-GB"])
    return "en" if best and best.startswith("en") else "zh_Hans"
