"""Tables of the demo data: one row a line, fields separated by vertical bars."""

from pathlib import Path


def read_rows(name: str) -> list[str]:
    """Return the rows of a table, without empty lines and lines that begin with #."""
    text = (Path(__file__).parent / f"{name}.txt").read_text("utf-8")
    return [row for row in text.splitlines() if row and not row.startswith("#")]
