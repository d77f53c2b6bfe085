"""Three hundred valid rows and fifty injected errors, each reported at its cell in both languages (product maintenance, CA1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.catalogue.models import Product
from marketplace.inventory.queries import get_available
from marketplace.kernel.celery_app import celery
from marketplace.kernel.db import db, unit_of_work
from marketplace.product_import import queries, tasks
from marketplace.product_import.models import ImportState
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory

IMPORTS_URL = "/desk/acme/imports"
CHINESE_RE = re.compile("[\u4e00-\u9fff]")
TARGET_BY_HEADING = {
    "货号": "sku",
    "款号": "reference",
    "颜色": "option_1",
    "标题": "title_zh",
    "英文标题": "title_en",
    "品类": "category",
    "单价": "price",
    "单位": "unit",
    "起订量": "min_quantity",
    "最大订量": "max_quantity",
    "递增量": "step",
    "单价2": "price_2",
    "数量2": "from_2",
    "单价3": "price_3",
    "数量3": "from_3",
    "库存": "stock",
    "重量克": "weight_grams",
    "条码": "barcode",
    "交期": "lead_days",
    "描述": "description_zh",
    "成分": "attribute:fibre",
    "克重": "attribute:weight",
    "弹力": "attribute:stretch",
}
EXTRA_COLUMN = f"#{len(TARGET_BY_HEADING) + 1}"
INJECTED_ERRORS: Sequence[tuple[str, str]] = (  # the column, and the wrong value in it
    ("货号", ""),
    ("货号", "K 1 a"),
    ("货号", "布" * 81),
    ("货号", "K-1"),
    ("货号", "K-12"),
    ("款号", "R" * 81),
    ("标题", "=CONCATENATE(A2,B2)"),
    ("标题", "#REF!"),
    ("标题", "全棉格\ufffd布"),
    ("标题", "长" * 201),
    ("英文标题", "x" * 201),
    ("英文标题", "#N/A"),
    ("英文标题", "caf\ufffd cloth"),
    ("品类", "no-such-shelf"),
    ("品类", "面料 > 没有的品类"),
    ("单价", ""),
    ("单价", "eighteen"),
    ("单价", "18.505"),
    ("单价", "-3"),
    ("单价", "0"),
    ("单价", "=12*1.5"),
    ("单价", "99999999999999"),
    ("单位", "光年"),
    ("单位", "#VALUE!"),
    ("起订量", "two"),
    ("起订量", "-1"),
    ("起订量", "0"),
    ("起订量", "1.2345"),
    ("最大订量", "1"),
    ("最大订量", "many"),
    ("递增量", "0"),
    ("递增量", "-5"),
    ("单价2", "20.00"),
    ("单价2", "cheap"),
    ("单价2", ""),
    ("数量2", ""),
    ("数量2", "2"),
    ("数量3", "500.12345"),
    ("库存", "lots"),
    ("库存", "-4"),
    ("库存", "1.23456"),
    ("重量克", "heavy"),
    ("重量克", "-20"),
    ("条码", "6" * 21),
    ("交期", "soon"),
    ("交期", "400"),
    ("成分", "蛛丝"),
    ("克重", "5"),
    ("弹力", "perhaps"),
    (EXTRA_COLUMN, "滑出来的一格"),
)
VALID_ROW_COUNT = 300


def valid_row(number: int) -> dict[str, str]:
    """Return a row without errors."""
    text_cells = f"K-{number}||朱红|格子布 {number}|Gingham {number}|gingham"
    number_cells = f"18.50|米|2|5000|1|17.20|50|16.00|500|40|220|69{number:011d}|7"
    return dict(zip(TARGET_BY_HEADING, f"{text_cells}|{number_cells}|精梳棉。|棉|120|是".split("|"), strict=True))


def build_rows() -> tuple[list[list[str]], dict[int, str]]:
    """Return the rows of the table with the errors spread over it, and the wrong column by row number."""
    rows, expected_errors = [], {}
    injected = iter(enumerate(INJECTED_ERRORS))
    for number in range(1, VALID_ROW_COUNT + 1):
        rows.append(list(valid_row(number).values()))
        if number % 6 == 0 and (injected_error := next(injected, None)):
            index, (column, value) = injected_error
            cells = valid_row(9000 + index) | ({} if column == EXTRA_COLUMN else {column: value})
            rows.append([*cells.values(), *([value] if column == EXTRA_COLUMN else [])])
            expected_errors[len(rows) + 1] = column
    return rows, expected_errors


def to_csv(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([list(TARGET_BY_HEADING), *rows])
    return buffer.getvalue().encode()


def to_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    worksheet = workbook.create_sheet()
    worksheet.append(list(TARGET_BY_HEADING))
    for cells in rows:
        worksheet.append([_to_cell(worksheet, cell) for cell in cells])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _to_cell(worksheet: Any, text: str) -> Any:
    """Return numbers as numeric cells and the rest as text cells, formulas included."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        cell = openpyxl.cell.WriteOnlyCell(worksheet, value=text)
        cell.data_type = "s"
        return cell


