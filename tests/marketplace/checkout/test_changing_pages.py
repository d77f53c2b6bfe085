"""The form in which a buyer changes an order: counted first, refused in words, with what was typed (OR3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Mail
from marketplace.orders import services as order_services
from marketplace.orders.models import CancelReason, OrderState
from tests.cast import Cast
from tests.factories import goods, trade
from tests.factories.trade import Street, Till
from tests.marketplace.checkout.changes import buyer, change, hidden_fields, lines


def test_the_form_counts_first_and_changes_when_told(
    cast: Cast, street: Street, placed: tuple[UUID, UUID], drain: Callable[[], int]
) -> None:
    browser, number = cast.buyer.browser(), trade.order(placed[0]).number
    (line,) = lines(cast, placed[0])
    url = f"/orders/{number}/change"
    assert url in browser.get(f"/orders/{number}").text
    form = hidden_fields(browser.get(url).text) | {"address": "keep", "note": "", f"quantity-{line}": "80"}
    counted = browser.post(url, data=form | {"do": "count"})
    assert counted.status_code == 200
    assert "1,480.00" in counted.text
    assert trade.order(placed[0]).total_minor == 198000
    hasty = browser.post(url, data=form | {"do": "save"})
    assert (hasty.status_code, "核对后再次保存" in hasty.text) == (409, True)
    assert browser.post(url, data=form | hidden_fields(hasty.text) | {"do": "save"}).status_code == 303
    assert trade.order(placed[0]).total_minor == 148000
    drain()
    assert "120 米 → 80 米" in browser.get(f"/orders/{number}").text
    desk = cast.owner.browser().get(f"/desk/acme/orders/{number}").text
    assert "买家于" in desk
    with unit_of_work():
        told = {mail.to for mail in db.session.scalars(select(Mail).where(Mail.kind == "order_news")) if "修改" in mail.subject}
    assert {"buyer@example.com", "owner@example.com"} <= told


def test_a_new_address_is_typed_and_faults_keep_it(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    browser, number = cast.buyer.browser(), trade.order(placed[0]).number
    url = f"/orders/{number}/change"
    form = hidden_fields(browser.get(url).text) | {"address": "new", "name": "李师傅", "phone": "12", "street": "文一西路 1 号"}
    region = {"region_province": "33", "region_city": "3301", "region_district": "330110"}
    answer = browser.post(url, data=form | region | {"do": "save"})
    assert answer.status_code == 422
    assert 'value="文一西路 1 号"' in answer.text
    assert 'id="f-phone-error"' in answer.text
    assert browser.post(url, data=form | region | {"phone": "13900001111", "do": "save"}).status_code == 303
    assert trade.order(placed[0]).ship_to["name"] == "李师傅"


def test_the_history_keeps_the_word_that_came_with_the_order(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    browser, number = cast.buyer.browser(), trade.order(placed[0]).number
    for note in ("请开发票", "不用发票了"):
        change(cast, placed[0], 198000, note=note)
    history = browser.get(f"/orders/{number}").text.partition('class="timeline')[2].partition("<aside")[0]
    assert history.index("不用发票了") < history.index("请开发票") < history.index("提交订单")
    assert "发票" not in history[history.index("提交订单") :]


@pytest.mark.parametrize("typed", ["3x", "", "-1", "12345678901234567890", "<b>"])
def test_what_is_no_quantity_comes_back_as_typed(cast: Cast, placed: tuple[UUID, UUID], typed: str) -> None:
    browser, number = cast.buyer.browser(), trade.order(placed[0]).number
    (line,) = lines(cast, placed[0])
    url = f"/orders/{number}/change"
    form = hidden_fields(browser.get(url).text) | {"address": "keep", f"quantity-{line}": typed}
    for do, status in (("count", 200), ("save", 422)):
        answer = browser.post(url, data=form | {"do": do})
        assert answer.status_code == status
        assert f'id="f-quantity-{line}-error"' in answer.text
        assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text
    assert trade.order(placed[0]).total_minor == 198000


def test_a_line_is_taken_out_and_put_back_without_scripts(cast: Cast, placed: tuple[UUID, UUID]) -> None:
    browser, number = cast.buyer.browser(), trade.order(placed[0]).number
    (line,) = lines(cast, placed[0])
    url = f"/orders/{number}/change"
    form = hidden_fields(browser.get(url).text) | {"address": "keep", f"quantity-{line}": "120"}
    out = browser.post(url, data=form | {"out": str(line)}).text
    assert "将从订单中移除" in out
    assert f'name="quantity-{line}" value="0"' in out
    back = browser.post(url, data=form | {f"quantity-{line}": "0", "back": str(line)}).text
    assert f'name="quantity-{line}" value="120"' in back


def test_when_it_is_too_late_the_order_says_so(ctx: Flask, cast: Cast, placed: tuple[UUID, UUID], till: Till) -> None:
    browser, order = cast.buyer.browser(), trade.order(placed[0])
    url = f"/orders/{order.number}/change"
    form = hidden_fields(browser.get(url).text) | {"address": "keep", "note": "太晚了", "do": "save"}
    with unit_of_work(), trade.as_buyer(cast.buyer):
        order_services.cancel(order_id=placed[0], by=buyer(cast), reason=CancelReason.CHANGED_MIND)
    for answer in (browser.get(url), browser.post(url, data=form)):
        assert (answer.status_code, answer.location) == (303, f"/orders/{order.number}")
    assert "不能再修改" in browser.get(f"/orders/{order.number}").text
    assert url not in browser.get(f"/orders/{order.number}").text


def test_one_line_or_many_ask_the_same(cast: Cast, street: Street, statements: Any) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True).id
        more = [goods.product(cast.acme_id, kind, on_hand=500).variants[0].id for _n in range(8)]
    (one,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    (many,) = trade.place(cast.buyer, *((variant, 10) for variant in more), expected=8 * 18500)
    browser, counts = cast.buyer.browser(), []
    for order_id in (one, many):
        url = f"/orders/{trade.order(order_id).number}/change"
        form = hidden_fields(browser.get(url).text) | {"address": "keep", "do": "count"}
        form |= {f"quantity-{line}": "20" for line in lines(cast, order_id)}
        with statements() as seen:
            assert browser.post(url, data=form).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_nobody_confirms_or_ships_what_they_have_not_seen(
    ctx: Flask, cast: Cast, street: Street, placed: tuple[UUID, UUID], till: Till
) -> None:
    """OR3, OR5: the page, the list and the packing form carry the reading of the order; another one is refused by name."""
    desk, number = cast.owner.browser(), trade.order(placed[0]).number
    trade.pay(ctx, cast.buyer, placed[0])
    home = f"/desk/acme/orders/{number}"

    def state() -> OrderState:
        return trade.order(placed[0]).state

    def again(note: str) -> None:
        change(cast, placed[0], 198000, note=note)

    before = hidden_fields(desk.get(home).text)
    again("请开发票")
    late = desk.post(f"{home}/step", data=before | {"move": "pass_order", "word": "明天发货"})
    assert (late.status_code, state()) == (409, OrderState.ORDER_REVIEW)
    assert "请重新核对；本次操作尚未生效" in late.text
    assert 'value="明天发货"' in late.text
    listed = hidden_fields(desk.get("/desk/acme/orders/").text)
    again("不用发票了")
    picked = {"move": "pass_order", "pick": number}
    assert "买家修改了订单" in desk.post("/desk/acme/orders/bulk", data=listed | picked, follow_redirects=True).text
    assert state() is OrderState.ORDER_REVIEW
    desk.post("/desk/acme/orders/bulk", data=hidden_fields(desk.get("/desk/acme/orders/").text) | picked)
    for name in ("pass_finance", "release"):
        assert desk.post(f"{home}/step", data=hidden_fields(desk.get(home).text) | {"move": name}).status_code == 303
    packing = f"/desk/acme/parcels/ship/{number}"
    (line,) = lines(cast, placed[0])
    parcel = hidden_fields(desk.get(packing).text) | {"carrier": "sf", "tracking_number": "SF0001", f"take-{line}": "120"}
    assert parcel[f"reading-{placed[0]}"]
    assert desk.post(packing, data=parcel | {f"take-{line}": "121"}).status_code == 422
    assert "SF0001" not in desk.get(home).text, "what was refused is not on its way"
    refused = desk.post(packing, data=parcel | {f"reading-{placed[0]}": ""})
    assert (refused.status_code, state()) == (409, OrderState.SHIPPING)
    assert desk.post(packing, data=parcel).status_code == 303
    assert state() is OrderState.RECEIPT
