"""Translations: one PO file per feature, merged into one catalog per language.

English is the source language; `translations/zh_Hans/<feature>.po` has the Chinese translations (see `translation_check`).
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

from marketplace.kernel.localized_text import current_language
from marketplace.kernel.po_files import po_files

_cache_dirs: list[Path] = []
"""The directory of the compiled catalogs, if one is set."""


class MergedDomain(Domain):  # type: ignore[misc]
    """Flask-Babel domain of the merged catalogs."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of the user's language."""
        return load_catalog(current_language())


class MergedBabel(Babel):  # type: ignore[misc]
    """Flask-Babel with the merged catalogs."""

    @cached_property
    def domain_instance(self) -> Domain:
        """Return the domain of the merged catalogs."""
        return MergedDomain()


def set_cache_dir(folder: Path) -> None:
    """Store compiled catalogs in this directory, because compiling takes a fifth of a second at each start."""
    _cache_dirs[:] = [folder]


@cache
def load_catalog(locale: str) -> NullTranslations:
    """Return the merged catalog of a language; empty for English, the source language."""
    return NullTranslations() if locale == "en" else Translations(BytesIO(_load_mo(locale)))


def _load_mo(locale: str) -> bytes:
    if not _cache_dirs:
        return _compile(locale)
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in po_files(locale))).hexdigest()[:16]
    cached = _cache_dirs[0] / f"{locale}-{digest}.mo"
    if cached.exists():
        return cached.read_bytes()
    mo_bytes = _compile(locale)
    with suppress(OSError):  # without a writable directory only the start takes longer
        _cache_dirs[0].mkdir(parents=True, exist_ok=True)
        temp_path = cached.with_suffix(f".{os.getpid()}")
        temp_path.write_bytes(mo_bytes)
        temp_path.rename(cached)
    return mo_bytes


def _compile(locale: str) -> bytes:
    # Imported here, because requests do not need Babel's extraction tools.
    from marketplace.kernel.translation_check import compile_catalog

    return compile_catalog(locale)


@pass_eval_context
def template_gettext(context: EvalContext, text: str, /, **variables: Any) -> str:
    """Translate a text of a template; with autoescape, its variables are escaped.

    Jinja's own gettext looks up each of the hundred texts of a page; caching them here makes pages a fifth faster.
    """
    if variables:
        return _translate_template(current_language(), text, context.autoescape) % variables
    return _translate(current_language(), text, context.autoescape)


@pass_eval_context
def template_ngettext(context: EvalContext, singular: str, plural: str, number: int, /, **variables: Any) -> str:
    """Translate a text of a template with a plural form; the number is the variable `num`."""
    translated = load_catalog(current_language()).ungettext(singular, plural, number)
    return (Markup(translated) if context.autoescape else translated) % {"num": number, **variables}  # noqa: S704 - from our catalog


@lru_cache(maxsize=8192)
def _translate(locale: str, text: str, autoescape: bool) -> str:
    return _translate_template(locale, text, autoescape) % {}


@lru_cache(maxsize=8192)
def _translate_template(locale: str, text: str, autoescape: bool) -> str:
    translated = load_catalog(locale).ugettext(text)
    return Markup(translated) if autoescape else translated  # noqa: S704 - from our catalog


def choose_locale() -> str:
    """Return the language of the cookie, else of the browser, else Chinese (also in tasks and commands)."""
    if not has_request_context():
        return "zh_Hans"
    chosen = request.cookies.get("lang")
    if chosen in ("zh_Hans", "en"):
        return chosen
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-TW", "zh-HK", "zh-Hans", "en", "en-US", "en-GB"])
    return "en" if best and best.startswith("en") else "zh_Hans"
