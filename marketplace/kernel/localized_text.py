"""Text in several languages as one value: `{"zh_Hans": "棉布", "en": "Cotton"}`."""

from __future__ import annotations

from collections.abc import Mapping

from flask.globals import app_ctx
from flask_babel import get_locale

LANGUAGES = ("zh_Hans", "en")
DEFAULT_LANGUAGE = LANGUAGES[0]


def current_language() -> str:
    """Return the user's language: `zh_Hans` or `en`."""
    try:
        # Flask-Babel's cached locale: a page needs it some hundred times, and get_locale is ten times slower.
        locale = app_ctx._get_current_object().g._flask_babel.babel_locale  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        locale = None
    if locale is None:  # not yet cached, or reset by force_locale for an e-mail in another language
        locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else DEFAULT_LANGUAGE


def localize(texts: Mapping[str, str] | None, language: str | None = None) -> str:
    """Return the text in the given language, else in the first language that has one, else an empty string."""
    if not texts:
        return ""
    localized = texts.get(language or current_language())
    return localized or texts.get(DEFAULT_LANGUAGE) or next((text for text in texts.values() if text), "")


def resolved_language(texts: Mapping[str, str] | None, language: str | None = None) -> str:
    """Return the language of the text that `localize` returns, for the `lang` attribute."""
    language = language or current_language()
    if not texts or texts.get(language):
        return language
    return next((code for code in LANGUAGES if texts.get(code)), language)
