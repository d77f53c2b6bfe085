"""Tables as rows of text: CSV in the encodings common in the trade, and XLSX; read as a stream, never whole."""

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

from marketplace.product_import import xlsx_formulas
from marketplace.product_import.errors import (
    CorruptFile,
    DecompressionBomb,
    DuplicateHeading,
    EmptyFile,
    FileTooLarge,
    LegacyXls,
    UnsupportedFile,
)

MAX_FILE_BYTES = 60 * 2**20
MAX_UNPACKED_BYTES = 600 * 2**20
MAX_COLUMNS = 400
MAX_CELL_LENGTH = 50_000
ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
DELIMITERS = ",;\t|"
SHEET_PROBE_ROWS = 50
MAX_TITLE_ROWS = 8  # rows above the headings
WORKBOOK_ERRORS = (
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
"""The exceptions that openpyxl raises for uploaded workbooks: truncated, encrypted, with nested entities, of another format."""


@dataclass(frozen=True)
class TablePreview:
    """The headings and the first rows of a table."""

    columns: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


def read_preview(data: bytes, name: str, sample_count: int = 5) -> TablePreview:
    """Read headings and first rows.

    Raises:
        InvalidImportFile: one of its subclasses says why.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(limit=MAX_FILE_BYTES // 2**20)
    numbered_rows = iter_from_header(data, name)
    header_row = next(numbered_rows, None)
    headings = [_replace_nul(cell.strip()) for cell in header_row[1]] if header_row else []
    while headings and not headings[-1]:
        headings.pop()
    sample_rows = [tuple(map(_replace_nul, cells[: len(headings)])) for _, cells in islice(numbered_rows, sample_count)]
    if not any(headings) or not sample_rows:
        raise EmptyFile
    column_names = [heading or f"#{number}" for number, heading in enumerate(headings[:MAX_COLUMNS], start=1)]
    for heading in column_names:
        if column_names.count(heading) > 1:
            raise DuplicateHeading(heading=heading[:60])
    return TablePreview(tuple(column_names), tuple(sample_rows))


def iter_from_header(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows from the headings on: a title, date or note above them fills only a few cells of the table's width."""
    numbered_rows = iter_rows(data, name)
    leading_rows = list(islice(numbered_rows, MAX_TITLE_ROWS + 1))
    filled_counts = [sum(map(bool, cells)) for _number, cells in leading_rows]
    min_filled = max(filled_counts, default=0) / 2
    header_index = next((index for index, count in enumerate(filled_counts) if count >= min_filled), 0)
    return chain(leading_rows[header_index:], numbered_rows)


def _replace_nul(cell: str) -> str:
    """Return the text without NUL characters, which the database does not store."""
    return cell.replace("\x00", "\ufffd")


def iter_rows(data: bytes, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield every row that is not empty, with its number as the spreadsheet counts it.

    Raises:
        UnsupportedFile: neither CSV nor XLSX.
        CorruptFile: the file cannot be read.
    """
    extension = PurePath(name).suffix.lower()
    if extension in (".csv", ".txt", ".tsv"):
        raw_rows: Iterable[Sequence[Any]] = _read_csv(data)
    elif extension == ".xlsx":
        raw_rows = _read_xlsx(data)
    else:
        raise LegacyXls if extension == ".xls" else UnsupportedFile
    last_blank_row: Sequence[Any] | None = None
    for number, cells in enumerate(raw_rows, start=1):
        if cells is last_blank_row:  # a cell far below makes a million empty rows, all of them the same object
            continue
        texts = tuple(_cell_text(cell) for cell in cells)
        if any(texts):
            yield number, texts
        else:
            last_blank_row = cells


def _read_csv(data: bytes) -> Iterator[Sequence[str]]:
    encoding = _detect_encoding(data)
    sample = data[: 64 * 1024].decode(encoding, errors="ignore")
    delimiter = _detect_delimiter(sample.splitlines()[: MAX_TITLE_ROWS + 1])
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    csv.field_size_limit(MAX_CELL_LENGTH * 4)
    try:
        yield from csv.reader(stream, delimiter=delimiter)
    except (csv.Error, UnicodeDecodeError) as exc:
        raise CorruptFile from exc


def _detect_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that occurs most often in one line: a title above the headings has none."""
    return max(DELIMITERS, key=lambda delimiter: max((line.count(delimiter) for line in lines), default=0))


def _detect_encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ENCODINGS[:2]:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise CorruptFile


def _read_xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    import openpyxl  # takes 0.25 s and much memory to import: only where such a file is read
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise DecompressionBomb(limit=MAX_UNPACKED_BYTES // 2**20)
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        worksheet = next(filter(_has_data, workbook.worksheets), None)
        if worksheet is not None:
            rows = worksheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
            yield from xlsx_formulas.fill_in_formulas(rows, _iter_uncalculated(worksheet))
    except (InvalidFileException, *WORKBOOK_ERRORS) as exc:
        raise CorruptFile from exc


def _iter_uncalculated(worksheet: Any) -> Iterator[tuple[int, dict[int, str]]]:
    with worksheet._get_source() as source:  # the raw XML: the library returns values or formulas, never both
        has_formulas = xlsx_formulas.has_formulas(source)
    if has_formulas:
        with worksheet._get_source() as source:
            yield from xlsx_formulas.iter_uncalculated(source)


def _has_data(worksheet: Any) -> bool:
    """Return whether a sheet has data near its top: many workbooks begin with an empty sheet."""
    first_rows = worksheet.iter_rows(values_only=True, max_row=SHEET_PROBE_ROWS, max_col=MAX_COLUMNS)
    return any(cell is not None for row in first_rows for cell in row)


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):  # spreadsheets store a date as its midnight
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()[:MAX_CELL_LENGTH]
