"""Three hundred good rows and fifty planted faults: fifty messages, each at its row and column, in both languages (CA1)."""

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
from marketplace.importing import queries, tasks
from marketplace.importing.models import ImportState
from marketplace.inventory.queries import available
from marketplace.kernel.background import celery
from marketplace.kernel.db import db, unit_of_work
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods as make

BASE = "/desk/acme/imports"
CHINESE = re.compile("[\u4e00-\u9fff]")
COLUMNS = {
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
BEYOND = f"#{len(COLUMNS) + 1}"
PLANTED: Sequence[tuple[str, str]] = (  # the column, and what stands there instead of the right thing
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
    (BEYOND, "滑出来的一格"),
)
GOOD = 300


def row(number: int) -> dict[str, str]:
    """A row without a fault."""
    names = f"K-{number}||朱红|格子布 {number}|Gingham {number}|gingham"
    figures = f"18.50|米|2|5000|1|17.20|50|16.00|500|40|220|69{number:011d}|7"
    return dict(zip(COLUMNS, f"{names}|{figures}|精梳棉。|棉|120|是".split("|"), strict=True))


def lines() -> tuple[list[list[str]], dict[int, str]]:
    """The table below its headings, the faults strewn over it; and at which row which column is wrong."""
    made, wrong = [], {}
    planted = iter(enumerate(PLANTED))
    for number in range(1, GOOD + 1):
        made.append(list(row(number).values()))
        if number % 6 == 0 and (fault := next(planted, None)):
            place, (column, value) = fault
            cells = row(9000 + place) | ({} if column == BEYOND else {column: value})
            made.append([*cells.values(), *([value] if column == BEYOND else [])])
            wrong[len(made) + 1] = column
    return made, wrong


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([list(COLUMNS), *table])
    return buffer.getvalue().encode()


def as_xlsx(table: Sequence[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(COLUMNS))
    for cells in table:
        sheet.append([_typed(sheet, cell) for cell in cells])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _typed(sheet: Any, text: str) -> Any:
    """Numbers as numbers, the rest as text; what looks like a formula is a text cell that looks like one."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        cell = openpyxl.cell.WriteOnlyCell(sheet, value=text)
        cell.data_type = "s"
        return cell


def through(owner: FlaskClient, cast: Cast, data: bytes, name: str) -> UUID:
    """Send a table at the desk, match its columns, let the worker check it."""
    with unit_of_work():
        make.category("gingham", attributes=True)
        place = make.warehouse(cast.acme_id)
    sent = owner.post(f"{BASE}/", data={"table": (io.BytesIO(data), name)}, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    file_id = UUID(sent.headers["Location"].rpartition("/")[2])
    form = {f"column-{number}": target for number, target in enumerate(COLUMNS.values())}
    answer = owner.post(f"{BASE}/{file_id}/match", data={**form, "category": "", "unit": "metre", "location": str(place.id)})
    assert answer.status_code == 303, answer.text
    wake(file_id, cast.acme_id)
    return file_id


def wake(file_id: UUID, merchant_id: UUID) -> None:
    """The worker takes the task as the broker would hand it over."""
    with unit_of_work(), acting_for(merchant_id):
        job_id = queries.get(file_id).job_id
    done = celery.tasks[tasks.work.name].apply(args=[str(job_id)], headers={"scope": {"merchant": str(merchant_id)}})
    assert done.successful(), done.traceback


def products(merchant_id: UUID) -> int:
    with unit_of_work(), acting_for(merchant_id):
        return db.session.scalar(select(func.count()).select_from(Product)) or 0


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_fifty_faults_are_fifty_messages(ctx: Flask, cast: Cast, ending: str) -> None:
    assert len(PLANTED) == 50
    owner = cast.owner.browser()
    table, wrong = lines()
    file_id = through(owner, cast, as_csv(table) if ending == "csv" else as_xlsx(table), f"goods.{ending}")
    with unit_of_work(), acting_for(cast.acme_id):
        found = db.session.scalars(queries.faults(file_id)).all()
        counts = dict(queries.get(file_id).counts)
    assert sorted((one.row, one.column) for one in found) == sorted(wrong.items())
    assert (counts["rows"], counts["faults"], counts["faulty"], counts["new"]) == (350, 50, 50, 300)
    for one in found:
        assert set(one.sentence) == {"zh_Hans", "en"}
        assert CHINESE.search(one.sentence["zh_Hans"]), one.sentence
        assert not CHINESE.search(one.sentence["en"].replace(one.value, "")), one.sentence
    # All or nothing: it says why not, and nothing is there.
    page = owner.post(f"{BASE}/{file_id}/start", data={"mode": "all"}, follow_redirects=True).text
    assert "文件里有错误，而您选择了全部导入或都不导入。" in page
    assert products(cast.acme_id) == 0
    # The good rows: all of them, and none of the others.
    assert owner.post(f"{BASE}/{file_id}/start", data={"mode": "good"}).status_code == 303
    wake(file_id, cast.acme_id)
    assert products(cast.acme_id) == GOOD
    with unit_of_work(), acting_for(cast.acme_id):
        file = queries.get(file_id)
        assert (file.state, file.counts["new"]) == (ImportState.DONE, GOOD)
        assert len(db.session.scalars(queries.faults(file_id)).all()) == 50


def test_the_list_of_faults_is_whole_in_both_languages(ctx: Flask, cast: Cast) -> None:
    """Every message of a table with more faults than a page holds, to work through."""
    owner = cast.owner.browser()
    table = [list((row(number) | {"单价": "x"}).values()) for number in range(230)]
    file_id = through(owner, cast, as_csv(table), "goods.csv")
    for language, words in (("zh-CN", "请填写类似 18.50 的价格。"), ("en", "Enter a price such as 18.50.")):
        answer = owner.get(f"{BASE}/{file_id}/faults.csv", headers={"Accept-Language": language})
        listed = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        assert len(listed) == 231
        assert [line[1:] for line in listed[1:]] == [["单价", "x", words]] * 230


def test_several_faults_of_one_row_are_said_together(ctx: Flask, cast: Cast) -> None:
    owner = cast.owner.browser()
    wrong = {"单价": "x", "标题": "长" * 201, "克重": "5", "起订量": "-1", "品类": "gingham", "交期": "soon"}
    file_id = through(owner, cast, as_csv([list((row(1) | wrong).values())]), "goods.csv")
    with unit_of_work(), acting_for(cast.acme_id):
        found = {one.column for one in db.session.scalars(queries.faults(file_id))}
    assert found == {"单价", "标题", "克重", "起订量", "交期"}


@pytest.fixture
def shelf(ctx: Flask, cast: Cast) -> Shelf:
    """Two products that came in by a table, and the place where forty of each lie."""
    owner = cast.owner.browser()
    first = through(owner, cast, as_csv([list(row(1).values()), list(row(2).values())]), "goods.csv")
    owner.post(f"{BASE}/{first}/start", data={"mode": "all"})
    wake(first, cast.acme_id)
    with unit_of_work(), acting_for(cast.acme_id):
        found = queries.goods.by_sku(["K-1", "K-2"], merchant_id=cast.acme_id)
        ids = {sku: found[sku].variants[0].id for sku in ("K-1", "K-2")}
        return Shelf(cast, owner, str(queries.get(first).options["location"]), ids)


@dataclass(frozen=True)
class Shelf:
    """Goods at a place, and the desk from which tables are sent for them."""

    cast: Cast
    owner: FlaskClient
    place: str
    ids: dict[str, UUID]

    def promise(self, sku: str, quantity: int) -> None:
        """A buyer orders so many."""
        with unit_of_work(), working_on(Purpose.CHECKOUT):
            line = make.stock.HoldLine(variant_id=self.ids[sku], quantity=Decimal(quantity))
            make.stock.hold(cause=f"an order of {sku}", lines=[line], until=make.soon())

    def check(self, *changes: dict[str, str]) -> UUID:
        """Rows 1, 2 … with these changes, sent and checked."""
        table = as_csv([list((row(number) | one).values()) for number, one in enumerate(changes, start=1)])
        sent = self.owner.post(f"{BASE}/", data={"table": (io.BytesIO(table), "goods.csv")}, content_type="multipart/form-data")
        file_id = UUID(sent.headers["Location"].rpartition("/")[2])
        form = {f"column-{number}": target for number, target in enumerate(COLUMNS.values())}
        self.owner.post(f"{BASE}/{file_id}/match", data={**form, "unit": "metre", "location": self.place})
        wake(file_id, self.cast.acme_id)
        return file_id

    def start(self, file_id: UUID, mode: str) -> str:
        """Write it; the page that follows."""
        page = self.owner.post(f"{BASE}/{file_id}/start", data={"mode": mode}, follow_redirects=True).text
        wake(file_id, self.cast.acme_id)
        return page

    def faults(self, file_id: UUID) -> list[tuple[int, str, str, str]]:
        with unit_of_work(), acting_for(self.cast.acme_id):
            found = db.session.scalars(queries.faults(file_id)).all()
            assert not any(CHINESE.search(one.sentence["en"]) for one in found)
            return [(one.row, one.column, one.value, one.sentence["zh_Hans"]) for one in found]

    def titles(self) -> list[str]:
        db.session.remove()
        with unit_of_work(), acting_for(self.cast.acme_id):
            found = queries.goods.by_sku(list(self.ids), merchant_id=self.cast.acme_id)
            return [found[sku].title["zh_Hans"] for sku in self.ids]

    def free(self) -> list[int]:
        db.session.remove()
        with unit_of_work(), acting_for(self.cast.acme_id):
            return [int(available([one])[one]) for one in self.ids.values()]


PROMISED = "此处已为买家预留 10，数量不能低于它。"


def test_the_check_knows_what_is_promised_and_all_or_nothing_writes_nothing(shelf: Shelf) -> None:
    shelf.promise("K-1", 10)
    file_id = shelf.check({"库存": "3", "标题": "新名 1"}, {"库存": "60", "标题": "新名 2"})
    assert shelf.faults(file_id) == [(2, "库存", "3", PROMISED)]
    refused = shelf.owner.post(f"{BASE}/{file_id}/start", data={"mode": "all"}, follow_redirects=True).text
    assert "文件里有错误，而您选择了全部导入或都不导入。" in refused
    assert (shelf.titles(), shelf.free()) == (["格子布 1", "格子布 2"], [30, 40])
    shelf.start(file_id, "good")
    assert (shelf.titles(), shelf.free()) == (["格子布 1", "新名 2"], [30, 60])
    assert shelf.faults(file_id) == [(2, "库存", "3", PROMISED)]
    assert "写入期间" not in shelf.owner.get(f"{BASE}/{file_id}").text


def test_what_only_writing_shows_is_said_and_nothing_of_its_row_is_written(shelf: Shelf) -> None:
    """A buyer orders between the check and the writing: the rest comes in, this row is named and stays as it was."""
    file_id = shelf.check({"库存": "3", "标题": "新名 1", "单价": "18.00"}, {"库存": "60", "标题": "新名 2"})
    assert shelf.faults(file_id) == []
    shelf.promise("K-1", 10)
    shelf.start(file_id, "all")
    assert shelf.faults(file_id) == [(2, "库存", "3", PROMISED)]
    assert (shelf.titles(), shelf.free()) == (["格子布 1", "新名 2"], [30, 60])
    page = shelf.owner.get(f"{BASE}/{file_id}").text
    assert "写入期间，有 1 行被退回" in page


def test_as_few_as_are_promised_may_lie_there(shelf: Shelf) -> None:
    shelf.promise("K-1", 10)
    file_id = shelf.check({"库存": "10"})
    assert shelf.faults(file_id) == []
    shelf.start(file_id, "all")
    assert shelf.free() == [0, 40]
