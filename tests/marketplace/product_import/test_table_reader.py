"""Corrupt, oversized and unusual files: a message or the rows, in short time, and never a crash."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from marketplace.product_import import errors, table_reader

HEADER = ["SKU", "Title", "Price"]


def build_workbook(*sheets: list[list[Any]]) -> bytes:
    workbook, buffer = openpyxl.Workbook(), io.BytesIO()
    workbook.remove(workbook.worksheets[0])
    for number, rows in enumerate(sheets):
        worksheet = workbook.create_sheet(f"s{number}")
        for row in rows:
            worksheet.append(row)
    workbook.save(buffer)
    return buffer.getvalue()


def patch_worksheet_xml(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return the workbook with a part of its first sheet's XML replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source_zip, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target_zip:
        for name in source_zip.namelist():
            part = source_zip.read(name)
            target_zip.writestr(name, part.replace(old, new) if name.endswith("sheet1.xml") else part)
    return buffer.getvalue()


def test_iter_rows_distant_cell_skips_empty_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    workbook, buffer = openpyxl.Workbook(), io.BytesIO()
    workbook.worksheets[0].append(HEADER)
    workbook.worksheets[0].append(["A1", "Cloth", "1"])
    workbook.worksheets[0].cell(row=1_048_576, column=16_384, value="x")
    workbook.save(buffer)
    read_cells: list[Any] = []
    monkeypatch.setattr(table_reader, "_cell_text", lambda cell: read_cells.append(cell) or str(cell or ""))
    assert [number for number, _cells in table_reader.iter_rows(buffer.getvalue(), "a.xlsx")] == [1, 2]
    assert len(read_cells) <= 4 * table_reader.MAX_COLUMNS


def test_read_preview_uses_first_non_empty_sheet() -> None:
    data = build_workbook([], [[None], [None]], [HEADER, ["A1", "Cloth", 2]], [["other"]])
    assert table_reader.read_preview(data, "a.xlsx").samples == (("A1", "Cloth", "2"),)
    assert [number for number, _cells in table_reader.iter_rows(data, "a.xlsx")] == [1, 2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_iter_from_header_skips_title_rows(delimiter: str) -> None:
    lines = [
        "2026 秋冬报价单",
        "",
        delimiter.join(["制表", "2026-09-01"]),
        delimiter.join(["货号", "标题", "单价", "单位", "备注"]),
    ]
    lines += [delimiter.join(["A1", "布", "18.50", "米", ""]), delimiter.join(["A2", "布", "19.50", "米", ""])]
    data = "\n".join(lines).encode()
    assert table_reader.read_preview(data, "a.csv").columns == ("货号", "标题", "单价", "单位", "备注")
    assert [number for number, _cells in table_reader.iter_from_header(data, "a.csv")] == [4, 5, 6]
    assert [number for number, _cells in table_reader.iter_from_header(VALID_WORKBOOK, "a.xlsx")] == [1, 2]


def test_read_preview_formats_dates_and_booleans() -> None:
    data = build_workbook([HEADER, [date(2026, 1, 2), datetime(2026, 1, 2, 8, 30), True]])  # noqa: DTZ001 - a spreadsheet has no zone
    assert table_reader.read_preview(data, "a.xlsx").samples == (("2026-01-02", "2026-01-02T08:30:00", "yes"),)


NESTED_ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 50) for n in range(6))
VALID_WORKBOOK = build_workbook([HEADER, ["A1", "Cloth", 2]])
WORKBOOK_WITH_ENTITY = patch_worksheet_xml(
    VALID_WORKBOOK, b"<sheetData>", b'<sheetData><row><c t="inlineStr"><is><t>&g;</t></is></c></row>'
)


@pytest.mark.parametrize(
    "data",
    [
        patch_worksheet_xml(
            WORKBOOK_WITH_ENTITY,
            b"<worksheet",
            b'<!DOCTYPE l [<!ENTITY a "' + b"a" * 1000 + b'">' + NESTED_ENTITIES + b"]><worksheet",
        ),
        patch_worksheet_xml(VALID_WORKBOOK, b"</sheetData>", b"<row></sheetData>"),
        patch_worksheet_xml(VALID_WORKBOOK, b"<sheetData>", b'<sheetData><row r="x"><c r="1A"/></row>'),
        VALID_WORKBOOK[: len(VALID_WORKBOOK) // 2],
        b"PK\x03\x04garbage",
        b"SKU,Title\n1,2\n",
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512),
    ],
)
def test_iter_rows_corrupt_workbook_raises_corrupt_file(data: bytes) -> None:
    with pytest.raises(errors.CorruptFile):
        list(table_reader.iter_rows(data, "a.xlsx"))


def test_read_preview_decompression_bomb_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "MAX_UNPACKED_BYTES", 2**20)
    with pytest.raises(errors.DecompressionBomb):
        table_reader.read_preview(
            patch_worksheet_xml(VALID_WORKBOOK, b"</sheetData>", b"</sheetData>" + b" " * 2**20), "a.xlsx"
        )


def test_read_preview_xls_raises_legacy_xls() -> None:
    with pytest.raises(errors.LegacyXls):
        table_reader.read_preview(b"\xd0\xcf", "goods.XLS")


def test_iter_rows_uncalculated_formula_returns_formula_text() -> None:
    data = build_workbook([HEADER, [None, None, None], ["A1", "Cloth", "=1+1"], ["A2", '=B3&"x"', 3]])
    assert [(number, cells[:3]) for number, cells in table_reader.iter_rows(data, "a.xlsx")] == [
        (1, ("SKU", "Title", "Price")),
        (3, ("A1", "Cloth", "=1+1")),
        (4, ("A2", '=B3&"x"', "3")),
    ]


def test_read_preview_calculated_formula_returns_value() -> None:
    data = build_workbook([HEADER, ["A1", "=B9", "=1+1"]])
    calculated = patch_worksheet_xml(data, b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
    calculated = patch_worksheet_xml(calculated, b'<c r="B2"><f>B9</f><v />', b'<c r="B2" t="str"><f>B9</f><v></v>')
    assert calculated != data
    assert list(table_reader.read_preview(calculated, "a.xlsx").samples) == [("A1", "", "2")]
