"""Cells of CSV and XLSX exports."""

from __future__ import annotations

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Return a cell that spreadsheets do not evaluate as a formula."""
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text
