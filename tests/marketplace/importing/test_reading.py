"""Files that are broken, swollen or odd: a sentence or the rows, soon, and never a crash."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from marketplace.importing import errors, reading

HEAD = ["SKU", "Title", "Price"]


def book(*sheets: list[list[Any]]) -> bytes:
    made, buffer = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for number, lines in enumerate(sheets):
        sheet = made.create_sheet(f"s{number}")
        for line in lines:
            sheet.append(line)
    made.save(buffer)
    return buffer.getvalue()


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with one piece of its first sheet exchanged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            part = given.read(name)
            made.writestr(name, part.replace(old, new) if name.endswith("sheet1.xml") else part)
    return buffer.getvalue()


def test_a_cell_at_the_end_of_the_sheet_is_no_million_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    made, buffer = openpyxl.Workbook(), io.BytesIO()
    made.worksheets[0].append(HEAD)
    made.worksheets[0].append(["A1", "Cloth", "1"])
    made.worksheets[0].cell(row=1_048_576, column=16_384, value="x")
    made.save(buffer)
    looked_at: list[Any] = []
    monkeypatch.setattr(reading, "_text", lambda cell: looked_at.append(cell) or str(cell or ""))
    assert [number for number, _cells in reading.rows(buffer.getvalue(), "a.xlsx")] == [1, 2]
    assert len(looked_at) <= 4 * reading.MOST_COLUMNS


def test_the_first_sheet_with_something_in_it_is_read() -> None:
    data = book([], [[None], [None]], [HEAD, ["A1", "Cloth", 2]], [["other"]])
    assert reading.head(data, "a.xlsx").samples == (("A1", "Cloth", "2"),)
    assert [number for number, _cells in reading.rows(data, "a.xlsx")] == [1, 2]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_title_above_the_headings_is_passed_over(sign: str) -> None:
    lines = ["2026 秋冬报价单", "", sign.join(["制表", "2026-09-01"]), sign.join(["货号", "标题", "单价", "单位", "备注"])]
    lines += [sign.join(["A1", "布", "18.50", "米", ""]), sign.join(["A2", "布", "19.50", "米", ""])]
    data = "\n".join(lines).encode()
    assert reading.head(data, "a.csv").columns == ("货号", "标题", "单价", "单位", "备注")
    assert [number for number, _cells in reading.from_headings(data, "a.csv")] == [4, 5, 6]
    assert [number for number, _cells in reading.from_headings(PLAIN, "a.xlsx")] == [1, 2]


def test_a_day_is_a_day() -> None:
    data = book([HEAD, [date(2026, 1, 2), datetime(2026, 1, 2, 8, 30), True]])  # noqa: DTZ001 - a spreadsheet has no zone
    assert reading.head(data, "a.xlsx").samples == (("2026-01-02", "2026-01-02T08:30:00", "yes"),)


ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 50) for n in range(6))
PLAIN = book([HEAD, ["A1", "Cloth", 2]])
SWELLING = patched(PLAIN, b"<sheetData>", b'<sheetData><row><c t="inlineStr"><is><t>&g;</t></is></c></row>')


@pytest.mark.parametrize(
    "data",
    [
        patched(SWELLING, b"<worksheet", b'<!DOCTYPE l [<!ENTITY a "' + b"a" * 1000 + b'">' + ENTITIES + b"]><worksheet"),
        patched(PLAIN, b"</sheetData>", b"<row></sheetData>"),
        patched(PLAIN, b"<sheetData>", b'<sheetData><row r="x"><c r="1A"/></row>'),
        PLAIN[: len(PLAIN) // 2],
        b"PK\x03\x04garbage",
        b"SKU,Title\n1,2\n",
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512),
    ],
)
def test_a_broken_workbook_is_said_to_be_broken(data: bytes) -> None:
    with pytest.raises(errors.TableDamaged):
        list(reading.rows(data, "a.xlsx"))


def test_few_bytes_that_unpack_to_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_UNPACKED", 2**20)
    with pytest.raises(errors.TableSwollen):
        reading.head(patched(PLAIN, b"</sheetData>", b"</sheetData>" + b" " * 2**20), "a.xlsx")


def test_the_old_format_is_called_by_its_name() -> None:
    with pytest.raises(errors.OldExcel):
        reading.head(b"\xd0\xcf", "goods.XLS")


def test_a_formula_that_nobody_has_worked_out_is_no_empty_cell() -> None:
    data = book([HEAD, [None, None, None], ["A1", "Cloth", "=1+1"], ["A2", '=B3&"x"', 3]])
    assert [(number, cells[:3]) for number, cells in reading.rows(data, "a.xlsx")] == [
        (1, ("SKU", "Title", "Price")),
        (3, ("A1", "Cloth", "=1+1")),
        (4, ("A2", '=B3&"x"', "3")),
    ]


def test_a_formula_that_is_worked_out_is_its_value() -> None:
    data = book([HEAD, ["A1", "=B9", "=1+1"]])
    worked = patched(data, b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
    worked = patched(worked, b'<c r="B2"><f>B9</f><v />', b'<c r="B2" t="str"><f>B9</f><v></v>')
    assert worked != data
    assert list(reading.head(worked, "a.xlsx").samples) == [("A1", "", "2")]
