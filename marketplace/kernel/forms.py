"""What people typed, as plain text: kept as it was, so that a refused form shows it again."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid, TooLong
from marketplace.kernel.numbers import NARROW

BEGINNING = 20  # signs of a text that is too long, by which its writer knows it again
# Spaces of no width, and the signs that turn the direction of whatever follows: on somebody else's page, too.
# What joins signs (emoji, Persian) stays.
UNSEEN = dict.fromkeys([0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class Typed(dict[str, Any]):
    """Entries or refusals by field; a field that is missing is empty, which is what a fresh form shows."""

    def __missing__(self, key: str) -> str:
        return ""

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]


def take(form: Mapping[str, str], *names: str, longest: int = 2000) -> Typed:
    """The named fields, trimmed, in one Unicode form and without control signs. Raises TooLong, as `fitting` does.

    Passwords are not taken by this: they are used exactly as typed.
    """
    return Typed({name: fitting(form.get(name, ""), longest=longest, field=name) for name in names})


def fitting(text: str, *, longest: int, field: str) -> str:
    """Text as it will be kept. Raises TooLong at `field` when that has more than `longest` signs: cut, it would be nobody's."""
    kept = plain(text)
    if len(kept) > longest:
        said = _("At most %(most)s characters.", most=longest)
        raise TooLong({field: said}, beginning=kept[:BEGINNING], most=longest)
    return kept


def plain(text: str) -> str:
    """Text as it will be kept: composed, trimmed, line ends as newlines, no other control signs, nothing unseen."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(UNSEEN)
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc").strip()


def narrow(text: str) -> str:
    """Letters, digits and signs of full width as those of half width: for numbers and addresses of machines, not for prose.

    It is what a Chinese keyboard types when nobody has switched it over.
    """
    return text.translate(NARROW).strip()


def whole(text: str, *, most: int) -> int | None:
    """A whole number from 0 to `most`, or nothing. `²` is a digit to Python, and no number."""
    text = text.strip()
    if not text.isdecimal() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None


def place_in_order(text: str, *, field: str = "position") -> int:
    """Where something stands in an order that people arrange; nothing is the first place. Raises Invalid at `field`."""
    number = whole(text or "0", most=999)
    if number is None:
        raise Invalid(errors={field: _("Enter a whole number from 0 to 999.")})
    return number
