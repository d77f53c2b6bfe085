"""Text in several languages as one value: `{"zh_Hans": "棉布", "en": "Cotton"}`."""

from __future__ import annotations

from collections.abc import Mapping

from flask.globals import app_ctx
from flask_babel import get_locale

LANGUAGES = ("zh_Hans", "en")
FIRST = LANGUAGES[0]


def language() -> str:
    """The language of the reader: `zh_Hans` or `en`."""
    try:
        # What Flask-Babel has settled for this request; a page asks some hundred times, and its own way is ten times as long.
        locale = app_ctx._get_current_object().g._flask_babel.babel_locale  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        locale = None
    if locale is None:  # nothing is settled yet, or a letter in another language was written before anything was said
        locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else FIRST


def pick(texts: Mapping[str, str] | None, wanted: str | None = None) -> str:
    """The text in the wanted language, else in the first that has one, else nothing."""
    if not texts:
        return ""
    chosen = texts.get(wanted or language())
    return chosen or texts.get(FIRST) or next((text for text in texts.values() if text), "")


def in_language(texts: Mapping[str, str] | None, wanted: str | None = None) -> str:
    """The language that `pick` answers in, for the `lang` attribute."""
    wanted = wanted or language()
    if not texts or texts.get(wanted):
        return wanted
    return next((code for code in LANGUAGES if texts.get(code)), wanted)
