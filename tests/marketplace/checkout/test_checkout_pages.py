"""The pages from cart to confirmed receipt over HTTP, and who may see them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from billing.payments.gateway import GatewayStatus
from marketplace.kernel.db import unit_of_work
from marketplace.orders.models import OrderState
from marketplace.shipping import services as shipping
from marketplace.shipping.rates import FreightRates, Zone
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import SHIPPING_ADDRESS, FakeGateway, SampleProducts


def hidden_value(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match, name
    return match.group(1)


def address_fields() -> dict[str, str]:
    code = SHIPPING_ADDRESS["region_code"]
    region = {"region_province": code[:2], "region_city": code[:4], "region_district": code}
    return {
        "address": "new",
        "name": SHIPPING_ADDRESS["name"],
        "phone": SHIPPING_ADDRESS["phone"],
        "street": SHIPPING_ADDRESS["street"],
        **region,
    }


def submit_checkout(client: FlaskClient, **overrides: str) -> object:
    page = client.get("/checkout").text
    form = {
        "key": hidden_value(page, "key"),
        "expected": hidden_value(page, "expected"),
        "do": "place",
        **address_fields(),
        **overrides,
    }
    return client.post("/checkout", data=form)


def add_to_cart(client: FlaskClient, variant: UUID, quantity: str) -> None:
    assert client.post("/cart/lines", data={"variant": str(variant), "quantity": quantity}).status_code == 303


def test_add_to_cart_invalid_quantity_returns_to_product_page(
    ctx: Flask, actors: Actors, sample_products: SampleProducts
) -> None:
    buyer = actors.buyer.client()
    for typed, message in (("3x", "请填写数字"), ("1.5", "须按 1 米 的倍数"), ("<b>", "请填写数字")):
        form = {"variant": str(sample_products.thread), "quantity": typed}
        response = buyer.post("/cart/lines", data=form)
        assert response.status_code == 303
        product_url, _, field = response.location.partition("#")
        page = buyer.get(product_url).text
        assert field == "f-quantity"
        htmx_response = buyer.post("/cart/lines", data=form, headers={"HX-Request": "true"})
        assert (htmx_response.status_code, htmx_response.headers["HX-Retarget"]) == (422, "#product .quantity")
        for html in (page, htmx_response.text):
            input_match = re.search(r'<input id="f-quantity"[^>]*>', html)
            assert input_match
            assert f'value="{escape(typed)}"' in input_match.group()
            assert 'aria-invalid="true" aria-describedby="f-quantity-error"' in input_match.group()
            error_match = re.search(r'id="f-quantity-error"[^>]*>([^<]*)', html)
            assert error_match
            assert message in error_match.group(1)
    assert "f-quantity-error" not in buyer.get(product_url.partition("?")[0]).text
    assert 'name="quantity-' not in buyer.get("/cart").text


def test_order_from_cart_to_receipt(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "100")
    add_to_cart(buyer, sample_products.thread, "3")
    cart = buyer.get("/cart").text
    assert "兴隆布行" in cart
    assert "南通百织" in cart
    response = submit_checkout(buyer)
    assert response.status_code == 303, response.text  # type: ignore[attr-defined]
    assert response.location.startswith("https://gateway.example/")  # type: ignore[attr-defined]
    gateway_id = response.location.rpartition("/")[2]  # type: ignore[attr-defined]
    orders_page = buyer.get("/orders").text
    numbers = sorted(set(re.findall(r"/orders/(\d{8}-\d{4}-\w{5}-\d)", orders_page)))
    assert len(numbers) == 2
    purchase = numbers[0].rpartition("-")[0]
    reference = f"purchase:{purchase}"
    assert buyer.get(f"/pay/back?reference={reference}").status_code == 200
    fake_gateway.set_status(gateway_id, GatewayStatus.PAID)
    assert buyer.post("/pay/check", data={"reference": reference}).location == f"/purchases/{purchase}"
    assert buyer.get(f"/purchases/{purchase}").status_code == 200
    process_order_at_desk(actors, numbers[0])
    page = buyer.get(f"/orders/{numbers[0]}").text
    assert "SF1234567" in page
    assert buyer.post(f"/orders/{numbers[0]}/receive").status_code == 303
    assert "已完成" in buyer.get(f"/orders/{numbers[0]}").text
    assert buyer.post(f"/orders/{numbers[0]}/receive").status_code == 303, "a repeated confirmation is no error"
    assert buyer.get(f"/orders/{numbers[0]}/print").status_code == 200


def process_order_at_desk(actors: Actors, number: str) -> None:
    """Run the reviews and ship all lines in one parcel."""
    owner = actors.owner.client()
    assert number in owner.get("/desk/acme/orders/").text
    for transition in ("approve_order", "approve_finance", "release"):
        assert owner.post(f"/desk/acme/orders/{number}/step", data={"move": transition}).status_code == 303
    packing_page = owner.get(f"/desk/acme/parcels/ship/{number}").text
    lines = dict(re.findall(r'name="(take-[0-9a-f-]{36})" type="text" value="([^"]*)"', packing_page))
    assert lines
    form = {**lines, "carrier": "sf", "tracking_number": "SF1234567"}
    assert owner.post(f"/desk/acme/parcels/ship/{number}", data=form).status_code == 303
    assert "SF1234567" in owner.get("/desk/acme/parcels/").text
    assert owner.get(f"/desk/acme/orders/{number}").status_code == 200
    for kind in ("order", "picking", "packing"):
        assert owner.get(f"/desk/acme/orders/{number}/paper/{kind}").status_code == 200


def test_checkout_guest_login_keeps_cart(
    app: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    guest = app.test_client()
    add_to_cart(guest, sample_products.cloth, "5")
    login_prompt = guest.get("/checkout")
    assert "/sign-in" in login_prompt.text
    with guest.session_transaction() as session_data:
        assert session_data["next"] == "/checkout"
        assert len(session_data["cart"]) == 1


def test_checkout_quote_changed_keeps_form_input(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    response = submit_checkout(buyer, expected="1", **{f"note-{actors.acme_id}": "请用防水包装"})
    assert response.status_code == 409  # type: ignore[attr-defined]
    assert "请用防水包装" in response.text  # type: ignore[attr-defined]
    assert SHIPPING_ADDRESS["street"] in response.text  # type: ignore[attr-defined]
    assert not fake_gateway.payments


def test_checkout_invalid_address_marks_field(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    response = submit_checkout(buyer, phone="", street="x")
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert 'id="f-phone-error"' in response.text  # type: ignore[attr-defined]


def test_checkout_undeliverable_region_marks_region_field(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    rules = FreightRates(zones=(Zone(base_minor=1000), Zone(regions=("33",), excluded=True)))
    with unit_of_work(), as_merchant(actors.acme_id):
        shipping.save_freight_rates(merchant_id=actors.acme_id, rates=rules)
    for _attempt in range(2):
        response: Any = submit_checkout(buyer)
        assert response.status_code == 422
        assert re.search(r'id="f-region[^"]*error".{0,300}不送这个地区', response.text, re.DOTALL)
        assert "有变化" not in response.text
        assert SHIPPING_ADDRESS["street"] in response.text
    assert not fake_gateway.payments


def test_checkout_expired_session_redirects_to_login_and_back(
    app: Flask, actors: Actors, sample_products: SampleProducts
) -> None:
    stranger = app.test_client()
    for headers in ({}, {"HX-Request": "true"}):
        request_headers = {"Referer": "http://localhost/checkout", **headers}
        response = stranger.post("/checkout", data={"do": "place"}, headers=request_headers, base_url="http://localhost")
        assert "/sign-in" in (response.location or response.headers["HX-Redirect"])
        with stranger.session_transaction(base_url="http://localhost") as session_data:
            assert session_data["next"] == "/checkout"
    assert "登录已失效" in stranger.get("/sign-in", base_url="http://localhost").text


def test_order_pages_show_combined_payment(actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "100")
    add_to_cart(buyer, sample_products.thread, "3")
    submit_checkout(buyer)
    orders_page = buyer.get("/orders").text
    (number, other_number) = sorted(set(re.findall(r"/orders/(\d{8}-\d{4}-\w{5}-\d)", orders_page)))
    assert orders_page.count("2 个订单合并付款：") == 2
    assert "2 个订单合并付款，共" in buyer.get(f"/orders/{number}").text
    reference = f"purchase:{number.rpartition('-')[0]}"
    status_page = buyer.post("/pay/check", data={"reference": reference}, headers={"HX-Request": "true"}).text
    assert "尚未付款。货品为您保留到" in status_page
    assert buyer.post(f"/orders/{number}/cancel", data={"reason": "changed_mind", "said": ""}).status_code == 303
    return_page = buyer.get(f"/pay/back?reference={reference}").text
    assert "订单已取消，没有扣款" in return_page
    assert "其他订单仍待付款" in return_page
    payment_response = buyer.post("/pay", data={"reference": hidden_value(return_page, "reference")})
    assert payment_response.location.startswith("https://gateway.example/")
    assert "合并付款" not in buyer.get(f"/orders/{other_number}").text


def test_checkout_same_form_twice_redirects_to_same_payment(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    page = buyer.get("/checkout").text
    form = {"key": hidden_value(page, "key"), "expected": hidden_value(page, "expected"), "do": "place", **address_fields()}
    first = buyer.post("/checkout", data=form)
    second = buyer.post("/checkout", data=form)
    assert first.location == second.location
    assert len(fake_gateway.payments) == 1


def test_checkout_gateway_unavailable_keeps_order(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    fake_gateway.is_down = True
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    response = submit_checkout(buyer)
    assert "/purchases/" in response.location  # type: ignore[attr-defined]
    page = buyer.get(response.location).text  # type: ignore[attr-defined]
    fake_gateway.is_down = False
    retry_response = buyer.post("/pay", data={"reference": hidden_value(page, "reference")})
    assert retry_response.location.startswith("https://gateway.example/")


def test_order_pages_of_other_users_not_found(ctx: Flask, actors: Actors, sample_products: SampleProducts) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    order = order_factory.get_order(order_id)
    stranger = actors.stranger.client()
    for path in (f"/orders/{order.number}", f"/orders/{order.number}/print", f"/desk/acme/orders/{order.number}"):
        assert stranger.get(path).status_code == 404
    assert stranger.post("/pay", data={"reference": order.payment_reference}).status_code == 404
    assert actors.rival_owner.client().get(f"/desk/rival/orders/{order.number}").status_code == 404
    assert order_factory.get_order(order_id).state is OrderState.PAYMENT
