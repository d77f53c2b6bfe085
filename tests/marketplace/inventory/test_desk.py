"""Stock at the merchant's desk.

Inventory management (IN1), stocktake (IN2), inbound and outbound log (IN4), stock alert line (IN5).
"""

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
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.platform_admin.queries import get_staff_names
from tests.actors import Actors
from tests.factories import product_factory

STOCK_URL = "/desk/acme/stock"


@pytest.fixture
def cloth(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, on_hand=10)
    db.session.remove()
    return product


def get_location_id(actors: Actors) -> str:
    with unit_of_work(), as_merchant(actors.acme_id):
        return str(queries.list_locations()[0].id)


def get_available(variant: Any) -> int:
    db.session.remove()
    with unit_of_work():
        return int(queries.get_available([variant])[variant])


def test_record_movement_updates_stock_and_history(cloth: Product, actors: Actors) -> None:
    variant, location_id = cloth.variants[0].id, get_location_id(actors)
    client = actors.warehouse.client()
    for action, quantity, expected in (("receive", "5", 15), ("write_off", "3", 12), ("correct", "47", 47)):
        form = {"quantity": quantity, "location": location_id, "note": "月末盘点"}
        assert client.post(f"{STOCK_URL}/{variant}/{action}", data=form).status_code == 303
        assert get_available(variant) == expected
    page = client.get(f"{STOCK_URL}/{variant}").get_data(as_text=True)
    assert "为什么是 47" in page
    assert "核销 −3" in page
    assert client.get(f"{STOCK_URL}/book").get_data(as_text=True).count("月末盘点") == 3


def test_movements_page_filters_and_totals(cloth: Product, actors: Actors) -> None:
    with unit_of_work():
        other_product = product_factory.create_product(actors.acme_id, title={"zh_Hans": "亚麻里布"}, on_hand=30)
    variant, location_id, client = cloth.variants[0].id, get_location_id(actors), actors.warehouse.client()
    form = {"location": location_id, "note": "受潮"}
    client.post(f"{STOCK_URL}/{variant}/write_off", data=form | {"quantity": "3"})
    unfiltered_page = client.get(f"{STOCK_URL}/book").get_data(as_text=True)
    assert "近 30 天的出入库" in unfiltered_page
    assert re.search(r'核销</span><span class="v">1 笔</span><span class="d">-3 ', unfiltered_page)
    assert "亚麻里布" in unfiltered_page
    filtered_page = client.get(f"{STOCK_URL}/book", query_string={"q": cloth.variants[0].sku}).get_data(as_text=True)
    assert "亚麻里布" not in filtered_page
    today = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    days = {"since": str(today), "until": str(today)}
    assert "亚麻里布" in client.get(f"{STOCK_URL}/book", query_string=days).get_data(as_text=True)
    past = {"until": str(today - timedelta(days=1))}
    assert "亚麻里布" not in client.get(f"{STOCK_URL}/book", query_string=past).get_data(as_text=True)
    assert client.get(f"{STOCK_URL}/book", query_string={"since": "gestern", "until": "9999-99-99"}).status_code == 200
    assert other_product.variants[0].id != variant


@pytest.mark.parametrize(("action", "expected"), [("receive", 15), ("write_off", 5), ("transfer", 10)])
def test_record_movement_same_form_key_is_recorded_once(cloth: Product, actors: Actors, action: str, expected: int) -> None:
    variant, client = cloth.variants[0].id, actors.warehouse.client()
    actors.owner.client().post(f"{STOCK_URL}/places", data={"name": "二号仓"})
    source = get_location_id(actors)
    with unit_of_work(), as_merchant(actors.acme_id):
        target = next(str(location.id) for location in queries.list_locations() if str(location.id) != source)
    section = client.get(f"{STOCK_URL}/{variant}").text.partition(f'id="{action}"')[2]
    key = re.search(r'name="key" value="([^"]+)"', section.partition("</form>")[0])
    assert key
    form = {"quantity": "5", "location": source, "target": target, "note": "盘点", "key": key[1]}
    for _attempt in range(2):
        page = client.post(f"{STOCK_URL}/{variant}/{action}", data=form, follow_redirects=True).text
    assert "这笔已经登记过，没有重复登记。" in page
    assert get_available(variant) == expected
    with unit_of_work(), as_merchant(actors.acme_id):
        on_hand = {str(level.location_id): level.on_hand for level in queries.list_levels([variant])}
    assert on_hand.get(target, 0) == (5 if action == "transfer" else 0)


