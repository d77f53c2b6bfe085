"""Tables of the demo market, one row a line, fields parted by bars."""

from pathlib import Path


def rows(name: str) -> list[str]:
    """The rows of a table; empty lines and those that begin with # are for the reader."""
    text = (Path(__file__).parent / f"{name}.txt").read_text("utf-8")
    return [row for row in text.splitlines() if row and not row.startswith("#")]
