"""A table that names brands: known however they are written; of unknown ones the check says so, and the rows go in (CA1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Brand
from marketplace.importing import queries
from marketplace.kernel.db import db, unit_of_work
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods as make
from tests.marketplace.importing.test_faults import BASE, wake

HEAD = ("货号", "款号", "颜色", "标题", "单价", "品类", "品牌")
ENGLISH = (
    "The market does not know the brand “%s”: the row goes in without it. "
    "Write it as it stands in the list of brands, or leave the cell empty."
)
CHINESE = "市场没有品牌“%s”，该行将不带此品牌导入。请按品牌列表中的名称填写，或将单元格留空。"


@pytest.fixture
def brands(ctx: Flask, cast: Cast) -> dict[str, UUID]:
    """A category and two brands, one of them out of use."""
    with unit_of_work():
        make.category("gingham")
    with unit_of_work(), working_on(Purpose.CONSOLE):
        made = [
            catalogue.open_brand(slug="jinlan", names={"zh_Hans": "锦澜", "en": "Jin Lan Textile"}),
            catalogue.open_brand(slug="old-loom", names={"zh_Hans": "旧机坊", "en": "Old Loom"}),
        ]
        db.session.flush()
        catalogue.close_brand(brand_id=made[1].id)
        return {row.slug: row.id for row in made}


def table(named: Mapping[str, str], *, reference: str = "") -> bytes:
    """One row for each SKU, with the brand that its cell names."""
    buffer = io.StringIO()
    rows = [(sku, reference, sku if reference else "", "格子布", "18.50", "gingham", brand) for sku, brand in named.items()]
    csv.writer(buffer).writerows([HEAD, *rows])
    return buffer.getvalue().encode()


def check(cast: Cast, data: bytes) -> UUID:
    """Sent and matched at the desk; the worker checks it."""
    file_id = send(cast, data)
    wake(file_id, cast.acme_id)
    return file_id


def send(cast: Cast, data: bytes) -> UUID:
    """Sent at the desk, and its columns matched as they were guessed."""
    owner = cast.owner.browser()
    sent = owner.post(f"{BASE}/", data={"table": (io.BytesIO(data), "goods.csv")}, content_type="multipart/form-data")
    file_id = UUID(sent.headers["Location"].rpartition("/")[2])
    with unit_of_work(), acting_for(cast.acme_id):
        mapping = queries.get(file_id).mapping
    form = {f"column-{place}": mapping[column] for place, column in enumerate(HEAD)}
    assert owner.post(f"{BASE}/{file_id}/match", data=form).status_code == 303
    return file_id


def write(cast: Cast, file_id: UUID) -> None:
    """All or nothing was chosen; the worker writes."""
    answer = cast.owner.browser().post(f"{BASE}/{file_id}/start", data={"mode": "all"})
    assert answer.status_code == 303
    wake(file_id, cast.acme_id)


def counts(cast: Cast, file_id: UUID) -> dict[str, Any]:
    with unit_of_work(), acting_for(cast.acme_id):
        return dict(queries.get(file_id).counts)


def borne(cast: Cast, skus: Sequence[str]) -> list[UUID | None]:
    with unit_of_work(), acting_for(cast.acme_id):
        found = queries.goods.by_sku(skus, merchant_id=cast.acme_id)
        return [found[sku].brand_id for sku in skus]


def test_a_brand_is_known_however_it_is_written(cast: Cast, brands: dict[str, UUID]) -> None:
    written = ["锦澜", "jinlan", "JINLAN", " Jin  Lan Textile ", "jin lan textile", "ＪＩＮ　ＬＡＮ　ＴＥＸＴＩＬＥ"]
    named = {f"B-{number}": brand for number, brand in enumerate(written)}
    file_id = check(cast, table(named))
    assert counts(cast, file_id)["remarks"] == 0
    write(cast, file_id)
    assert borne(cast, list(named)) == [brands["jinlan"]] * len(written)


def test_an_unknown_brand_is_said_at_its_cell_and_the_row_goes_in(cast: Cast, brands: dict[str, UUID]) -> None:
    named = {"B-1": "锦澜", "B-2": "Nobody & Sons", "B-3": ""}
    file_id = check(cast, table(named))
    with unit_of_work(), acting_for(cast.acme_id):
        (said,) = db.session.scalars(queries.faults(file_id)).all()
    assert (said.row, said.column, said.value, said.passes) == (3, "品牌", "Nobody & Sons", True)
    assert said.sentence == {"en": ENGLISH % "Nobody & Sons", "zh_Hans": CHINESE % "Nobody & Sons"}
    found = counts(cast, file_id)
    assert (found["new"], found["faults"], found["faulty"], found["remarks"]) == (3, 0, 0, 1)
    owner = cast.owner.browser()
    page = owner.get(f"{BASE}/{file_id}").text
    assert CHINESE % "Nobody &amp; Sons" in page
    assert "每一行都可以导入，请先看下方的提示。" in page
    assert ENGLISH % "Nobody &amp; Sons" in owner.get(f"{BASE}/{file_id}", headers={"Accept-Language": "en"}).text
    assert CHINESE % "Nobody & Sons" in owner.get(f"{BASE}/{file_id}/faults.csv").get_data().decode()
    write(cast, file_id)
    assert borne(cast, list(named)) == [brands["jinlan"], None, None]
    assert CHINESE % "Nobody &amp; Sons" in owner.get(f"{BASE}/{file_id}").text


def test_faults_come_first_and_a_faulty_row_hears_of_its_brand_too(cast: Cast, brands: dict[str, UUID]) -> None:
    data = table({"B-1": "Nobody", "B-2": "Nobody"}).replace("B-2,,,格子布,18.50".encode(), "B-2,,,格子布,x".encode())
    file_id = check(cast, data)
    with unit_of_work(), acting_for(cast.acme_id):
        said = [(one.row, one.column, one.passes) for one in db.session.scalars(queries.faults(file_id))]
    assert said == [(3, "单价", False), (2, "品牌", True), (3, "品牌", True)]
    page = cast.owner.browser().get(f"{BASE}/{file_id}").text
    assert "错误与提示" in page
    assert "每一行都可以导入" not in page


def test_a_cell_with_a_formula_is_one_fault_and_no_brand(cast: Cast, brands: dict[str, UUID]) -> None:
    file_id = check(cast, table({"B-1": "=A2"}))
    found = counts(cast, file_id)
    assert (found["faults"], found["remarks"]) == (1, 0)


def test_a_brand_that_is_not_understood_takes_none_away(cast: Cast, brands: dict[str, UUID]) -> None:
    write(cast, check(cast, table({"B-1": "锦澜"})))
    write(cast, check(cast, table({"B-1": "锦斓"})))
    assert borne(cast, ["B-1"]) == [brands["jinlan"]]
    write(cast, check(cast, table({"B-1": ""})))
    assert borne(cast, ["B-1"]) == [brands["jinlan"]]


def test_a_brand_out_of_use_is_known_to_who_bears_it(cast: Cast, brands: dict[str, UUID]) -> None:
    with unit_of_work():
        assert "old loom" not in queries.brands(cast.acme_id)
        make.product(cast.rival_id, brand_id=brands["old-loom"])
    assert counts(cast, check(cast, table({"B-1": "old-loom"})))["remarks"] == 1
    with unit_of_work():
        make.product(cast.acme_id, brand_id=brands["old-loom"])
    file_id = check(cast, table({"B-1": "old-loom"}))
    assert counts(cast, file_id)["remarks"] == 0
    write(cast, file_id)
    assert borne(cast, ["B-1"]) == [brands["old-loom"]]


def test_the_rows_of_one_product_share_the_brand_that_the_first_names(cast: Cast, brands: dict[str, UUID]) -> None:
    write(cast, check(cast, table({"B-1": "", "B-2": "锦澜"}, reference="R-1")))
    assert borne(cast, ["B-1", "B-2"]) == [brands["jinlan"]] * 2


def test_brands_are_read_in_one_statement_for_a_whole_file(cast: Cast, brands: dict[str, UUID], statements: Any) -> None:
    data = table({f"B-{number}": "锦澜" if number % 2 else "Nobody" for number in range(250)})
    file_id = send(cast, data)
    with statements() as said:
        wake(file_id, cast.acme_id)
    assert len([statement for statement in said if "FROM brands" in statement]) == 1
    assert counts(cast, file_id)["remarks"] == 125


def test_a_long_and_broken_name_is_said_shortly(cast: Cast, brands: dict[str, UUID]) -> None:
    file_id = check(cast, table({"B-1": "长" * 300}))
    with unit_of_work(), acting_for(cast.acme_id):
        (said,) = db.session.scalars(queries.faults(file_id)).all()
    assert said.sentence["zh_Hans"] == CHINESE % ("长" * 60)
    assert len(said.value) == 200


def test_a_market_without_brands_takes_the_table(cast: Cast, brands: dict[str, UUID], superuser: Any) -> None:
    with superuser.begin() as connection:
        connection.execute(delete(Brand))
    file_id = check(cast, table({"B-1": "锦澜"}))
    assert counts(cast, file_id)["remarks"] == 1
    write(cast, file_id)
    assert borne(cast, ["B-1"]) == [None]
