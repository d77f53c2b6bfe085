"""Quantities above the stock: errors in the cart, and in the checkout after a concurrent order (shopping cart, OR1)."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.db import unit_of_work
from tests.actors import Actors
from tests.factories import product_factory
from tests.factories.order_factory import FakeGateway, SampleProducts
from tests.marketplace.checkout.test_checkout_pages import add_to_cart, address_fields, hidden_value


@pytest.fixture
def scarce_variant_id(actors: Actors, ctx: Flask) -> UUID:
    """Create a product with seven units in stock and return its variant id."""
    with unit_of_work():
        return product_factory.create_product(actors.acme_id, on_hand=7).variants[0].id


def set_on_hand(superuser: Engine, variant_id: UUID, quantity: int) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update stock_levels set on_hand = :n where variant_id = :v"), {"n": quantity, "v": variant_id})


def cart_line_html(page: str) -> str:
    (item_html,) = re.findall(r'<li class="line-item.*?</li>', page, re.DOTALL)
    return str(item_html)


@pytest.fixture(params=["guest", "buyer"])
def shopper(request: pytest.FixtureRequest, app: Flask, actors: Actors) -> FlaskClient:
    return app.test_client() if request.param == "guest" else actors.buyer.client()


def test_cart_line_over_stock_shows_available_quantity(
    scarce_variant_id: UUID, shopper: FlaskClient, superuser: Engine
) -> None:
    add_to_cart(shopper, scarce_variant_id, "7")
    assert "库存" not in cart_line_html(shopper.get("/cart").text)
    add_to_cart(shopper, scarce_variant_id, "1")
    page = shopper.get("/cart").text
    assert "库存只有 7 " in cart_line_html(page)
    assert re.search(r'value="checkout"[^>]*disabled', page)
    assert shopper.post("/cart", data={"pick": str(scarce_variant_id), "then": "checkout"}).status_code == 422
    redirect_response = shopper.post(
        "/cart", data={f"quantity-{scarce_variant_id}": "7", "pick": str(scarce_variant_id), "then": "checkout"}
    )
    assert redirect_response.location == "/checkout"
    set_on_hand(superuser, scarce_variant_id, 0)
    assert "暂时缺货。" in cart_line_html(shopper.get("/cart").text)


def test_add_over_stock_is_rejected(scarce_variant_id: UUID, shopper: FlaskClient, superuser: Engine) -> None:
    htmx_response = shopper.post(
        "/cart/lines", data={"variant": str(scarce_variant_id), "quantity": "8"}, headers={"HX-Request": "true"}
    )
    assert htmx_response.status_code == 422
    assert "库存只有 7 " in htmx_response.text
    assert 'value="8"' in htmx_response.text
    form_response = shopper.post("/cart/lines", data={"variant": str(scarce_variant_id), "quantity": "8"})
    assert form_response.status_code == 303
    assert "库存只有 7 " in shopper.get(form_response.location).text
    set_on_hand(superuser, scarce_variant_id, 0)
    sold_out_response = shopper.post(
        "/cart/lines", data={"variant": str(scarce_variant_id), "quantity": "1"}, headers={"HX-Request": "true"}
    )
    assert "暂时缺货" in sold_out_response.text
    assert 'class="line-item' not in shopper.get("/cart").text


def test_checkout_stock_decreased_shows_available_quantity(
    actors: Actors, scarce_variant_id: UUID, fake_gateway: FakeGateway, superuser: Engine
) -> None:
    client = actors.buyer.client()
    add_to_cart(client, scarce_variant_id, "7")
    form = {**address_fields(), "do": "recount"}
    page = client.post("/checkout", data=form).text
    set_on_hand(superuser, scarce_variant_id, 3)
    order_form = {**form, "key": hidden_value(page, "key"), "expected": hidden_value(page, "expected"), "do": "place"}
    response = client.post("/checkout", data=order_form)
    assert response.status_code == 409
    assert "库存只有 3 " in response.text
    assert not fake_gateway.payments


def test_product_page_limits_quantity_to_stock(actors: Actors, scarce_variant_id: UUID, app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        code = connection.scalar(
            text("select code from products join variants v on v.product_id = products.id where v.id = :v"),
            {"v": scarce_variant_id},
        )
    client = app.test_client()
    page = client.get(f"/p/{code}").text
    assert 'data-max="7"' in page
    over_stock_page = client.get(f"/p/{code}?quantity=8").text
    assert "库存只有 7 " in over_stock_page.partition('id="f-quantity-error"')[2][:60]
    set_on_hand(superuser, scarce_variant_id, 0)
    sold_out_page = client.get(f"/p/{code}").text
    assert "已售罄" in sold_out_page
    assert "暂时缺货。" in sold_out_page
    assert "其他规格" not in sold_out_page
    assert 'name="quantity"' not in sold_out_page


def test_product_page_stock_below_minimum_hides_quantity_field(
    actors: Actors, ctx: Flask, app: Flask, superuser: Engine
) -> None:
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, on_hand=7)
        code, variant = product.code, product.variants[0].id
    with superuser.begin() as connection:
        connection.execute(text("update variants set min_quantity = 10 where id = :v"), {"v": variant})
    page = app.test_client().get(f"/p/{code}").text
    assert re.search(r"现货只剩 7 \S+，不够最小起订量 10 ", page)
    assert 'name="quantity"' not in page


def test_cart_in_stock_line_has_no_error(actors: Actors, sample_products: SampleProducts) -> None:
    """Verify that the sample products of the other tests have no error of their own."""
    client = actors.buyer.client()
    add_to_cart(client, sample_products.cloth, str(Decimal(5)))
    assert "is-off" not in client.get("/cart").text
