"""The market's languages: one PO file for each feature, merged when the application starts.

English is the language of the sources; `translations/zh_Hans/<feature>.po` says it in Chinese (`proofreading` checks them).
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import has_request_context, request
from flask_babel import Babel, Domain
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from marketplace.kernel.texts import language

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "marketplace" / "translations"
_compiled: list[Path] = []
"""Where the tables are kept, if anywhere."""


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


def sheets(locale: str) -> list[Path]:
    """The PO files of one language, by name."""
    return sorted((FOLDER / locale).glob("*.po"))


def keep_in(folder: Path) -> None:
    """Keep the table that a language's files are made into here, for the next start: making it takes a fifth of a second."""
    _compiled[:] = [folder]


@cache
def load(locale: str) -> NullTranslations:
    """All of a language's files as one table; English is the source and needs none."""
    return NullTranslations() if locale == "en" else Translations(BytesIO(_table(locale)))


def _table(locale: str) -> bytes:
    if not _compiled:
        return _compile(locale)
    said = hashlib.sha256(b"\0".join(path.read_bytes() for path in sheets(locale))).hexdigest()[:16]
    kept = _compiled[0] / f"{locale}-{said}.mo"
    if kept.exists():
        return kept.read_bytes()
    table = _compile(locale)
    with suppress(OSError):  # a folder that cannot be written to costs time at every start, nothing else
        _compiled[0].mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(f".{os.getpid()}")
        half.write_bytes(table)
        half.rename(kept)
    return table


def _compile(locale: str) -> bytes:
    # Babel's tools for translators are of no use to pages.
    from marketplace.kernel.proofreading import compiled

    return compiled(locale)


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
