"""Tables as rows of text: CSV in the encodings that are met in the trade, and XLSX; read as a stream, never whole."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import PurePath
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from marketplace.importing import formulas
from marketplace.importing.errors import (
    HeadingTwice,
    NotATable,
    OldExcel,
    TableDamaged,
    TableEmpty,
    TableSwollen,
    TableTooLarge,
)

MOST_BYTES = 60 * 2**20
MOST_UNPACKED = 600 * 2**20
MOST_COLUMNS = 400
LONGEST_CELL = 50_000
ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
DELIMITERS = ",;\t|"
PEEKED = 50
TITLES = 8  # rows above the headings, at most
BROKEN = (
    BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)
"""Whatever a workbook of strangers makes its reader raise: cut off, encrypted, swollen with entities, of another kind."""


@dataclass(frozen=True)
class Head:
    """What a table says of itself before it is read: headings and the first rows."""

    columns: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


def head(data: bytes, name: str, samples: int = 5) -> Head:
    """Headings and first rows. Raises FileRefused: NotATable, TableTooLarge, TableDamaged, TableEmpty, HeadingTwice …"""
    if len(data) > MOST_BYTES:
        raise TableTooLarge(limit=MOST_BYTES // 2**20)
    lines = from_headings(data, name)
    first = next(lines, None)
    headings = [_keepable(cell.strip()) for cell in first[1]] if first else []
    while headings and not headings[-1]:
        headings.pop()
    shown = [tuple(map(_keepable, cells[: len(headings)])) for _, cells in islice(lines, samples)]
    if not any(headings) or not shown:
        raise TableEmpty
    named = [heading or f"#{number}" for number, heading in enumerate(headings[:MOST_COLUMNS], start=1)]
    for heading in named:
        if named.count(heading) > 1:
            raise HeadingTwice(heading=heading[:60])
    return Head(tuple(named), tuple(shown))


def from_headings(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows from the headings on: a title, a date or a note above them fills a few cells of what the table is wide."""
    lines = rows(data, name)
    first = list(islice(lines, TITLES + 1))
    filled = [sum(map(bool, cells)) for _number, cells in first]
    least = max(filled, default=0) / 2
    start = next((place for place, count in enumerate(filled) if count >= least), 0)
    return chain(first[start:], lines)


def _keepable(cell: str) -> str:
    """The text without what no database keeps."""
    return cell.replace("\x00", "\ufffd")


def rows(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every row that is not empty, with its number as the spreadsheet counts it. Raises NotATable, TableDamaged."""
    ending = PurePath(name).suffix.lower()
    if ending in (".csv", ".txt", ".tsv"):
        lines: Iterable[Sequence[Any]] = _csv(data)
    elif ending == ".xlsx":
        lines = _xlsx(data)
    else:
        raise OldExcel if ending == ".xls" else NotATable
    blank: Sequence[Any] | None = None
    for number, cells in enumerate(lines, start=1):
        if cells is blank:  # a cell far below makes a million empty rows, and they are one and the same
            continue
        plain = tuple(_text(cell) for cell in cells)
        if any(plain):
            yield number, plain
        else:
            blank = cells


def _csv(data: bytes) -> Iterator[Sequence[str]]:
    encoding = _encoding(data)
    start = data[: 64 * 1024].decode(encoding, errors="ignore")
    delimiter = _delimiter(start.splitlines()[: TITLES + 1])
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    csv.field_size_limit(LONGEST_CELL * 4)
    try:
        yield from csv.reader(stream, delimiter=delimiter)
    except (csv.Error, UnicodeDecodeError) as trouble:
        raise TableDamaged from trouble


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that stands most often in one line: a title above the headings has none."""
    return max(DELIMITERS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ENCODINGS[:2]:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise TableDamaged


def _xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    import openpyxl  # a quarter of a second and much memory: for workers, when such a file comes
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise TableSwollen(limit=MOST_UNPACKED // 2**20)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = next(filter(_is_filled, book.worksheets), None)
        if sheet is not None:
            rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
            yield from formulas.put_in(rows, _unworked(sheet))
    except (InvalidFileException, *BROKEN) as trouble:
        raise TableDamaged from trouble


def _unworked(sheet: Any) -> Iterator[tuple[int, dict[int, str]]]:
    with sheet._get_source() as source:  # the part itself: the library tells values or formulas, never both
        found = formulas.has_formulas(source)
    if found:
        with sheet._get_source() as source:
            yield from formulas.unworked(source)


def _is_filled(sheet: Any) -> bool:
    """Whether a sheet has something near its top: many books begin with an empty one."""
    near = sheet.iter_rows(values_only=True, max_row=PEEKED, max_col=MOST_COLUMNS)
    return any(cell is not None for row in near for cell in row)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):  # a day in a spreadsheet is its midnight
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()[:LONGEST_CELL]
