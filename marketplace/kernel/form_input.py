"""Form input as plain text, kept as typed, so that a rejected form can show it again."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.errors import TextTooLong, ValidationError
from marketplace.kernel.numbers import FULLWIDTH_TO_ASCII

PREVIEW_LENGTH = 20  # characters of a too long text that the error message quotes
# Zero-width spaces, and bidirectional controls, which would change the direction of the text that follows on the page.
# Joiners stay (emoji, Persian).
INVISIBLE_CHARS = dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class FormData(dict[str, Any]):
    """Values or errors by field; a missing field is empty, as in a new form."""

    def __missing__(self, key: str) -> str:
        return ""

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]


def clean_fields(form: Mapping[str, str], *field_names: str, max_length: int = 2000) -> FormData:
    """Return the named fields, normalized by `clean_text`. Raises TextTooLong.

    Not for passwords: those are used exactly as typed.
    """
    return FormData({name: clean_text(form.get(name, ""), max_length=max_length, field=name) for name in field_names})


def clean_text(text: str, *, max_length: int, field: str) -> str:
    """Return the text as it is stored. Raises TextTooLong beyond `max_length`, because a cut text would lose its meaning."""
    cleaned = normalize_text(text)
    if len(cleaned) > max_length:
        message = _("At most %(most)s characters.", most=max_length)
        raise TextTooLong({field: message}, beginning=cleaned[:PREVIEW_LENGTH], most=max_length)
    return cleaned


def normalize_text(text: str) -> str:
    """Return the text in NFC, trimmed, with newlines as line ends, without other control or invisible characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(INVISIBLE_CHARS)
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc").strip()


def to_halfwidth(text: str) -> str:
    """Replace full-width characters by half-width ones: for numbers, e-mail addresses and URLs, not for prose.

    Chinese input methods type full-width characters by default.
    """
    return text.translate(FULLWIDTH_TO_ASCII).strip()


def parse_int(text: str, *, max_value: int) -> int | None:
    """Return a whole number from 0 to `max_value`, or None. `isdecimal`, because `²` is a digit to Python."""
    text = text.strip()
    if not text.isdecimal() or len(text) > len(str(max_value)):
        return None
    number = int(text)
    return number if number <= max_value else None


def parse_position(text: str, *, field: str = "position") -> int:
    """Return a position in a manual sort order; empty is 0. Raises ValidationError at `field`."""
    number = parse_int(text or "0", max_value=999)
    if number is None:
        raise ValidationError(errors={field: _("Enter a whole number from 0 to 999.")})
    return number