def upload_and_check(owner: FlaskClient, actors: Actors, data: bytes, name: str) -> UUID:
    """Upload a table at the desk, map its columns, and run the check."""
    with unit_of_work():
        product_factory.create_category("gingham", attributes=True)
        location = product_factory.create_warehouse(actors.acme_id)
    upload_response = owner.post(
        f"{IMPORTS_URL}/", data={"table": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )
    assert upload_response.status_code == 303, upload_response.text
    file_id = UUID(upload_response.headers["Location"].rpartition("/")[2])
    form = {f"column-{number}": target for number, target in enumerate(TARGET_BY_HEADING.values())}
    response = owner.post(
        f"{IMPORTS_URL}/{file_id}/match", data={**form, "category": "", "unit": "metre", "location": str(location.id)}
    )
    assert response.status_code == 303, response.text
    run_worker(file_id, actors.acme_id)
    return file_id


def run_worker(file_id: UUID, merchant_id: UUID) -> None:
    """Run the task as a worker does."""
    with unit_of_work(), as_merchant(merchant_id):
        job_id = queries.get_import(file_id).job_id
    result = celery.tasks[tasks.run_import.name].apply(args=[str(job_id)], headers={"context": {"merchant": str(merchant_id)}})
    assert result.successful(), result.traceback


def count_products(merchant_id: UUID) -> int:
    with unit_of_work(), as_merchant(merchant_id):
        return db.session.scalar(select(func.count()).select_from(Product)) or 0


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_check_reports_every_injected_error_in_both_languages(ctx: Flask, actors: Actors, extension: str) -> None:
    assert len(INJECTED_ERRORS) == 50
    owner = actors.owner.client()
    rows, expected_errors = build_rows()
    file_id = upload_and_check(owner, actors, to_csv(rows) if extension == "csv" else to_xlsx(rows), f"goods.{extension}")
    with unit_of_work(), as_merchant(actors.acme_id):
        row_errors = db.session.scalars(queries.errors_stmt(file_id)).all()
        counts = dict(queries.get_import(file_id).counts)
    assert sorted((row_error.row, row_error.column) for row_error in row_errors) == sorted(expected_errors.items())
    assert (counts["rows"], counts["errors"], counts["rows_with_errors"], counts["new"]) == (350, 50, 50, 300)
    for row_error in row_errors:
        assert set(row_error.message) == {"zh_Hans", "en"}
        assert CHINESE_RE.search(row_error.message["zh_Hans"]), row_error.message
        assert not CHINESE_RE.search(row_error.message["en"].replace(row_error.value, "")), row_error.message
    # All or nothing: the page says why not, and nothing is imported.
    page = owner.post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": "all"}, follow_redirects=True).text
    assert "文件里有错误，而您选择了全部导入或都不导入。" in page
    assert count_products(actors.acme_id) == 0
    # Valid rows: all of them, and no others.
    assert owner.post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": "valid_rows"}).status_code == 303
    run_worker(file_id, actors.acme_id)
    assert count_products(actors.acme_id) == VALID_ROW_COUNT
    with unit_of_work(), as_merchant(actors.acme_id):
        file = queries.get_import(file_id)
        assert (file.state, file.counts["new"]) == (ImportState.DONE, VALID_ROW_COUNT)
        assert len(db.session.scalars(queries.errors_stmt(file_id)).all()) == 50


def test_download_errors_is_complete_in_both_languages(ctx: Flask, actors: Actors) -> None:
    """The download has every message of a table with more errors than a page shows."""
    owner = actors.owner.client()
    rows = [list((valid_row(number) | {"单价": "x"}).values()) for number in range(230)]
    file_id = upload_and_check(owner, actors, to_csv(rows), "goods.csv")
    for language, message in (("zh-CN", "请填写类似 18.50 的价格。"), ("en", "Enter a price such as 18.50.")):
        response = owner.get(f"{IMPORTS_URL}/{file_id}/faults.csv", headers={"Accept-Language": language})
        csv_rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
        assert len(csv_rows) == 231
        assert [csv_row[1:] for csv_row in csv_rows[1:]] == [["单价", "x", message]] * 230


def test_check_reports_all_errors_of_one_row(ctx: Flask, actors: Actors) -> None:
    owner = actors.owner.client()
    invalid_cells = {"单价": "x", "标题": "长" * 201, "克重": "5", "起订量": "-1", "品类": "gingham", "交期": "soon"}
    file_id = upload_and_check(owner, actors, to_csv([list((valid_row(1) | invalid_cells).values())]), "goods.csv")
    with unit_of_work(), as_merchant(actors.acme_id):
        columns = {row_error.column for row_error in db.session.scalars(queries.errors_stmt(file_id))}
    assert columns == {"单价", "标题", "克重", "起订量", "交期"}


@pytest.fixture
def stocked_import(ctx: Flask, actors: Actors) -> StockedImport:
    """Import two products with a stock of forty each."""
    owner = actors.owner.client()
    file_id = upload_and_check(owner, actors, to_csv([list(valid_row(1).values()), list(valid_row(2).values())]), "goods.csv")
    owner.post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": "all"})
    run_worker(file_id, actors.acme_id)
    with unit_of_work(), as_merchant(actors.acme_id):
        products_by_sku = queries.catalogue_queries.find_by_skus(["K-1", "K-2"], merchant_id=actors.acme_id)
        variant_ids = {sku: products_by_sku[sku].variants[0].id for sku in ("K-1", "K-2")}
        return StockedImport(actors, owner, str(queries.get_import(file_id).options["location"]), variant_ids)


@dataclass(frozen=True)
class StockedImport:
    """Products with stock, and the desk from which tables are uploaded for them."""

    actors: Actors
    owner: FlaskClient
    location_id: str
    variant_ids: dict[str, UUID]

    def reserve(self, sku: str, quantity: int) -> None:
        """Reserve a quantity, as an order does."""
        with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
            reservation_line = product_factory.inventory_services.ReservationLine(
                variant_id=self.variant_ids[sku], quantity=Decimal(quantity)
            )
            product_factory.inventory_services.reserve(
                reference=f"an order of {sku}", lines=[reservation_line], expires_at=product_factory.in_fifteen_minutes()
            )

    def check(self, *changes: dict[str, str]) -> UUID:
        """Upload and check rows 1, 2 … with these changes."""
        csv_data = to_csv(
            [list((valid_row(number) | row_changes).values()) for number, row_changes in enumerate(changes, start=1)]
        )
        response = self.owner.post(
            f"{IMPORTS_URL}/", data={"table": (io.BytesIO(csv_data), "goods.csv")}, content_type="multipart/form-data"
        )
        file_id = UUID(response.headers["Location"].rpartition("/")[2])
        form = {f"column-{number}": target for number, target in enumerate(TARGET_BY_HEADING.values())}
        self.owner.post(f"{IMPORTS_URL}/{file_id}/match", data={**form, "unit": "metre", "location": self.location_id})
        run_worker(file_id, self.actors.acme_id)
        return file_id

    def start_import(self, file_id: UUID, mode: str) -> str:
        """Run the import, and return the page that follows."""
        page = self.owner.post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": mode}, follow_redirects=True).text
        run_worker(file_id, self.actors.acme_id)
        return page

    def list_errors(self, file_id: UUID) -> list[tuple[int, str, str, str]]:
        with unit_of_work(), as_merchant(self.actors.acme_id):
            row_errors = db.session.scalars(queries.errors_stmt(file_id)).all()
            assert not any(CHINESE_RE.search(row_error.message["en"]) for row_error in row_errors)
            return [
                (row_error.row, row_error.column, row_error.value, row_error.message["zh_Hans"]) for row_error in row_errors
            ]

    def get_titles(self) -> list[str]:
        db.session.remove()
        with unit_of_work(), as_merchant(self.actors.acme_id):
            products_by_sku = queries.catalogue_queries.find_by_skus(list(self.variant_ids), merchant_id=self.actors.acme_id)
            return [products_by_sku[sku].title["zh_Hans"] for sku in self.variant_ids]

    def get_available(self) -> list[int]:
        db.session.remove()
        with unit_of_work(), as_merchant(self.actors.acme_id):
            return [int(get_available([variant_id])[variant_id]) for variant_id in self.variant_ids.values()]


BELOW_RESERVED_MESSAGE = "此处已为买家预留 10，数量不能低于它。"


def test_check_stock_below_reserved_is_error_and_blocks_all_or_nothing(stocked_import: StockedImport) -> None:
    stocked_import.reserve("K-1", 10)
    file_id = stocked_import.check({"库存": "3", "标题": "新名 1"}, {"库存": "60", "标题": "新名 2"})
    assert stocked_import.list_errors(file_id) == [(2, "库存", "3", BELOW_RESERVED_MESSAGE)]
    error_page = stocked_import.owner.post(f"{IMPORTS_URL}/{file_id}/start", data={"mode": "all"}, follow_redirects=True).text
    assert "文件里有错误，而您选择了全部导入或都不导入。" in error_page
    assert (stocked_import.get_titles(), stocked_import.get_available()) == (["格子布 1", "格子布 2"], [30, 40])
    stocked_import.start_import(file_id, "valid_rows")
    assert (stocked_import.get_titles(), stocked_import.get_available()) == (["格子布 1", "新名 2"], [30, 60])
    assert stocked_import.list_errors(file_id) == [(2, "库存", "3", BELOW_RESERVED_MESSAGE)]
    assert "写入期间" not in stocked_import.owner.get(f"{IMPORTS_URL}/{file_id}").text


def test_import_stock_reserved_after_check_rejects_whole_row(stocked_import: StockedImport) -> None:
    """An order between check and import: the other row is imported, this one is reported and stays unchanged."""
    file_id = stocked_import.check({"库存": "3", "标题": "新名 1", "单价": "18.00"}, {"库存": "60", "标题": "新名 2"})
    assert stocked_import.list_errors(file_id) == []
    stocked_import.reserve("K-1", 10)
    stocked_import.start_import(file_id, "all")
    assert stocked_import.list_errors(file_id) == [(2, "库存", "3", BELOW_RESERVED_MESSAGE)]
    assert (stocked_import.get_titles(), stocked_import.get_available()) == (["格子布 1", "新名 2"], [30, 60])
    page = stocked_import.owner.get(f"{IMPORTS_URL}/{file_id}").text
    assert "写入期间，有 1 行被退回" in page


def test_import_stock_equal_to_reserved_is_accepted(stocked_import: StockedImport) -> None:
    stocked_import.reserve("K-1", 10)
    file_id = stocked_import.check({"库存": "10"})
    assert stocked_import.list_errors(file_id) == []
    stocked_import.start_import(file_id, "all")
    assert stocked_import.get_available() == [0, 40]
