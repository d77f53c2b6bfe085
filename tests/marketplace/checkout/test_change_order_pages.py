"""The form that changes an order: preview, validation messages, redisplayed input (buyer order desk, OR3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Email
from marketplace.orders import services as order_services
from marketplace.orders.models import CancelReason, OrderState
from tests.actors import Actors
from tests.factories import order_factory, product_factory
from tests.factories.order_factory import FakeGateway, SampleProducts
from tests.marketplace.checkout.order_changes import buyer_actor, change_order, hidden_fields, line_ids


def test_change_form_previews_then_saves(
    actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID], drain_outbox: Callable[[], int]
) -> None:
    client, number = actors.buyer.client(), order_factory.get_order(order_ids[0]).number
    (line,) = line_ids(actors, order_ids[0])
    url = f"/orders/{number}/change"
    assert url in client.get(f"/orders/{number}").text
    form = hidden_fields(client.get(url).text) | {"address": "keep", "note": "", f"quantity-{line}": "80"}
    preview = client.post(url, data=form | {"do": "count"})
    assert preview.status_code == 200
    assert "1,480.00" in preview.text
    assert order_factory.get_order(order_ids[0]).total_minor == 198000
    stale_response = client.post(url, data=form | {"do": "save"})
    assert (stale_response.status_code, "核对后再次保存" in stale_response.text) == (409, True)
    assert client.post(url, data=form | hidden_fields(stale_response.text) | {"do": "save"}).status_code == 303
    assert order_factory.get_order(order_ids[0]).total_minor == 148000
    drain_outbox()
    assert "120 米 → 80 米" in client.get(f"/orders/{number}").text
    desk_page = actors.owner.client().get(f"/desk/acme/orders/{number}").text
    assert "买家于" in desk_page
    with unit_of_work():
        recipients = {
            mail.to
            for mail in db.session.scalars(select(Email).where(Email.kind == "order_notification"))
            if "修改" in mail.subject
        }
    assert {"buyer@example.com", "owner@example.com"} <= recipients


def test_change_form_invalid_new_address_keeps_input(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    client, number = actors.buyer.client(), order_factory.get_order(order_ids[0]).number
    url = f"/orders/{number}/change"
    form = hidden_fields(client.get(url).text) | {"address": "new", "name": "李师傅", "phone": "12", "street": "文一西路 1 号"}
    region = {"region_province": "33", "region_city": "3301", "region_district": "330110"}
    response = client.post(url, data=form | region | {"do": "save"})
    assert response.status_code == 422
    assert 'value="文一西路 1 号"' in response.text
    assert 'id="f-phone-error"' in response.text
    assert client.post(url, data=form | region | {"phone": "13900001111", "do": "save"}).status_code == 303
    assert order_factory.get_order(order_ids[0]).ship_to["name"] == "李师傅"


def test_order_history_shows_original_note_after_changes(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    client, number = actors.buyer.client(), order_factory.get_order(order_ids[0]).number
    for note in ("请开发票", "不用发票了"):
        change_order(actors, order_ids[0], 198000, note=note)
    history = client.get(f"/orders/{number}").text.partition('class="timeline')[2].partition("<aside")[0]
    assert history.index("不用发票了") < history.index("请开发票") < history.index("提交订单")
    assert "发票" not in history[history.index("提交订单") :]


@pytest.mark.parametrize("typed", ["3x", "", "-1", "12345678901234567890", "<b>"])
def test_change_form_invalid_quantity_redisplays_input(actors: Actors, order_ids: tuple[UUID, UUID], typed: str) -> None:
    client, number = actors.buyer.client(), order_factory.get_order(order_ids[0]).number
    (line,) = line_ids(actors, order_ids[0])
    url = f"/orders/{number}/change"
    form = hidden_fields(client.get(url).text) | {"address": "keep", f"quantity-{line}": typed}
    for action, status in (("count", 200), ("save", 422)):
        response = client.post(url, data=form | {"do": action})
        assert response.status_code == status
        assert f'id="f-quantity-{line}-error"' in response.text
        assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in response.text
    assert order_factory.get_order(order_ids[0]).total_minor == 198000


def test_change_form_remove_and_restore_line_without_javascript(actors: Actors, order_ids: tuple[UUID, UUID]) -> None:
    client, number = actors.buyer.client(), order_factory.get_order(order_ids[0]).number
    (line,) = line_ids(actors, order_ids[0])
    url = f"/orders/{number}/change"
    form = hidden_fields(client.get(url).text) | {"address": "keep", f"quantity-{line}": "120"}
    removed_page = client.post(url, data=form | {"out": str(line)}).text
    assert "将从订单中移除" in removed_page
    assert f'name="quantity-{line}" value="0"' in removed_page
    restored_page = client.post(url, data=form | {f"quantity-{line}": "0", "back": str(line)}).text
    assert f'name="quantity-{line}" value="120"' in restored_page


def test_change_form_cancelled_order_redirects_with_message(
    ctx: Flask, actors: Actors, order_ids: tuple[UUID, UUID], fake_gateway: FakeGateway
) -> None:
    client, order = actors.buyer.client(), order_factory.get_order(order_ids[0])
    url = f"/orders/{order.number}/change"
    form = hidden_fields(client.get(url).text) | {"address": "keep", "note": "太晚了", "do": "save"}
    with unit_of_work(), order_factory.as_person(actors.buyer):
        order_services.cancel_order(order_id=order_ids[0], by=buyer_actor(actors), reason=CancelReason.CHANGED_MIND)
    for response in (client.get(url), client.post(url, data=form)):
        assert (response.status_code, response.location) == (303, f"/orders/{order.number}")
    assert "不能再修改" in client.get(f"/orders/{order.number}").text
    assert url not in client.get(f"/orders/{order.number}").text


def test_change_form_query_count_independent_of_line_count(
    actors: Actors, sample_products: SampleProducts, record_statements: Any
) -> None:
    with unit_of_work():
        category_id = product_factory.create_category(attributes=True).id
        variant_ids = [
            product_factory.create_product(actors.acme_id, category_id, on_hand=500).variants[0].id for _n in range(8)
        ]
    (single_line_order,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    (many_lines_order,) = order_factory.place_orders(
        actors.buyer, *((variant, 10) for variant in variant_ids), expected=8 * 18500
    )
    client, counts = actors.buyer.client(), []
    for order_id in (single_line_order, many_lines_order):
        url = f"/orders/{order_factory.get_order(order_id).number}/change"
        form = hidden_fields(client.get(url).text) | {"address": "keep", "do": "count"}
        form |= {f"quantity-{line}": "20" for line in line_ids(actors, order_id)}
        with record_statements() as executed:
            assert client.post(url, data=form).status_code == 200
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_merchant_actions_on_stale_order_return_409(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, order_ids: tuple[UUID, UUID], fake_gateway: FakeGateway
) -> None:
    """The page, the list and the packing form send the content version of the order; an outdated one is rejected."""
    client, number = actors.owner.client(), order_factory.get_order(order_ids[0]).number
    order_factory.pay_order(ctx, actors.buyer, order_ids[0])
    order_url = f"/desk/acme/orders/{number}"

    def current_state() -> OrderState:
        return order_factory.get_order(order_ids[0]).state

    def change_note(note: str) -> None:
        change_order(actors, order_ids[0], 198000, note=note)

    form_fields = hidden_fields(client.get(order_url).text)
    change_note("请开发票")
    stale_response = client.post(f"{order_url}/step", data=form_fields | {"move": "approve_order", "word": "明天发货"})
    assert (stale_response.status_code, current_state()) == (409, OrderState.ORDER_REVIEW)
    assert "请重新核对；本次操作尚未生效" in stale_response.text
    assert 'value="明天发货"' in stale_response.text
    list_fields = hidden_fields(client.get("/desk/acme/orders/").text)
    change_note("不用发票了")
    bulk_fields = {"move": "approve_order", "pick": number}
    assert "买家修改了订单" in client.post("/desk/acme/orders/bulk", data=list_fields | bulk_fields, follow_redirects=True).text
    assert current_state() is OrderState.ORDER_REVIEW
    client.post("/desk/acme/orders/bulk", data=hidden_fields(client.get("/desk/acme/orders/").text) | bulk_fields)
    for name in ("approve_finance", "release"):
        assert (
            client.post(f"{order_url}/step", data=hidden_fields(client.get(order_url).text) | {"move": name}).status_code == 303
        )
    packing_url = f"/desk/acme/parcels/ship/{number}"
    (line,) = line_ids(actors, order_ids[0])
    parcel_fields = hidden_fields(client.get(packing_url).text) | {
        "carrier": "sf",
        "tracking_number": "SF0001",
        f"take-{line}": "120",
    }
    assert parcel_fields[f"reading-{order_ids[0]}"]
    assert client.post(packing_url, data=parcel_fields | {f"take-{line}": "121"}).status_code == 422
    assert "SF0001" not in client.get(order_url).text, "a rejected parcel is not shown as shipped"
    stale_response_parcel = client.post(packing_url, data=parcel_fields | {f"reading-{order_ids[0]}": ""})
    assert (stale_response_parcel.status_code, current_state()) == (409, OrderState.SHIPPING)
    assert client.post(packing_url, data=parcel_fields).status_code == 303
    assert current_state() is OrderState.RECEIPT
