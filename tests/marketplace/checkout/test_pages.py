"""From the cart to the signature over HTTP: every page on the way, for those who may see it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from billing.payments.gateway import Standing
from marketplace.kernel.db import unit_of_work
from marketplace.orders.models import OrderState
from marketplace.shipping import services as shipping
from marketplace.shipping.rules import FreightRules, Zone
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import HOME, Street, Till


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def typed_address() -> dict[str, str]:
    code = HOME["region_code"]
    region = {"region_province": code[:2], "region_city": code[:4], "region_district": code}
    return {"address": "new", "name": HOME["name"], "phone": HOME["phone"], "street": HOME["street"], **region}


def send(browser: FlaskClient, **changed: str) -> object:
    page = browser.get("/checkout").text
    form = {"key": hidden(page, "key"), "expected": hidden(page, "expected"), "do": "place", **typed_address(), **changed}
    return browser.post("/checkout", data=form)


def add(browser: FlaskClient, variant: UUID, quantity: str) -> None:
    assert browser.post("/cart/lines", data={"variant": str(variant), "quantity": quantity}).status_code == 303


def test_a_quantity_that_does_not_fit_comes_back_to_the_product(ctx: Flask, cast: Cast, street: Street) -> None:
    buyer = cast.buyer.browser()
    for typed, said in (("3x", "请填写数字"), ("1.5", "须按 1 米 的倍数"), ("<b>", "请填写数字")):
        form = {"variant": str(street.thread), "quantity": typed}
        answer = buyer.post("/cart/lines", data=form)
        assert answer.status_code == 303
        there, _, field = answer.location.partition("#")
        page = buyer.get(there).text
        assert field == "f-quantity"
        live = buyer.post("/cart/lines", data=form, headers={"HX-Request": "true"})
        assert (live.status_code, live.headers["HX-Retarget"]) == (422, "#product .quantity")
        for shown in (page, live.text):
            kept = re.search(r'<input id="f-quantity"[^>]*>', shown)
            assert kept
            assert f'value="{escape(typed)}"' in kept.group()
            assert 'aria-invalid="true" aria-describedby="f-quantity-error"' in kept.group()
            complaint = re.search(r'id="f-quantity-error"[^>]*>([^<]*)', shown)
            assert complaint
            assert said in complaint.group(1)
    assert "f-quantity-error" not in buyer.get(there.partition("?")[0]).text
    assert 'name="quantity-' not in buyer.get("/cart").text


def test_the_whole_way(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "100")
    add(buyer, street.thread, "3")
    cart = buyer.get("/cart").text
    assert "兴隆布行" in cart
    assert "南通百织" in cart
    answer = send(buyer)
    assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
    assert answer.location.startswith("https://till.example/")  # type: ignore[attr-defined]
    gateway_id = answer.location.rpartition("/")[2]  # type: ignore[attr-defined]
    listed = buyer.get("/orders").text
    numbers = sorted(set(re.findall(r"/orders/(\d{8}-\d{4}-\w{5}-\d)", listed)))
    assert len(numbers) == 2
    purchase = numbers[0].rpartition("-")[0]
    reference = f"purchase:{purchase}"
    assert buyer.get(f"/pay/back?reference={reference}").status_code == 200
    till.stand(gateway_id, Standing.PAID)
    assert buyer.post("/pay/check", data={"reference": reference}).location == f"/purchases/{purchase}"
    assert buyer.get(f"/purchases/{purchase}").status_code == 200
    desk_round(cast, numbers[0])
    page = buyer.get(f"/orders/{numbers[0]}").text
    assert "SF1234567" in page
    assert buyer.post(f"/orders/{numbers[0]}/receive").status_code == 303
    assert "已完成" in buyer.get(f"/orders/{numbers[0]}").text
    assert buyer.post(f"/orders/{numbers[0]}/receive").status_code == 303, "from another tab, it is a wish fulfilled"
    assert buyer.get(f"/orders/{numbers[0]}/print").status_code == 200


def desk_round(cast: Cast, number: str) -> None:
    """Review, finance, release, one parcel with everything."""
    owner = cast.owner.browser()
    assert number in owner.get("/desk/acme/orders/").text
    for move in ("pass_order", "pass_finance", "release"):
        assert owner.post(f"/desk/acme/orders/{number}/step", data={"move": move}).status_code == 303
    packing = owner.get(f"/desk/acme/parcels/ship/{number}").text
    lines = dict(re.findall(r'name="(take-[0-9a-f-]{36})" type="text" value="([^"]*)"', packing))
    assert lines
    form = {**lines, "carrier": "sf", "tracking_number": "SF1234567"}
    assert owner.post(f"/desk/acme/parcels/ship/{number}", data=form).status_code == 303
    assert "SF1234567" in owner.get("/desk/acme/parcels/").text
    assert owner.get(f"/desk/acme/orders/{number}").status_code == 200
    for kind in ("order", "picking", "packing"):
        assert owner.get(f"/desk/acme/orders/{number}/paper/{kind}").status_code == 200


def test_a_guest_signs_in_on_the_way_with_the_same_cart(app: Flask, cast: Cast, street: Street, till: Till) -> None:
    guest = app.test_client()
    add(guest, street.cloth, "5")
    greeting = guest.get("/checkout")
    assert "/sign-in" in greeting.text
    with guest.session_transaction() as visit:
        assert visit["next"] == "/checkout"
        assert len(visit["cart"]) == 1


def test_drift_shows_what_changed_and_keeps_what_was_typed(cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    answer = send(buyer, expected="1", **{f"note-{cast.acme_id}": "请用防水包装"})
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "请用防水包装" in answer.text  # type: ignore[attr-defined]
    assert HOME["street"] in answer.text  # type: ignore[attr-defined]
    assert not till.open


def test_a_wrong_address_is_said_at_its_field(cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    answer = send(buyer, phone="", street="x")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert 'id="f-phone-error"' in answer.text  # type: ignore[attr-defined]


def test_where_nobody_delivers_is_said_at_the_region_and_not_as_a_change(cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    rules = FreightRules(zones=(Zone(first=1000), Zone(regions=("33",), refused=True)))
    with unit_of_work(), acting_for(cast.acme_id):
        shipping.save_freight(merchant_id=cast.acme_id, rules=rules)
    for _again in range(2):
        answer: Any = send(buyer)
        assert answer.status_code == 422
        assert re.search(r'id="f-region[^"]*error".{0,300}不送这个地区', answer.text, re.DOTALL)
        assert "有变化" not in answer.text
        assert HOME["street"] in answer.text
    assert not till.open


def test_who_is_signed_out_meanwhile_is_told_and_led_back(app: Flask, cast: Cast, street: Street) -> None:
    stranger = app.test_client()
    for headers in ({}, {"HX-Request": "true"}):
        seen = {"Referer": "http://localhost/checkout", **headers}
        answer = stranger.post("/checkout", data={"do": "place"}, headers=seen, base_url="http://localhost")
        assert "/sign-in" in (answer.location or answer.headers["HX-Redirect"])
        with stranger.session_transaction(base_url="http://localhost") as visit:
            assert visit["next"] == "/checkout"
    assert "登录已失效" in stranger.get("/sign-in", base_url="http://localhost").text


def test_orders_that_are_paid_together_say_so(cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "100")
    add(buyer, street.thread, "3")
    send(buyer)
    listed = buyer.get("/orders").text
    (number, other) = sorted(set(re.findall(r"/orders/(\d{8}-\d{4}-\w{5}-\d)", listed)))
    assert listed.count("2 个订单合并付款：") == 2
    assert "2 个订单合并付款，共" in buyer.get(f"/orders/{number}").text
    reference = f"purchase:{number.rpartition('-')[0]}"
    asked = buyer.post("/pay/check", data={"reference": reference}, headers={"HX-Request": "true"}).text
    assert "尚未付款。货品为您保留到" in asked
    assert buyer.post(f"/orders/{number}/cancel", data={"reason": "changed_mind", "said": ""}).status_code == 303
    back = buyer.get(f"/pay/back?reference={reference}").text
    assert "订单已取消，没有扣款" in back
    assert "其他订单仍待付款" in back
    rest = buyer.post("/pay", data={"reference": hidden(back, "reference")})
    assert rest.location.startswith("https://till.example/")
    assert "合并付款" not in buyer.get(f"/orders/{other}").text


def test_the_same_form_twice_leads_to_the_same_payment(cast: Cast, street: Street, till: Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    page = buyer.get("/checkout").text
    form = {"key": hidden(page, "key"), "expected": hidden(page, "expected"), "do": "place", **typed_address()}
    first = buyer.post("/checkout", data=form)
    second = buyer.post("/checkout", data=form)
    assert first.location == second.location
    assert len(till.open) == 1


def test_the_cash_desk_away_leaves_the_order_standing(cast: Cast, street: Street, till: Till) -> None:
    till.away = True
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    answer = send(buyer)
    assert "/purchases/" in answer.location  # type: ignore[attr-defined]
    page = buyer.get(answer.location).text  # type: ignore[attr-defined]
    till.away = False
    again = buyer.post("/pay", data={"reference": hidden(page, "reference")})
    assert again.location.startswith("https://till.example/")


def test_strangers_see_nothing(ctx: Flask, cast: Cast, street: Street) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    order = trade.order(order_id)
    stranger = cast.stranger.browser()
    for path in (f"/orders/{order.number}", f"/orders/{order.number}/print", f"/desk/acme/orders/{order.number}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post("/pay", data={"reference": order.payment_reference}).status_code == 404
    assert cast.rival_owner.browser().get(f"/desk/rival/orders/{order.number}").status_code == 404
    assert trade.order(order_id).state is OrderState.PAYMENT