def test_record_movement_same_key_allows_different_actions(cloth: Product, actors: Actors) -> None:
    """The user goes back to the page and does something else with it."""
    variant, client = cloth.variants[0].id, actors.warehouse.client()
    key = re.search(r'name="key" value="([^"]+)"', client.get(f"{STOCK_URL}/{variant}").text)
    assert key
    form = {"quantity": "5", "location": get_location_id(actors), "note": "受潮", "key": key[1]}
    for action in ("receive", "write_off"):
        assert client.post(f"{STOCK_URL}/{variant}/{action}", data=form).status_code == 303
    assert get_available(variant) == 10


def test_movements_show_actor_names(cloth: Product, actors: Actors, record_statements: Any) -> None:
    variant, location_id = cloth.variants[0].id, get_location_id(actors)
    for person in (actors.warehouse, actors.owner):
        form = {"quantity": "1", "location": location_id, "note": "补货"}
        person.client().post(f"{STOCK_URL}/{variant}/receive", data=form)
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        product_factory.inventory_services.reserve(
            reference="purchase:1",
            lines=[product_factory.inventory_services.ReservationLine(variant_id=variant, quantity=Decimal(2))],
            expires_at=product_factory.in_fifteen_minutes(),
        )
    with unit_of_work(), as_merchant(actors.acme_id):
        product_factory.inventory_services.consume(reference="purchase:1")
    with unit_of_work(), as_merchant(actors.acme_id):
        staff_names = get_staff_names(actors.acme_id)
        names = {account_id: staff_names[account_id] for account_id in (actors.warehouse.account_id, actors.owner.account_id)}
    assert len(set(names.values())) == 2
    client, counts = actors.clerk.client(), []
    for added_movements in (0, 20):
        for _ in range(added_movements):
            actors.warehouse.client().post(f"{STOCK_URL}/{variant}/receive", data={"quantity": "1", "location": location_id})
        for path in ("book", variant):
            with record_statements() as executed:
                page = client.get(f"{STOCK_URL}/{path}").text
            main = page.partition("<main")[2]
            assert all(name in main for name in (*names.values(), "买家订单")), path
            assert "purchase:1" not in main
            counts.append(len(executed))
    assert counts[:2] == counts[2:]


