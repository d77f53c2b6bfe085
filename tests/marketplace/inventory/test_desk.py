"""Stock at the merchant's desk (IN1, IN2, IN4, IN5)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.inventory import queries
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from tenants.market.queries import people_at
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods

HOME = "/desk/acme/stock"


@pytest.fixture
def cloth(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        made = goods.product(cast.acme_id, on_hand=10)
    db.session.remove()
    return made


def place_of(cast: Cast) -> str:
    with unit_of_work(), acting_for(cast.acme_id):
        return str(queries.locations()[0].id)


def free(variant: Any) -> int:
    db.session.remove()
    with unit_of_work():
        return int(queries.available([variant])[variant])


def test_booked_from_the_form_and_told_in_the_timeline(cloth: Product, cast: Cast) -> None:
    variant, place = cloth.variants[0].id, place_of(cast)
    browser = cast.warehouse.browser()
    for deed, quantity, expected in (("receive", "5", 15), ("write_off", "3", 12), ("correct", "47", 47)):
        form = {"quantity": quantity, "location": place, "note": "月末盘点"}
        assert browser.post(f"{HOME}/{variant}/{deed}", data=form).status_code == 303
        assert free(variant) == expected
    page = browser.get(f"{HOME}/{variant}").get_data(as_text=True)
    assert "为什么是 47" in page
    assert "核销 −3" in page
    assert browser.get(f"{HOME}/book").get_data(as_text=True).count("月末盘点") == 3


def test_the_book_is_searched_by_goods_and_days_and_says_what_came_in_and_went_out(cloth: Product, cast: Cast) -> None:
    with unit_of_work():
        other = goods.product(cast.acme_id, title={"zh_Hans": "亚麻里布"}, on_hand=30)
    variant, place, browser = cloth.variants[0].id, place_of(cast), cast.warehouse.browser()
    form = {"location": place, "note": "受潮"}
    browser.post(f"{HOME}/{variant}/write_off", data=form | {"quantity": "3"})
    whole = browser.get(f"{HOME}/book").get_data(as_text=True)
    assert "近 30 天的出入库" in whole
    assert re.search(r'核销</span><span class="v">1 笔</span><span class="d">-3 ', whole)
    assert "亚麻里布" in whole
    one = browser.get(f"{HOME}/book", query_string={"q": cloth.variants[0].sku}).get_data(as_text=True)
    assert "亚麻里布" not in one
    today = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    days = {"since": str(today), "until": str(today)}
    assert "亚麻里布" in browser.get(f"{HOME}/book", query_string=days).get_data(as_text=True)
    past = {"until": str(today - timedelta(days=1))}
    assert "亚麻里布" not in browser.get(f"{HOME}/book", query_string=past).get_data(as_text=True)
    assert browser.get(f"{HOME}/book", query_string={"since": "gestern", "until": "9999-99-99"}).status_code == 200
    assert other.variants[0].id != variant


@pytest.mark.parametrize(("deed", "left"), [("receive", 15), ("write_off", 5), ("transfer", 10)])
def test_the_same_form_sent_twice_is_booked_once(cloth: Product, cast: Cast, deed: str, left: int) -> None:
    variant, browser = cloth.variants[0].id, cast.warehouse.browser()
    cast.owner.browser().post(f"{HOME}/places", data={"name": "二号仓"})
    with unit_of_work(), acting_for(cast.acme_id):
        target = next(str(place.id) for place in queries.locations() if str(place.id) != place_of(cast))
    section = browser.get(f"{HOME}/{variant}").text.partition(f'id="{deed}"')[2]
    key = re.search(r'name="key" value="([^"]+)"', section.partition("</form>")[0])
    assert key
    form = {"quantity": "5", "location": place_of(cast), "target": target, "note": "盘点", "key": key[1]}
    for _again in range(2):
        page = browser.post(f"{HOME}/{variant}/{deed}", data=form, follow_redirects=True).text
    assert "这笔已经登记过，没有重复登记。" in page
    assert free(variant) == left
    with unit_of_work(), acting_for(cast.acme_id):
        lying = {str(level.location_id): level.on_hand for level in queries.levels_of([variant])}
    assert lying.get(target, 0) == (5 if deed == "transfer" else 0)


def test_one_page_books_more_than_one_deed(cloth: Product, cast: Cast) -> None:
    """Somebody goes back to the page as it was and does something else with it."""
    variant, browser = cloth.variants[0].id, cast.warehouse.browser()
    key = re.search(r'name="key" value="([^"]+)"', browser.get(f"{HOME}/{variant}").text)
    assert key
    form = {"quantity": "5", "location": place_of(cast), "note": "受潮", "key": key[1]}
    for deed in ("receive", "write_off"):
        assert browser.post(f"{HOME}/{variant}/{deed}", data=form).status_code == 303
    assert free(variant) == 10


def test_the_book_says_who_moved_what(cloth: Product, cast: Cast, statements: Any) -> None:
    variant, place = cloth.variants[0].id, place_of(cast)
    for person in (cast.warehouse, cast.owner):
        form = {"quantity": "1", "location": place, "note": "补货"}
        person.browser().post(f"{HOME}/{variant}/receive", data=form)
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        goods.stock.hold(
            cause="purchase:1", lines=[goods.stock.HoldLine(variant_id=variant, quantity=Decimal(2))], until=goods.soon()
        )
    with unit_of_work(), acting_for(cast.acme_id):
        goods.stock.consume(cause="purchase:1")
    with unit_of_work(), acting_for(cast.acme_id):
        everybody = people_at(cast.acme_id)
        names = {one: everybody[one] for one in (cast.warehouse.account_id, cast.owner.account_id)}
    assert len(set(names.values())) == 2
    browser, counts = cast.clerk.browser(), []
    for more in (0, 20):
        for _ in range(more):
            cast.warehouse.browser().post(f"{HOME}/{variant}/receive", data={"quantity": "1", "location": place})
        for path in ("book", variant):
            with statements() as said:
                page = browser.get(f"{HOME}/{path}").text
            main = page.partition("<main")[2]
            assert all(name in main for name in (*names.values(), "买家订单")), path
            assert "purchase:1" not in main
            counts.append(len(said))
    assert counts[:2] == counts[2:]


def test_the_list_is_narrowed_by_category_too(cloth: Product, cast: Cast) -> None:
    with unit_of_work():
        top = goods.category("woollens")
        tweed = goods.category("tweed", parent=top)
        goods.draft(cast.acme_id, tweed.id, title={"zh_Hans": "粗花呢"}, attributes={})
    browser = cast.warehouse.browser()
    narrowed = browser.get(f"{HOME}/", query_string={"category": "woollens"}).get_data(as_text=True)
    assert "粗花呢" in narrowed
    assert cloth.variants[0].sku not in narrowed
    assert cloth.variants[0].sku in browser.get(f"{HOME}/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("deed", "form", "sentence"),
    [
        ("receive", {"quantity": "viele"}, "请填写数字"),
        ("receive", {"quantity": "-1"}, "请填写大于零的数量"),
        ("receive", {"quantity": "1.2345"}, "最多三位小数"),
        ("write_off", {"quantity": "11", "note": "受潮"}, "此处共有 10，没有更多。"),
        ("write_off", {"quantity": "1", "note": ""}, "请写明原因"),
        ("correct", {"quantity": "3", "note": ""}, "请写明原因"),
        ("receive", {"quantity": "1", "location": "x"}, "请选择仓库"),
    ],
)
def test_what_cannot_be_booked_is_said_at_its_field(
    cloth: Product, cast: Cast, deed: str, form: dict[str, str], sentence: str
) -> None:
    variant = cloth.variants[0].id
    answer = cast.warehouse.browser().post(f"{HOME}/{variant}/{deed}", data={"location": place_of(cast), **form})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, sentence in page) == (422, True)
    assert f'value="{form["quantity"]}"' in page
    assert free(variant) == 10


def test_what_is_promised_is_told_from_what_is_not_there(cloth: Product, cast: Cast) -> None:
    variant, place, browser = cloth.variants[0].id, place_of(cast), cast.warehouse.browser()
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        goods.stock.hold(
            cause="an order", lines=[goods.stock.HoldLine(variant_id=variant, quantity=Decimal(8))], until=goods.soon()
        )
    said = {
        ("correct", "5"): "此处已为买家预留 8，数量不能低于它。",
        ("write_off", "3"): "此处只有 2 可用，其余已为订单预留。",
    }
    for (deed, quantity), sentence in said.items():
        answer = browser.post(f"{HOME}/{variant}/{deed}", data={"quantity": quantity, "location": place, "note": "盘点"})
        assert (answer.status_code, sentence in answer.text) == (422, True)
    assert free(variant) == 2


def test_the_list_is_as_many_statements_for_one_as_for_many(cloth: Product, cast: Cast, statements: Any) -> None:
    browser = cast.warehouse.browser()
    counts = []
    for more in (0, 30):
        with unit_of_work():
            for _ in range(more):
                goods.draft(cast.acme_id, cloth.category_id)
        with statements() as said:
            assert browser.get(f"{HOME}/").status_code == 200
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_narrowed_by_words_place_and_shortage_together(cloth: Product, cast: Cast) -> None:
    with unit_of_work():
        other = goods.draft(cast.acme_id, cloth.category_id)
    browser, place = cast.warehouse.browser(), place_of(cast)
    for query, seen in (("", (True, True)), ("?short=none", (False, True)), (f"?place={place}", (True, False))):
        page = browser.get(f"{HOME}/{query}").get_data(as_text=True)
        assert (cloth.variants[0].sku in page, other.variants[0].sku in page) == seen


def test_the_alert_line_waits_at_the_desk(cloth: Product, cast: Cast) -> None:
    variant, browser = cloth.variants[0].id, cast.owner.browser()
    assert "库存告急" not in browser.get("/desk/acme/").get_data(as_text=True)
    assert browser.post(f"{HOME}/{variant}/line", data={"quantity": "30"}).status_code == 303
    assert "1 个规格库存告急" in browser.get("/desk/acme/").get_data(as_text=True)
    assert cloth.variants[0].sku in browser.get(f"{HOME}/?short=line").get_data(as_text=True)


def test_warehouses_open_change_and_close_only_when_empty(cloth: Product, cast: Cast) -> None:
    browser = cast.warehouse.browser()
    assert browser.post(f"{HOME}/places", data={"name": "二号仓", "position": "3"}).status_code == 303
    assert browser.post(f"{HOME}/places", data={"name": "二号仓"}).status_code == 422
    assert browser.post(f"{HOME}/places", data={"name": ""}).status_code == 422
    with unit_of_work(), acting_for(cast.acme_id):
        first, second = queries.locations()
    assert browser.post(f"{HOME}/places/{first.id}/close").status_code == 409
    assert browser.post(f"{HOME}/places/{second.id}/close").status_code == 303
    assert browser.post(f"{HOME}/places/{first.id}", data={"name": "一号仓", "position": "1"}).status_code == 303
    assert "一号仓" in browser.get(f"{HOME}/places").get_data(as_text=True)


def test_moved_between_warehouses(cloth: Product, cast: Cast) -> None:
    variant, source = cloth.variants[0].id, place_of(cast)
    with unit_of_work():
        target = goods.warehouse(cast.acme_id, position=9)
    form = {"quantity": "4", "location": source, "target": str(target.id)}
    browser = cast.warehouse.browser()
    assert browser.post(f"{HOME}/{variant}/transfer", data=form).status_code == 303
    assert browser.post(f"{HOME}/{variant}/transfer", data={**form, "target": source}).status_code == 422
    with unit_of_work(), acting_for(cast.acme_id):
        assert [level.on_hand for level in queries.levels_of([variant])] == [Decimal(6), Decimal(4)]


def test_strangers_and_colleagues_without_the_right(cloth: Product, cast: Cast) -> None:
    variant = cloth.variants[0].id
    form = {"quantity": "5", "location": place_of(cast)}
    for path in ("/", f"/{variant}", "/book", "/places"):
        assert cast.rival_owner.browser().get(HOME + path).status_code == 404
    assert cast.rival_owner.browser().get(f"/desk/rival/stock/{variant}").status_code == 404
    assert cast.clerk.browser().get(f"{HOME}/{variant}").status_code == 200
    assert cast.clerk.browser().post(f"{HOME}/{variant}/receive", data=form).status_code == 403
    assert free(variant) == 10
