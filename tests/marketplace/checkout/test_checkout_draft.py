"""The checkout draft: input is kept while the buyer returns to the cart (shopping cart, OR1)."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.carts import services as cart_services
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.money import Money
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories.order_factory import SHIPPING_ADDRESS, FakeGateway, SampleProducts
from tests.marketplace.checkout.test_checkout_pages import add_to_cart, address_fields, hidden_value, submit_checkout


def saved_drafts(superuser: Engine) -> list[Any]:
    stmt = text("select draft from user_sessions where draft is not null and draft <> 'null'")
    with superuser.connect() as connection:
        return list(connection.scalars(stmt))


def input_value(page: str, name: str) -> str:
    match = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert match, name
    return (re.search(r'value="([^"]*)"', match.group()) or [""])[1] if 'value="' in match.group() else ""


def return_to_cart(client: FlaskClient, actors: Actors, **changed: str) -> None:
    page = client.get("/checkout").text
    form = {"key": hidden_value(page, "key"), "expected": hidden_value(page, "expected"), "do": "cart", **address_fields()}
    response = client.post("/checkout", data={**form, f"note-{actors.acme_id}": "轻放", **changed})
    assert (response.status_code, response.location) == (303, "/cart")


def test_draft_restored_from_server_not_cookie(
    app: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, superuser: Engine
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    return_to_cart(buyer, actors, name="半个名", street="")
    cookie = buyer.get_cookie("visit")
    assert cookie
    session_data = app.session_interface.get_signing_serializer(app).loads(cookie.value)  # type: ignore[attr-defined]
    assert session_data["checkout_draft"] is True
    assert "半个名" not in str(session_data)
    assert (
        buyer.post("/cart", data={f"quantity-{sample_products.cloth}": "7", "pick": str(sample_products.cloth)}).status_code
        == 303
    )
    page = buyer.get("/checkout").text
    assert input_value(page, "name") == "半个名"
    assert input_value(page, "phone") == SHIPPING_ADDRESS["phone"]
    assert input_value(page, "street") == ""
    assert input_value(page, f"note-{actors.acme_id}") == "轻放"
    assert f'value="{SHIPPING_ADDRESS["region_code"]}" selected' in page
    assert not actors.other_buyer.client().get("/checkout").text.count("半个名")


def test_draft_deleted_after_order(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, superuser: Engine
) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    return_to_cart(buyer, actors)
    assert len(saved_drafts(superuser)) == 1
    page = buyer.get("/checkout").text
    assert submit_checkout(
        buyer, expected=hidden_value(buyer.post("/checkout", data={**address_fields(), "do": "recount"}).text, "expected")
    )
    assert saved_drafts(superuser) == []
    add_to_cart(buyer, sample_products.thread, "3")
    page = buyer.get("/checkout").text
    assert "轻放" not in page
    assert 'name="address" value="new" checked' not in page


def test_draft_deleted_on_logout(actors: Actors, sample_products: SampleProducts, superuser: Engine) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    return_to_cart(buyer, actors)
    buyer.post("/sign-out")
    assert saved_drafts(superuser) == []


def test_draft_with_deleted_address_falls_back(actors: Actors, sample_products: SampleProducts) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    return_to_cart(buyer, actors, address="01a20480-c504-7001-ba4e-09761e4f3345")
    page = buyer.get("/checkout")
    assert page.status_code == 200
    assert input_value(page.text, "street") == SHIPPING_ADDRESS["street"]


def test_checkout_first_submit_button_is_recount(app: Flask, actors: Actors, sample_products: SampleProducts) -> None:
    """The Enter key submits with the first button of the form, wherever it is in the page."""
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")
    page = buyer.get("/checkout").text
    buttons = re.findall(r'<button[^>]*name="do" value="(\w+)"', page)
    assert buttons[0] == "recount"
    assert "cart" in buttons


def test_checkout_below_order_minimum_disables_place_button(actors: Actors, sample_products: SampleProducts) -> None:
    buyer = actors.buyer.client()
    add_to_cart(buyer, sample_products.cloth, "5")

    def button(page: str) -> str:
        (match,) = re.findall(r'<button[^>]*value="place"[^>]*>', page)
        return str(match)

    assert "disabled" not in button(buyer.get("/checkout").text)
    with unit_of_work(), as_merchant(actors.acme_id):
        cart_services.set_order_minimum(merchant_id=actors.acme_id, minimum=Money(9_999_00, "CNY"))
    page = buyer.get("/checkout").text
    assert "disabled" in button(page)
    minimum_section = page.partition("达到这家的起订额")[2].partition("</section>")[0]
    assert 'name="do" value="cart"' in minimum_section
