"""Numbers as people type them, read in one place: every form, file and price understands the same signs."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d*)?([eE][+-]?\d{1,2})?")
LONGEST = 60
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def read(text: str) -> Decimal:
    """An exact number: `1,234.5`, `１２．５`, `1.2E3`. Raises ValueError for anything else.

    A comma parts thousands and nothing else: `12,50` is refused, because it is twelve and a half to one reader and 1,250 to
    another. Full-width signs are what a Chinese keyboard writes, so they count as the narrow ones.
    """
    plain = text.strip()
    plain = plain if plain.isascii() else plain.translate(NARROW)
    if len(plain) > LONGEST or not NUMBER.fullmatch(plain):
        raise ValueError(text)
    try:
        return Decimal(plain.replace(",", ""))
    except ArithmeticError:
        raise ValueError(text) from None
