"""Who goes back to the cart from the checkout finds what they typed when they return (CA3, OR1)."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.carts import services as carts
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.money import Money
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories.trade import HOME, Street, Till
from tests.marketplace.checkout.test_pages import add, hidden, send, typed_address


def kept(superuser: Engine) -> list[Any]:
    wanted = text("select unsent from sign_in_sessions where unsent is not null and unsent <> 'null'")
    with superuser.connect() as connection:
        return list(connection.scalars(wanted))


def field(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, name
    return (re.search(r'value="([^"]*)"', found.group()) or [""])[1] if 'value="' in found.group() else ""


def turn_back(browser: FlaskClient, cast: Cast, **changed: str) -> None:
    page = browser.get("/checkout").text
    form = {"key": hidden(page, "key"), "expected": hidden(page, "expected"), "do": "cart", **typed_address()}
    answer = browser.post("/checkout", data={**form, f"note-{cast.acme_id}": "轻放", **changed})
    assert (answer.status_code, answer.location) == (303, "/cart")


def test_what_was_typed_is_there_again_and_no_cookie_carries_it(
    app: Flask, cast: Cast, street: Street, till: Till, superuser: Engine
) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    turn_back(buyer, cast, name="半个名", street="")
    cookie = buyer.get_cookie("visit")
    assert cookie
    said = app.session_interface.get_signing_serializer(app).loads(cookie.value)  # type: ignore[attr-defined]
    assert said["checkout_aside"] is True
    assert "半个名" not in str(said)
    assert buyer.post("/cart", data={f"quantity-{street.cloth}": "7", "pick": str(street.cloth)}).status_code == 303
    page = buyer.get("/checkout").text
    assert field(page, "name") == "半个名"
    assert field(page, "phone") == HOME["phone"]
    assert field(page, "street") == ""
    assert field(page, f"note-{cast.acme_id}") == "轻放"
    assert f'value="{HOME["region_code"]}" selected' in page
    assert not cast.other_buyer.browser().get("/checkout").text.count("半个名")


def test_once_ordered_it_is_forgotten(cast: Cast, street: Street, till: Till, superuser: Engine) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    turn_back(buyer, cast)
    assert len(kept(superuser)) == 1
    page = buyer.get("/checkout").text
    assert send(buyer, expected=hidden(buyer.post("/checkout", data={**typed_address(), "do": "recount"}).text, "expected"))
    assert kept(superuser) == []
    add(buyer, street.thread, "3")
    page = buyer.get("/checkout").text
    assert "轻放" not in page
    assert 'name="address" value="new" checked' not in page


def test_it_ends_with_the_sign_in(cast: Cast, street: Street, superuser: Engine) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    turn_back(buyer, cast)
    buyer.post("/sign-out")
    assert kept(superuser) == []


def test_an_address_of_the_book_that_is_gone_meanwhile_is_no_accident(cast: Cast, street: Street) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    turn_back(buyer, cast, address="01a20480-c504-7001-ba4e-09761e4f3345")
    page = buyer.get("/checkout")
    assert page.status_code == 200
    assert field(page.text, "street") == HOME["street"]


def test_enter_in_a_field_does_not_lead_away(app: Flask, cast: Cast, street: Street) -> None:
    """A browser presses the first button of the form, wherever it stands in the page."""
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    page = buyer.get("/checkout").text
    buttons = re.findall(r'<button[^>]*name="do" value="(\w+)"', page)
    assert buttons[0] == "recount"
    assert "cart" in buttons


def test_below_a_merchants_smallest_order_the_checkout_leads_back_to_the_cart(cast: Cast, street: Street) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")

    def button(page: str) -> str:
        (found,) = re.findall(r'<button[^>]*value="place"[^>]*>', page)
        return str(found)

    assert "disabled" not in button(buyer.get("/checkout").text)
    with unit_of_work(), acting_for(cast.acme_id):
        carts.set_minimum(merchant_id=cast.acme_id, minimum=Money(9_999_00, "CNY"))
    page = buyer.get("/checkout").text
    assert "disabled" in button(page)
    short = page.partition("达到这家的起订额")[2].partition("</section>")[0]
    assert 'name="do" value="cart"' in short
