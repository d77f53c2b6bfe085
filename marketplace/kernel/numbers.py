"""The only parser of typed numbers, so that all forms, files and prices accept the same notation."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d*)?([eE][+-]?\d{1,2})?")
MAX_LENGTH = 60
FULLWIDTH_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def parse_decimal(text: str) -> Decimal:
    """Parse an exact number: `1,234.5`, `１２．５`, `1.2E3`. Raises ValueError for anything else.

    A comma is accepted only between thousands: `12,50` is rejected, because it could mean 12.5 or 1,250. Full-width
    characters are accepted, because Chinese input methods type them by default.
    """
    normalized = text.strip()
    normalized = normalized if normalized.isascii() else normalized.translate(FULLWIDTH_TO_ASCII)
    if len(normalized) > MAX_LENGTH or not NUMBER.fullmatch(normalized):
        raise ValueError(text)
    try:
        return Decimal(normalized.replace(",", ""))
    except ArithmeticError:
        raise ValueError(text) from None
