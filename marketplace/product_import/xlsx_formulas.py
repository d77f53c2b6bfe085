"""Uncalculated formulas of a spreadsheet: their cells have no value, but are not empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

FORMULA_RE = re.compile(rb"<(\w+:)?f[\s/>]")
COLUMN_NAME_RE = re.compile(r"[A-Z]+")
CHUNK_SIZE = 2**20


def has_formulas(source: IO[bytes]) -> bool:
    """Return whether the XML of a sheet contains formulas; most sheets have none, and are not read twice."""
    tail = b""
    while chunk := source.read(CHUNK_SIZE):
        if FORMULA_RE.search(tail + chunk):
            return True
        tail = chunk[-64:]
    return False


def iter_uncalculated(source: IO[bytes]) -> Iterator[tuple[int, dict[int, str]]]:
    """Yield the rows with uncalculated formulas from the top: row number, and formula text by column index.

    A formula whose cached value is the empty text is calculated, and empty.
    """
    number = 0
    for _event, row in iterparse(source):  # noqa: S314 - as the library reads it; its size is bounded before
        if _local_name(row) != "row":
            continue
        number = int(row.get("r", number + 1))
        formulas = dict(_iter_row_formulas(row))
        if formulas:
            yield number, formulas
        row.clear()


def fill_in_formulas(
    rows: Iterable[Sequence[Any]], formulas: Iterator[tuple[int, Mapping[int, str]]]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of a sheet, with formula texts in the cells that would be empty."""
    formula_row, row_formulas = next(formulas, (0, {}))
    for number, cells in enumerate(rows, start=1):
        if number != formula_row:
            yield cells
            continue
        yield [row_formulas.get(index, cell) if cell is None else cell for index, cell in enumerate(cells)]
        formula_row, row_formulas = next(formulas, (0, {}))


def _iter_row_formulas(row: Element) -> Iterator[tuple[int, str]]:
    index = -1
    for cell in row:
        match = COLUMN_NAME_RE.match(cell.get("r", ""))
        index = _column_index(match.group()) if match else index + 1
        parts = {_local_name(part): part.text or "" for part in cell}
        if "f" in parts and not parts.get("v") and cell.get("t") not in ("str", "inlineStr"):
            yield index, "=" + parts["f"]


def _column_index(column_name: str) -> int:
    index = 0
    for char in column_name:
        index = index * 26 + ord(char) - 64
    return index - 1


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
