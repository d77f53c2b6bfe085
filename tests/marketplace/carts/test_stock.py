"""More than there is: the cart says how much is left before anybody orders, the checkout when somebody was faster (CA3, OR1)."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.db import unit_of_work
from tests.cast import Cast
from tests.factories import goods
from tests.factories.trade import Street, Till
from tests.marketplace.checkout.test_pages import add, hidden, typed_address


@pytest.fixture
def scarce(cast: Cast, ctx: Flask) -> UUID:
    """Goods of which seven are left."""
    with unit_of_work():
        return goods.product(cast.acme_id, on_hand=7).variants[0].id


def leave(superuser: Engine, variant: UUID, left: int) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update stock_levels set on_hand = :n where variant_id = :v"), {"n": left, "v": variant})


def line(page: str) -> str:
    (found,) = re.findall(r'<li class="line-item.*?</li>', page, re.DOTALL)
    return str(found)


@pytest.fixture(params=["guest", "buyer"])
def somebody(request: pytest.FixtureRequest, app: Flask, cast: Cast) -> FlaskClient:
    return app.test_client() if request.param == "guest" else cast.buyer.browser()


def test_a_line_of_more_than_there_is_says_how_much_is_left(scarce: UUID, somebody: FlaskClient, superuser: Engine) -> None:
    add(somebody, scarce, "7")
    assert "库存" not in line(somebody.get("/cart").text)
    add(somebody, scarce, "1")
    page = somebody.get("/cart").text
    assert "库存只有 7 " in line(page)
    assert re.search(r'value="checkout"[^>]*disabled', page)
    assert somebody.post("/cart", data={"pick": str(scarce), "then": "checkout"}).status_code == 422
    led = somebody.post("/cart", data={f"quantity-{scarce}": "7", "pick": str(scarce), "then": "checkout"})
    assert led.location == "/checkout"
    leave(superuser, scarce, 0)
    assert "暂时缺货。" in line(somebody.get("/cart").text)


def test_more_than_there_is_does_not_go_into_the_cart(scarce: UUID, somebody: FlaskClient, superuser: Engine) -> None:
    refused = somebody.post("/cart/lines", data={"variant": str(scarce), "quantity": "8"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "库存只有 7 " in refused.text
    assert 'value="8"' in refused.text
    plain = somebody.post("/cart/lines", data={"variant": str(scarce), "quantity": "8"})
    assert plain.status_code == 303
    assert "库存只有 7 " in somebody.get(plain.location).text
    leave(superuser, scarce, 0)
    gone = somebody.post("/cart/lines", data={"variant": str(scarce), "quantity": "1"}, headers={"HX-Request": "true"})
    assert "暂时缺货" in gone.text
    assert 'class="line-item' not in somebody.get("/cart").text


def test_the_checkout_says_how_much_somebody_faster_has_left(cast: Cast, scarce: UUID, till: Till, superuser: Engine) -> None:
    buyer = cast.buyer.browser()
    add(buyer, scarce, "7")
    form = {**typed_address(), "do": "recount"}
    page = buyer.post("/checkout", data=form).text
    leave(superuser, scarce, 3)
    placing = {**form, "key": hidden(page, "key"), "expected": hidden(page, "expected"), "do": "place"}
    refused = buyer.post("/checkout", data=placing)
    assert refused.status_code == 409
    assert "库存只有 3 " in refused.text
    assert not till.open


def test_the_page_of_goods_offers_no_more_than_there_is(cast: Cast, scarce: UUID, app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        code = connection.scalar(
            text("select code from products join variants v on v.product_id = products.id where v.id = :v"), {"v": scarce}
        )
    visitor = app.test_client()
    page = visitor.get(f"/p/{code}").text
    assert 'data-max="7"' in page
    typed = visitor.get(f"/p/{code}?quantity=8").text
    assert "库存只有 7 " in typed.partition('id="f-quantity-error"')[2][:60]
    leave(superuser, scarce, 0)
    gone = visitor.get(f"/p/{code}").text
    assert "已售罄" in gone
    assert "暂时缺货。" in gone
    assert "其他规格" not in gone
    assert 'name="quantity"' not in gone


def test_less_than_the_smallest_order_is_no_offer(cast: Cast, ctx: Flask, app: Flask, superuser: Engine) -> None:
    with unit_of_work():
        product = goods.product(cast.acme_id, on_hand=7)
        code, variant = product.code, product.variants[0].id
    with superuser.begin() as connection:
        connection.execute(text("update variants set min_quantity = 10 where id = :v"), {"v": variant})
    page = app.test_client().get(f"/p/{code}").text
    assert re.search(r"现货只剩 7 \S+，不够最小起订量 10 ", page)
    assert 'name="quantity"' not in page


def test_street_is_in_stock(cast: Cast, street: Street) -> None:
    """The control: what the other tests buy is no line in trouble."""
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, str(Decimal(5)))
    assert "is-off" not in buyer.get("/cart").text
