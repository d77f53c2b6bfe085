"""The import of a table from upload to stock: errors by cell, all or nothing, re-import (product maintenance, CA1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.models import Product, ProductState
from marketplace.inventory.queries import get_available, list_locations
from marketplace.kernel import jobs
from marketplace.kernel.db import db, unit_of_work
from marketplace.product_import import column_mapping, queries, services, table_reader
from marketplace.product_import.errors import InvalidImportFile
from marketplace.product_import.models import ImportFile, ImportMode, ImportRowError, ImportState
from marketplace.product_import.services.runner import run_import
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import product_factory

HEADER = ["货号", "标题", "英文标题", "单价", "起订量", "单价2", "数量2", "单位", "库存"]


def build_csv(rows: list[list[str]], header: list[str] = HEADER, encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode(encoding)


def valid_row(number: int, **changes: str) -> list[str]:
    row = dict(
        zip(
            HEADER,
            [f"K-{number}", f"格子布 {number}", f"Gingham {number}", "18.50", "2", "17.20", "50", "米", "40"],
            strict=True,
        )
    )
    return list((row | changes).values())


@pytest.fixture
def check_table(ctx: Flask, actors: Actors) -> Callable[..., Any]:
    """Upload a table and run the check."""
    with unit_of_work():
        product_factory.create_category("gingham")
        warehouse = product_factory.create_warehouse(actors.acme_id)

    def upload_and_check(data: bytes, name: str = "goods.csv") -> UUID:
        with unit_of_work(), as_merchant(actors.acme_id):
            import_file = services.upload_file(
                merchant_id=actors.acme_id, account_id=actors.owner.account_id, name=name, data=data
            )
            options = {"category": "gingham", "unit": "piece", "location": str(warehouse.id)}
            services.set_mapping(file_id=import_file.id, mapping=import_file.mapping, options=options)
            file_id = import_file.id
        run_job(file_id, actors.acme_id)
        return file_id

    return upload_and_check


def run_job(file_id: UUID, merchant_id: UUID) -> dict[str, Any]:
    with as_merchant(merchant_id):
        with unit_of_work():
            job_id = queries.get_import(file_id).job_id
        assert job_id is not None
        with jobs.acquire_lease(job_id) as lease:
            assert lease is not None
            return run_import(lease=lease)


def start_and_run(
    file_id: UUID, merchant_id: UUID, mode: ImportMode = ImportMode.ALL_OR_NOTHING, *, submit: bool = False
) -> dict[str, Any]:
    with unit_of_work(), as_merchant(merchant_id):
        services.start_import(file_id=file_id, mode=mode, submit=submit)
    return run_job(file_id, merchant_id)


def get_counts(file_id: UUID, merchant_id: UUID) -> dict[str, Any]:
    with unit_of_work(), as_merchant(merchant_id):
        return dict(queries.get_import(file_id).counts)


def count_products(merchant_id: UUID) -> int:
    with unit_of_work(), as_merchant(merchant_id):
        return db.session.scalar(select(func.count()).select_from(Product)) or 0


def test_check_writes_nothing_and_import_writes_all(check_table: Any, actors: Actors) -> None:
    file_id = check_table(build_csv([valid_row(n) for n in range(1, 13)]))
    assert get_counts(file_id, actors.acme_id)["new"] == 12
    assert count_products(actors.acme_id) == 0
    result = start_and_run(file_id, actors.acme_id)
    assert (result["new"], result["changed"], result["errors"]) == (12, 0, 0)
    with unit_of_work(), as_merchant(actors.acme_id):
        product = catalogue_queries.find_by_skus(["K-7"], merchant_id=actors.acme_id)["K-7"]
        assert product.title == {"zh_Hans": "格子布 7", "en": "Gingham 7"}
        assert [(tier.from_quantity, tier.price) for tier in product.tiers] == [(Decimal(2), 1850), (Decimal(50), 1720)]
        assert product.state is ProductState.DRAFT
        assert product.unit == "metre"
        assert get_available([product.variants[0].id])[product.variants[0].id] == 40


def test_reimport_same_file_changes_nothing(check_table: Any, actors: Actors, record_statements: Any) -> None:
    data = build_csv([valid_row(n) for n in range(1, 9)])
    start_and_run(check_table(data), actors.acme_id)
    result = start_and_run(check_table(data), actors.acme_id)
    assert (result["new"], result["changed"], result["unchanged"]) == (0, 0, 8)
    changed = build_csv([valid_row(1, 单价="19.00"), *(valid_row(n) for n in range(2, 9))])
    result = start_and_run(check_table(changed), actors.acme_id)
    assert (result["new"], result["changed"], result["unchanged"]) == (0, 1, 7)


def test_check_reports_errors_by_row_and_column_in_both_languages(check_table: Any, actors: Actors) -> None:
    rows = [
        valid_row(1),
        valid_row(2, 单价="eighteen"),
        valid_row(3, 货号=""),
        valid_row(4, 起订量="-1"),
        valid_row(5, 单位="光年"),
        valid_row(1),
        valid_row(7, 标题="", 英文标题=""),
        valid_row(8, 单价2="20.00"),
        valid_row(9, 货号="x y"),
        valid_row(10, 单价=""),
        valid_row(11, 库存="many"),
    ]
    file_id = check_table(build_csv(rows))
    with unit_of_work(), as_merchant(actors.acme_id):
        messages_by_cell = {
            (row_error.row, row_error.column): row_error.message
            for row_error in db.session.scalars(queries.errors_stmt(file_id))
        }
    assert set(messages_by_cell) == {
        (3, "单价"),
        (4, "货号"),
        (5, "起订量"),
        (6, "单位"),
        (7, "货号"),
        (8, "标题"),
        (9, "单价2"),
        (10, "货号"),
        (11, "单价"),
        (12, "库存"),
    }
    assert all(
        set(message) == {"zh_Hans", "en"} and message["en"] != message["zh_Hans"] for message in messages_by_cell.values()
    )
    assert get_counts(file_id, actors.acme_id)["errors"] == 10


def test_import_modes_with_row_errors(check_table: Any, actors: Actors) -> None:
    file_id = check_table(build_csv([valid_row(1), valid_row(2, 单价="x"), valid_row(3)]))
    with pytest.raises(Exception, match="import_has_errors"):
        start_and_run(file_id, actors.acme_id, ImportMode.ALL_OR_NOTHING)
    assert count_products(actors.acme_id) == 0
    result = start_and_run(file_id, actors.acme_id, ImportMode.VALID_ROWS)
    assert (result["new"], result["rows_with_errors"]) == (2, 1)
    assert count_products(actors.acme_id) == 2


def test_rows_with_same_reference_become_variants(check_table: Any, actors: Actors) -> None:
    header = ["货号", "款号", "颜色", "标题", "单价"]
    rows = [
        ["A-R", "A", "朱红", "衬衫", "30"],
        ["A-B", "A", "藏青", "衬衫", "32"],
        ["B-1", "B", "", "裙", "50"],
    ]
    result = start_and_run(check_table(build_csv(rows, header)), actors.acme_id)
    assert result["new"] == 2
    with unit_of_work(), as_merchant(actors.acme_id):
        shirt = catalogue_queries.find_by_skus(["A-R"], merchant_id=actors.acme_id)["A-R"]
        assert [variant.label["zh_Hans"] for variant in shirt.variants] == ["朱红", "藏青"]


def test_import_resumes_after_worker_crash(check_table: Any, actors: Actors, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = check_table(build_csv([valid_row(n) for n in range(1, 251)]))
    with unit_of_work(), as_merchant(actors.acme_id):
        services.start_import(file_id=file_id, mode=ImportMode.ALL_OR_NOTHING, submit=False)
    original, calls = jobs.Lease.heartbeat, [0]

    def failing_report(self: jobs.Lease, done: int, total: int) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise MemoryError
        original(self, done, total)

    monkeypatch.setattr(jobs.Lease, "heartbeat", failing_report)
    with pytest.raises(MemoryError):
        run_job(file_id, actors.acme_id)
    assert 0 < count_products(actors.acme_id) < 251
    monkeypatch.setattr(jobs.Lease, "heartbeat", original)
    result = run_job(file_id, actors.acme_id)
    assert (result["new"] + result["unchanged"], count_products(actors.acme_id)) == (250, 250)


def test_import_skus_are_isolated_by_merchant(check_table: Any, actors: Actors) -> None:
    start_and_run(check_table(build_csv([valid_row(1)])), actors.acme_id)
    with unit_of_work():
        assert catalogue_queries.find_by_skus(["K-1"], merchant_id=actors.rival_id) == {}
    with unit_of_work(), as_merchant(actors.rival_id):
        assert db.session.scalars(select(ImportRowError)).all() == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_read_preview_supported_encodings(encoding: str) -> None:
    assert table_reader.read_preview(build_csv([valid_row(1)], encoding=encoding), "x.csv").columns[:2] == ("货号", "标题")


def test_read_preview_xlsx_matches_csv() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADER)
    workbook.active.append(["K-1", "布", None, 18.5, 2, None, None, "米", 40])
    buffer = io.BytesIO()
    workbook.save(buffer)
    preview = table_reader.read_preview(buffer.getvalue(), "goods.xlsx")
    assert preview.samples == (("K-1", "布", "", "18.5", "2", "", "", "米", "40"),)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"),
        (b"a,b\n", "a.csv"),
        (b"PK\x03\x04junk", "a.xlsx"),
        (b"x", "a.exe"),
        (b"a,a\n1,2\n", "a.csv"),
        (b"\xff\x00\xfe\x81" * 9, "a.csv"),
    ],
)
def test_read_preview_invalid_file_is_rejected(ctx: Flask, data: bytes, name: str) -> None:
    with pytest.raises(InvalidImportFile):
        table_reader.read_preview(data, name)


def test_guess_mapping_recognizes_language_headings() -> None:
    """The two headings of a language pair are guessed in the same way (product maintenance, CA1)."""
    headings = ["中文标题", "英文标题", "中文描述", "英文描述"]
    mapping = column_mapping.guess_mapping(headings)
    assert [mapping[heading] for heading in headings] == ["title_zh", "title_en", "description_zh", "description_en"]


def test_guess_mapping_recognizes_common_headings() -> None:
    mapping = column_mapping.guess_mapping(["SKU", "Product Name", "Price (CNY)", "MOQ", "库 存", "whatever"])
    assert mapping == {
        "SKU": "sku",
        "Product Name": "title_en",
        "Price (CNY)": "price",
        "MOQ": "min_quantity",
        "库 存": "stock",
    }


def test_import_pages_content_and_permissions(check_table: Any, actors: Actors) -> None:
    file_id = check_table(build_csv([valid_row(1), valid_row(2, 单价="=cmd|x")]))
    owner, warehouse, rival = actors.owner.client(), actors.warehouse.client(), actors.rival_owner.client()
    base = "/desk/acme/imports"
    assert owner.get(f"{base}/").status_code == 200
    page = owner.get(f"{base}/{file_id}").text
    assert "这里是公式，请直接填写数据。" in page
    assert "A formula stands here." in owner.get(f"{base}/{file_id}", headers={"Accept-Language": "en"}).text
    assert "'=cmd" in owner.get(f"{base}/{file_id}/faults.csv").text
    assert warehouse.get(f"{base}/").status_code == 403
    assert rival.get(f"/desk/rival/imports/{file_id}").status_code == 404
    response = owner.post(f"{base}/", data={"table": (io.BytesIO(b"%PDF-1.4"), "x.pdf")}, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "请选择 CSV 或 XLSX 文件" in response.text
    response = owner.post(f"{base}/{file_id}/match", data={"column-0": "sku"})
    assert response.status_code == 422
    assert "请指出哪一列是价格" in response.text


def test_uploaded_table_is_queued_and_shows_progress(check_table: Any, actors: Actors, app: Flask) -> None:
    owner = actors.owner.client()
    upload_response = owner.post(
        "/desk/acme/imports/",
        data={"table": (io.BytesIO(build_csv([valid_row(1)])), "t.csv")},
        content_type="multipart/form-data",
    )
    file_url = upload_response.headers["Location"]
    form = {f"column-{n}": value for n, value in enumerate(["sku", "title_zh", "title_en", "price"])} | {"category": "gingham"}
    assert owner.post(f"{file_url}/match", data=form).status_code == 303
    assert "hx-trigger" in owner.get(file_url).text
    assert owner.get(f"{file_url}/progress").status_code == 200
    assert "t.csv" in owner.get("/desk/acme/imports/tray").text
    with app.app_context(), unit_of_work(), as_merchant(actors.acme_id):
        assert queries.list_recent_imports(1)[0].state is ImportState.CHECKING


def test_set_mapping_errors_are_rendered_as_whole_sentences(check_table: Any, actors: Actors) -> None:
    """A lazy string is one message; it was once rendered character by character."""
    file_id, owner = check_table(build_csv([valid_row(1)], header=[*HEADER[:-1], "Nobody"])), actors.owner.client()
    page = owner.get(f"/desk/acme/imports/{file_id}").get_data(as_text=True)
    count = page.count('name="column-')
    response = owner.post(f"/desk/acme/imports/{file_id}/match", data={f"column-{n}": "price" for n in range(count)})
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert html.count("请指出哪一列是类目，或为全部行选定一个类目。") == 2
    assert f"“{HEADER[0]}”与“{HEADER[1]}”两列选了同一含义，请只保留一列。" in html


def test_import_skips_title_rows_and_delete_import_removes_file(check_table: Any, actors: Actors, app: Flask) -> None:
    data = "兴隆布行 秋季价目表\n".encode() + build_csv([valid_row(1), valid_row(2)])
    file_id = check_table(data)
    result = start_and_run(file_id, actors.acme_id)
    assert (result["new"], result["errors"], result["rows"]) == (2, 0, 2)
    owner, page = actors.owner.client(), f"/desk/acme/imports/{file_id}"
    with unit_of_work(), as_merchant(actors.acme_id):
        storage_key = queries.get_import(file_id).key
    assert app.extensions["storage"].get(storage_key)
    assert actors.rival_owner.client().post(f"/desk/rival/imports/{file_id}/throw-away").status_code == 404
    assert actors.clerk.client().post(f"{page}/throw-away").status_code == 403
    assert owner.post(f"{page}/throw-away").status_code == 303
    assert owner.get(page).status_code == 404
    assert app.extensions["storage"].get(storage_key) is None
    assert count_products(actors.acme_id) == 2


def test_delete_import_while_running_is_rejected(check_table: Any, actors: Actors) -> None:
    file_id = check_table(build_csv([valid_row(1)]))
    with unit_of_work(), as_merchant(actors.acme_id):
        services.start_import(file_id=file_id, mode=ImportMode.ALL_OR_NOTHING, submit=False)
    assert actors.owner.client().post(f"/desk/acme/imports/{file_id}/throw-away").status_code == 409


def upload_file(actors: Actors) -> ImportFile:
    with unit_of_work(), as_merchant(actors.acme_id):
        return services.upload_file(
            merchant_id=actors.acme_id, account_id=actors.owner.account_id, name="a.csv", data=build_csv([valid_row(1)])
        )


def test_upload_preselects_only_warehouse_for_stock_column(check_table: Any, actors: Actors) -> None:
    with unit_of_work(), as_merchant(actors.acme_id):
        (warehouse,) = list_locations()
    file = upload_file(actors)
    assert file.options == {"location": str(warehouse.id)}
    page = actors.owner.client().get(f"/desk/acme/imports/{file.id}").text
    assert f'<option value="{warehouse.id}" selected>' in page


def test_set_mapping_stock_column_requires_location(check_table: Any, actors: Actors) -> None:
    """With two warehouses the location must be chosen, or that stock is left unchanged."""
    with unit_of_work():
        product_factory.create_warehouse(actors.acme_id, position=2)
    file, owner = upload_file(actors), actors.owner.client()
    form = {f"column-{index}": file.mapping[column] for index, column in enumerate(HEADER)} | {"category": "gingham"}
    location_error = "有一列是库存，请选择对应的仓库，或选择不改动库存。"
    response = owner.post(f"/desk/acme/imports/{file.id}/match", data=form)
    assert (response.status_code, response.text.count(location_error)) == (422, 2)  # above the columns and at its field
    assert 'aria-invalid="true"' in response.text
    for invalid_location in ("nonsense", str(file.id)):
        response = owner.post(f"/desk/acme/imports/{file.id}/match", data={**form, "location": invalid_location})
        assert (response.status_code, "此仓库已停用，请另选一个。" in response.text) == (422, True)
    assert owner.post(f"/desk/acme/imports/{file.id}/match", data={**form, "location": "none"}).status_code == 303
    db.session.remove()
    run_job(file.id, actors.acme_id)
    assert start_and_run(file.id, actors.acme_id)["new"] == 1
    with unit_of_work(), as_merchant(actors.acme_id):
        variant = catalogue_queries.find_by_skus(["K-1"], merchant_id=actors.acme_id)["K-1"].variants[0].id
        assert get_available([variant])[variant] == 0
    form_without_stock = {**form, f"column-{HEADER.index('库存')}": ""}
    assert owner.post(f"/desk/acme/imports/{upload_file(actors).id}/match", data=form_without_stock).status_code == 303


def test_check_formula_without_value_is_reported_as_formula(check_table: Any, actors: Actors) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["货号", "标题", "单价"])
    workbook.active.append(["K-1", "布", "=1+1"])
    buffer = io.BytesIO()
    workbook.save(buffer)
    for data, name in ((buffer.getvalue(), "a.xlsx"), ("货号,标题,单价\nK-1,布,=1+1\n".encode(), "a.csv")):
        file_id = check_table(data, name)
        with unit_of_work(), as_merchant(actors.acme_id):
            (row_error,) = db.session.scalars(queries.errors_stmt(file_id)).all()
        assert (row_error.row, row_error.column, row_error.value) == (2, "单价", "=1+1")
        assert row_error.message["zh_Hans"] == "这里是公式，请直接填写数据。"
