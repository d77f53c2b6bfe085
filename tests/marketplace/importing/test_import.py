"""A merchant's table, from sending to the shelf: faults by row and column, all or nothing, the same file twice (CA1)."""

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

from marketplace.catalogue import queries as goods
from marketplace.catalogue.models import Product, ProductState
from marketplace.importing import columns, queries, reading, services
from marketplace.importing.errors import FileRefused
from marketplace.importing.models import ImportFault, ImportFile, ImportMode, ImportState
from marketplace.importing.services.working import work
from marketplace.inventory.queries import available, locations
from marketplace.kernel import jobs
from marketplace.kernel.db import db, unit_of_work
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods as make

HEAD = ["货号", "标题", "英文标题", "单价", "起订量", "单价2", "数量2", "单位", "库存"]


def table(rows: list[list[str]], head: list[str] = HEAD, encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([head, *rows])
    return buffer.getvalue().encode(encoding)


def good(number: int, **changes: str) -> list[str]:
    row = dict(
        zip(
            HEAD, [f"K-{number}", f"格子布 {number}", f"Gingham {number}", "18.50", "2", "17.20", "50", "米", "40"], strict=True
        )
    )
    return list((row | changes).values())


@pytest.fixture
def desk(ctx: Flask, cast: Cast) -> Callable[..., Any]:
    """Send a table and let the worker check it; or let it import what was checked."""
    with unit_of_work():
        make.category("gingham")
        warehouse = make.warehouse(cast.acme_id)

    def check(data: bytes, name: str = "goods.csv") -> UUID:
        with unit_of_work(), acting_for(cast.acme_id):
            file = services.receive(merchant_id=cast.acme_id, account_id=cast.owner.account_id, name=name, data=data)
            options = {"category": "gingham", "unit": "piece", "location": str(warehouse.id)}
            services.match(file_id=file.id, mapping=file.mapping, options=options)
            file_id = file.id
        run(file_id, cast.acme_id)
        return file_id

    return check


def run(file_id: UUID, merchant_id: UUID) -> dict[str, Any]:
    with acting_for(merchant_id):
        with unit_of_work():
            job_id = queries.get(file_id).job_id
        assert job_id is not None
        with jobs.claim(job_id) as lease:
            assert lease is not None
            return work(lease=lease)


def write(file_id: UUID, merchant_id: UUID, mode: ImportMode = ImportMode.ALL, *, submit: bool = False) -> dict[str, Any]:
    with unit_of_work(), acting_for(merchant_id):
        services.start(file_id=file_id, mode=mode, submit=submit)
    return run(file_id, merchant_id)


def counts(file_id: UUID, merchant_id: UUID) -> dict[str, Any]:
    with unit_of_work(), acting_for(merchant_id):
        return dict(queries.get(file_id).counts)


def products(merchant_id: UUID) -> int:
    with unit_of_work(), acting_for(merchant_id):
        return db.session.scalar(select(func.count()).select_from(Product)) or 0


def test_checking_writes_nothing_and_importing_writes_all(desk: Any, cast: Cast) -> None:
    file_id = desk(table([good(n) for n in range(1, 13)]))
    assert counts(file_id, cast.acme_id)["new"] == 12
    assert products(cast.acme_id) == 0
    result = write(file_id, cast.acme_id)
    assert (result["new"], result["changed"], result["faults"]) == (12, 0, 0)
    with unit_of_work(), acting_for(cast.acme_id):
        found = goods.by_sku(["K-7"], merchant_id=cast.acme_id)["K-7"]
        assert found.title == {"zh_Hans": "格子布 7", "en": "Gingham 7"}
        assert [(tier.from_quantity, tier.price) for tier in found.tiers] == [(Decimal(2), 1850), (Decimal(50), 1720)]
        assert found.state is ProductState.DRAFT
        assert found.unit == "metre"
        assert available([found.variants[0].id])[found.variants[0].id] == 40


def test_the_same_file_again_changes_nothing(desk: Any, cast: Cast, statements: Any) -> None:
    data = table([good(n) for n in range(1, 9)])
    write(desk(data), cast.acme_id)
    result = write(desk(data), cast.acme_id)
    assert (result["new"], result["changed"], result["same"]) == (0, 0, 8)
    changed = table([good(1, 单价="19.00"), *(good(n) for n in range(2, 9))])
    result = write(desk(changed), cast.acme_id)
    assert (result["new"], result["changed"], result["same"]) == (0, 1, 7)


def test_every_fault_is_said_at_its_row_and_column_in_both_languages(desk: Any, cast: Cast) -> None:
    rows = [
        good(1),
        good(2, 单价="eighteen"),
        good(3, 货号=""),
        good(4, 起订量="-1"),
        good(5, 单位="光年"),
        good(1),
        good(7, 标题="", 英文标题=""),
        good(8, 单价2="20.00"),
        good(9, 货号="x y"),
        good(10, 单价=""),
        good(11, 库存="many"),
    ]
    file_id = desk(table(rows))
    with unit_of_work(), acting_for(cast.acme_id):
        found = {(one.row, one.column): one.sentence for one in db.session.scalars(queries.faults(file_id))}
    assert set(found) == {
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
    assert all(set(sentence) == {"zh_Hans", "en"} and sentence["en"] != sentence["zh_Hans"] for sentence in found.values())
    assert counts(file_id, cast.acme_id)["faults"] == 10


def test_all_or_nothing_and_the_good_rows(desk: Any, cast: Cast) -> None:
    file_id = desk(table([good(1), good(2, 单价="x"), good(3)]))
    with pytest.raises(Exception, match="FaultsLeft"):
        write(file_id, cast.acme_id, ImportMode.ALL)
    assert products(cast.acme_id) == 0
    result = write(file_id, cast.acme_id, ImportMode.GOOD)
    assert (result["new"], result["faulty"]) == (2, 1)
    assert products(cast.acme_id) == 2


def test_rows_with_one_product_number_are_variants(desk: Any, cast: Cast) -> None:
    head = ["货号", "款号", "颜色", "标题", "单价"]
    rows = [
        ["A-R", "A", "朱红", "衬衫", "30"],
        ["A-B", "A", "藏青", "衬衫", "32"],
        ["B-1", "B", "", "裙", "50"],
    ]
    result = write(desk(table(rows, head)), cast.acme_id)
    assert result["new"] == 2
    with unit_of_work(), acting_for(cast.acme_id):
        shirt = goods.by_sku(["A-R"], merchant_id=cast.acme_id)["A-R"]
        assert [variant.label["zh_Hans"] for variant in shirt.variants] == ["朱红", "藏青"]


def test_a_worker_that_dies_is_followed_by_another(desk: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = desk(table([good(n) for n in range(1, 251)]))
    with unit_of_work(), acting_for(cast.acme_id):
        services.start(file_id=file_id, mode=ImportMode.ALL, submit=False)
    original, calls = jobs.Lease.report, [0]

    def dying(self: jobs.Lease, done: int, total: int) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise MemoryError
        original(self, done, total)

    monkeypatch.setattr(jobs.Lease, "report", dying)
    with pytest.raises(MemoryError):
        run(file_id, cast.acme_id)
    assert 0 < products(cast.acme_id) < 251
    monkeypatch.setattr(jobs.Lease, "report", original)
    result = run(file_id, cast.acme_id)
    assert (result["new"] + result["same"], products(cast.acme_id)) == (250, 250)


def test_another_merchants_skus_are_its_own(desk: Any, cast: Cast) -> None:
    write(desk(table([good(1)])), cast.acme_id)
    with unit_of_work():
        assert goods.by_sku(["K-1"], merchant_id=cast.rival_id) == {}
    with unit_of_work(), acting_for(cast.rival_id):
        assert db.session.scalars(select(ImportFault)).all() == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_the_trade(encoding: str) -> None:
    assert reading.head(table([good(1)], encoding=encoding), "x.csv").columns[:2] == ("货号", "标题")


def test_a_spreadsheet_reads_like_a_csv() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    book.active.append(["K-1", "布", None, 18.5, 2, None, None, "米", 40])
    buffer = io.BytesIO()
    book.save(buffer)
    found = reading.head(buffer.getvalue(), "goods.xlsx")
    assert found.samples == (("K-1", "布", "", "18.5", "2", "", "", "米", "40"),)


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
def test_files_that_are_no_tables_are_refused(ctx: Flask, data: bytes, name: str) -> None:
    with pytest.raises(FileRefused):
        reading.head(data, name)


def test_headings_that_name_their_language_are_known() -> None:
    """CA1: the two halves of a pair are guessed alike."""
    headings = ["中文标题", "英文标题", "中文描述", "英文描述"]
    found = columns.guess(headings)
    assert [found[heading] for heading in headings] == ["title_zh", "title_en", "description_zh", "description_en"]


def test_headings_are_guessed() -> None:
    found = columns.guess(["SKU", "Product Name", "Price (CNY)", "MOQ", "库 存", "whatever"])
    assert found == {"SKU": "sku", "Product Name": "title_en", "Price (CNY)": "price", "MOQ": "min_quantity", "库 存": "stock"}


def test_the_pages(desk: Any, cast: Cast) -> None:
    file_id = desk(table([good(1), good(2, 单价="=cmd|x")]))
    owner, warehouse, rival = cast.owner.browser(), cast.warehouse.browser(), cast.rival_owner.browser()
    base = "/desk/acme/imports"
    assert owner.get(f"{base}/").status_code == 200
    page = owner.get(f"{base}/{file_id}").text
    assert "这里是公式，请直接填写数据。" in page
    assert "A formula stands here." in owner.get(f"{base}/{file_id}", headers={"Accept-Language": "en"}).text
    assert "'=cmd" in owner.get(f"{base}/{file_id}/faults.csv").text
    assert warehouse.get(f"{base}/").status_code == 403
    assert rival.get(f"/desk/rival/imports/{file_id}").status_code == 404
    answer = owner.post(f"{base}/", data={"table": (io.BytesIO(b"%PDF-1.4"), "x.pdf")}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选择 CSV 或 XLSX 文件" in answer.text
    answer = owner.post(f"{base}/{file_id}/match", data={"column-0": "sku"})
    assert answer.status_code == 422
    assert "请指出哪一列是价格" in answer.text


def test_a_table_sent_at_the_desk_waits_for_a_worker(desk: Any, cast: Cast, app: Flask) -> None:
    owner = cast.owner.browser()
    sent = owner.post(
        "/desk/acme/imports/", data={"table": (io.BytesIO(table([good(1)])), "t.csv")}, content_type="multipart/form-data"
    )
    place = sent.headers["Location"]
    form = {f"column-{n}": value for n, value in enumerate(["sku", "title_zh", "title_en", "price"])} | {"category": "gingham"}
    assert owner.post(f"{place}/match", data=form).status_code == 303
    assert "hx-trigger" in owner.get(place).text
    assert owner.get(f"{place}/progress").status_code == 200
    assert "t.csv" in owner.get("/desk/acme/imports/tray").text
    with app.app_context(), unit_of_work(), acting_for(cast.acme_id):
        assert queries.recent(1)[0].state is ImportState.CHECKING


def test_what_is_wrong_with_the_columns_is_said_in_whole_sentences(desk: Any, cast: Cast) -> None:
    """A lazy sentence is one sentence: it was once set letter by letter beside its field."""
    file_id, owner = desk(table([good(1)], head=[*HEAD[:-1], "Nobody"])), cast.owner.browser()
    page = owner.get(f"/desk/acme/imports/{file_id}").get_data(as_text=True)
    count = page.count('name="column-')
    answer = owner.post(f"/desk/acme/imports/{file_id}/match", data={f"column-{n}": "price" for n in range(count)})
    said = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said.count("请指出哪一列是类目，或为全部行选定一个类目。") == 2
    assert f"“{HEAD[0]}”与“{HEAD[1]}”两列选了同一含义，请只保留一列。" in said


def test_a_title_above_the_headings_and_throwing_the_table_away(desk: Any, cast: Cast, app: Flask) -> None:
    data = "兴隆布行 秋季价目表\n".encode() + table([good(1), good(2)])
    file_id = desk(data)
    result = write(file_id, cast.acme_id)
    assert (result["new"], result["faults"], result["rows"]) == (2, 0, 2)
    owner, page = cast.owner.browser(), f"/desk/acme/imports/{file_id}"
    with unit_of_work(), acting_for(cast.acme_id):
        key = queries.get(file_id).key
    assert app.extensions["storage"].get(key)
    assert cast.rival_owner.browser().post(f"/desk/rival/imports/{file_id}/throw-away").status_code == 404
    assert cast.clerk.browser().post(f"{page}/throw-away").status_code == 403
    assert owner.post(f"{page}/throw-away").status_code == 303
    assert owner.get(page).status_code == 404
    assert app.extensions["storage"].get(key) is None
    assert products(cast.acme_id) == 2


def test_a_table_that_is_being_worked_on_is_not_thrown_away(desk: Any, cast: Cast) -> None:
    file_id = desk(table([good(1)]))
    with unit_of_work(), acting_for(cast.acme_id):
        services.start(file_id=file_id, mode=ImportMode.ALL, submit=False)
    assert cast.owner.browser().post(f"/desk/acme/imports/{file_id}/throw-away").status_code == 409


def arrived(cast: Cast) -> ImportFile:
    with unit_of_work(), acting_for(cast.acme_id):
        return services.receive(merchant_id=cast.acme_id, account_id=cast.owner.account_id, name="a.csv", data=table([good(1)]))


def test_the_only_warehouse_is_chosen_for_a_stock_column(desk: Any, cast: Cast) -> None:
    with unit_of_work(), acting_for(cast.acme_id):
        (only,) = locations()
    file = arrived(cast)
    assert file.options == {"location": str(only.id)}
    page = cast.owner.browser().get(f"/desk/acme/imports/{file.id}").text
    assert f'<option value="{only.id}" selected>' in page


def test_a_stock_column_is_not_passed_over_in_silence(desk: Any, cast: Cast) -> None:
    """With two warehouses nobody can guess: it is asked at the field; who wants stock left alone says so."""
    with unit_of_work():
        make.warehouse(cast.acme_id, position=2)
    file, owner = arrived(cast), cast.owner.browser()
    form = {f"column-{place}": file.mapping[column] for place, column in enumerate(HEAD)} | {"category": "gingham"}
    asked = "有一列是库存，请选择对应的仓库，或选择不改动库存。"
    answer = owner.post(f"/desk/acme/imports/{file.id}/match", data=form)
    assert (answer.status_code, answer.text.count(asked)) == (422, 2)  # above the columns, and at its field
    assert 'aria-invalid="true"' in answer.text
    for foreign in ("nonsense", str(file.id)):
        answer = owner.post(f"/desk/acme/imports/{file.id}/match", data={**form, "location": foreign})
        assert (answer.status_code, "此仓库已停用，请另选一个。" in answer.text) == (422, True)
    assert owner.post(f"/desk/acme/imports/{file.id}/match", data={**form, "location": "none"}).status_code == 303
    db.session.remove()
    run(file.id, cast.acme_id)
    assert write(file.id, cast.acme_id)["new"] == 1
    with unit_of_work(), acting_for(cast.acme_id):
        variant = goods.by_sku(["K-1"], merchant_id=cast.acme_id)["K-1"].variants[0].id
        assert available([variant])[variant] == 0
    without = {**form, f"column-{HEAD.index('库存')}": ""}
    assert owner.post(f"/desk/acme/imports/{arrived(cast).id}/match", data=without).status_code == 303


def test_a_formula_is_told_from_a_missing_price(desk: Any, cast: Cast) -> None:
    book = openpyxl.Workbook()
    book.active.append(["货号", "标题", "单价"])
    book.active.append(["K-1", "布", "=1+1"])
    buffer = io.BytesIO()
    book.save(buffer)
    for data, name in ((buffer.getvalue(), "a.xlsx"), ("货号,标题,单价\nK-1,布,=1+1\n".encode(), "a.csv")):
        file_id = desk(data, name)
        with unit_of_work(), acting_for(cast.acme_id):
            (fault,) = db.session.scalars(queries.faults(file_id)).all()
        assert (fault.row, fault.column, fault.value) == (2, "单价", "=1+1")
        assert fault.sentence["zh_Hans"] == "这里是公式，请直接填写数据。"
