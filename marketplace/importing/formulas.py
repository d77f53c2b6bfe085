"""The formulas of a spreadsheet that nobody has worked out: their cells have no value, and are not empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
COLUMN = re.compile(r"[A-Z]+")
CHUNK = 2**20


def has_formulas(source: IO[bytes]) -> bool:
    """Whether a sheet's part has any; most have none, and are not read twice."""
    rest = b""
    while chunk := source.read(CHUNK):
        if FORMULA.search(rest + chunk):
            return True
        rest = chunk[-64:]
    return False


def unworked(source: IO[bytes]) -> Iterator[tuple[int, dict[int, str]]]:
    """The rows with such formulas, from the top: number, and what stands in which column (from 0).

    A formula whose kept value is the empty text is worked out, and empty.
    """
    number = 0
    for _event, row in iterparse(source):  # noqa: S314 - as the library reads it; its size is bounded before
        if _name(row) != "row":
            continue
        number = int(row.get("r", number + 1))
        found = dict(_of_row(row))
        if found:
            yield number, found
        row.clear()


def put_in(rows: Iterable[Sequence[Any]], formulas: Iterator[tuple[int, Mapping[int, str]]]) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, with the formulas in the cells that would be empty."""
    at, found = next(formulas, (0, {}))
    for number, cells in enumerate(rows, start=1):
        if number != at:
            yield cells
            continue
        yield [found.get(place, cell) if cell is None else cell for place, cell in enumerate(cells)]
        at, found = next(formulas, (0, {}))


def _of_row(row: Element) -> Iterator[tuple[int, str]]:
    place = -1
    for cell in row:
        named = COLUMN.match(cell.get("r", ""))
        place = _place(named.group()) if named else place + 1
        parts = {_name(part): part.text or "" for part in cell}
        if "f" in parts and not parts.get("v") and cell.get("t") not in ("str", "inlineStr"):
            yield place, "=" + parts["f"]


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