def test_stock_list_filters_by_category(cloth: Product, actors: Actors) -> None:
    with unit_of_work():
        parent_category = product_factory.create_category("woollens")
        subcategory = product_factory.create_category("tweed", parent=parent_category)
        product_factory.create_draft(actors.acme_id, subcategory.id, title={"zh_Hans": "粗花呢"}, attributes={})
    client = actors.warehouse.client()
    filtered_page = client.get(f"{STOCK_URL}/", query_string={"category": "woollens"}).get_data(as_text=True)
    assert "粗花呢" in filtered_page
    assert cloth.variants[0].sku not in filtered_page
    assert cloth.variants[0].sku in client.get(f"{STOCK_URL}/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("action", "form", "message"),
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
def test_record_movement_invalid_input_shows_field_error(
    cloth: Product, actors: Actors, action: str, form: dict[str, str], message: str
) -> None:
    variant = cloth.variants[0].id
    response = actors.warehouse.client().post(
        f"{STOCK_URL}/{variant}/{action}", data={"location": get_location_id(actors), **form}
    )
    page = response.get_data(as_text=True)
    assert (response.status_code, message in page) == (422, True)
    assert f'value="{form["quantity"]}"' in page
    assert get_available(variant) == 10


def test_record_movement_reserved_stock_shows_reserved_message(cloth: Product, actors: Actors) -> None:
    variant, location_id, client = cloth.variants[0].id, get_location_id(actors), actors.warehouse.client()
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        product_factory.inventory_services.reserve(
            reference="an order",
            lines=[product_factory.inventory_services.ReservationLine(variant_id=variant, quantity=Decimal(8))],
            expires_at=product_factory.in_fifteen_minutes(),
        )
    messages = {
        ("correct", "5"): "此处已为买家预留 8，数量不能低于它。",
        ("write_off", "3"): "此处只有 2 可用，其余已为订单预留。",
    }
    for (action, quantity), message in messages.items():
        response = client.post(
            f"{STOCK_URL}/{variant}/{action}", data={"quantity": quantity, "location": location_id, "note": "盘点"}
        )
        assert (response.status_code, message in response.text) == (422, True)
    assert get_available(variant) == 2


def test_stock_list_query_count_is_constant(cloth: Product, actors: Actors, record_statements: Any) -> None:
    client = actors.warehouse.client()
    counts = []
    for added_products in (0, 30):
        with unit_of_work():
            for _ in range(added_products):
                product_factory.create_draft(actors.acme_id, cloth.category_id)
        with record_statements() as executed:
            assert client.get(f"{STOCK_URL}/").status_code == 200
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_stock_list_filters_by_shortage_and_location(cloth: Product, actors: Actors) -> None:
    with unit_of_work():
        other_product = product_factory.create_draft(actors.acme_id, cloth.category_id)
    client, location_id = actors.warehouse.client(), get_location_id(actors)
    for query, expected in (("", (True, True)), ("?short=none", (False, True)), (f"?place={location_id}", (True, False))):
        page = client.get(f"{STOCK_URL}/{query}").get_data(as_text=True)
        assert (cloth.variants[0].sku in page, other_product.variants[0].sku in page) == expected


def test_low_stock_threshold_adds_desk_todo_item(cloth: Product, actors: Actors) -> None:
    variant, client = cloth.variants[0].id, actors.owner.client()
    assert "库存告急" not in client.get("/desk/acme/").get_data(as_text=True)
    assert client.post(f"{STOCK_URL}/{variant}/line", data={"quantity": "30"}).status_code == 303
    assert "1 个规格库存告急" in client.get("/desk/acme/").get_data(as_text=True)
    assert cloth.variants[0].sku in client.get(f"{STOCK_URL}/?short=line").get_data(as_text=True)


def test_location_crud_and_close_requires_empty(cloth: Product, actors: Actors) -> None:
    client = actors.warehouse.client()
    assert client.post(f"{STOCK_URL}/places", data={"name": "二号仓", "position": "3"}).status_code == 303
    assert client.post(f"{STOCK_URL}/places", data={"name": "二号仓"}).status_code == 422
    assert client.post(f"{STOCK_URL}/places", data={"name": ""}).status_code == 422
    with unit_of_work(), as_merchant(actors.acme_id):
        first, second = queries.list_locations()
    assert client.post(f"{STOCK_URL}/places/{first.id}/close").status_code == 409
    assert client.post(f"{STOCK_URL}/places/{second.id}/close").status_code == 303
    assert client.post(f"{STOCK_URL}/places/{first.id}", data={"name": "一号仓", "position": "1"}).status_code == 303
    assert "一号仓" in client.get(f"{STOCK_URL}/places").get_data(as_text=True)


def test_transfer_between_locations(cloth: Product, actors: Actors) -> None:
    variant, source = cloth.variants[0].id, get_location_id(actors)
    with unit_of_work():
        target = product_factory.create_warehouse(actors.acme_id, position=9)
    form = {"quantity": "4", "location": source, "target": str(target.id)}
    client = actors.warehouse.client()
    assert client.post(f"{STOCK_URL}/{variant}/transfer", data=form).status_code == 303
    assert client.post(f"{STOCK_URL}/{variant}/transfer", data={**form, "target": source}).status_code == 422
    with unit_of_work(), as_merchant(actors.acme_id):
        assert [level.on_hand for level in queries.list_levels([variant])] == [Decimal(6), Decimal(4)]


def test_stock_pages_permissions(cloth: Product, actors: Actors) -> None:
    variant = cloth.variants[0].id
    form = {"quantity": "5", "location": get_location_id(actors)}
    for path in ("/", f"/{variant}", "/book", "/places"):
        assert actors.rival_owner.client().get(STOCK_URL + path).status_code == 404
    assert actors.rival_owner.client().get(f"/desk/rival/stock/{variant}").status_code == 404
    assert actors.clerk.client().get(f"{STOCK_URL}/{variant}").status_code == 200
    assert actors.clerk.client().post(f"{STOCK_URL}/{variant}/receive", data=form).status_code == 403
    assert get_available(variant) == 10
