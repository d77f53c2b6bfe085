"""Products that were taken off sale after a buyer saw them: product page, cart and checkout (shopping cart, OR1)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.carts import guest_cart
from marketplace.carts import services as cart_services
from marketplace.catalogue import queries, services
from marketplace.catalogue.inputs import VariantInput
from marketplace.catalogue.services.editing import product_input_of
from marketplace.kernel.db import db, unit_of_work
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchants import services as merchants
from tests.actors import Actors
from tests.factories import order_factory, product_factory
from tests.factories.order_factory import SampleProducts
from tests.marketplace.checkout.test_checkout_pages import add_to_cart, address_fields, hidden_value

OFF_SALE_MESSAGES = ("该商品已下架。", "This product is off sale at the moment.")
SUSPENDED_MESSAGES = ("该店铺暂停接单。", "This shop does not take orders at the moment.")
CLOSED_VARIANT_MESSAGES = ("该规格已停售。", "This variant is no longer offered.")
ENGLISH_HEADERS = {"Accept-Language": "en"}

Action = Callable[[Actors, SampleProducts], None]


def take_off_sale(actors: Actors, sample_products: SampleProducts) -> None:
    """Take the cloth off sale as its merchant."""
    with unit_of_work(), as_merchant(actors.acme_id):
        services.unpublish_product(product_id=sample_products.cloth_product)


def suspend_merchant(actors: Actors, sample_products: SampleProducts) -> None:
    """Suspend the merchant of the cloth."""
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        merchants.suspend_merchant(merchant_id=actors.acme_id, reason="核查")


def replace_variant(actors: Actors, sample_products: SampleProducts) -> None:
    """Replace the only variant of the cloth by another one that is in stock."""
    with unit_of_work(), as_merchant(actors.acme_id):
        product = queries.get_product(sample_products.cloth_product)
        current_input = product_input_of(product=product)
        updated_fields = {**vars(current_input), "variants": [VariantInput(sku="NEW-CLOTH", weight_grams=220)]}
        services.save_product(merchant_id=actors.acme_id, data=type(current_input)(**updated_fields), product_id=product.id)
        db.session.flush()
        location = product_factory.create_warehouse(actors.acme_id)
        (variant,) = [candidate for candidate in product.variants if candidate.closed_at is None]
        product_factory.inventory_services.receive(variant_id=variant.id, location_id=location.id, quantity=Decimal(50))


def resubmit_for_review(actors: Actors, sample_products: SampleProducts) -> None:
    """Take the cloth off sale and submit it for review, so that it has no page."""
    take_off_sale(actors, sample_products)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.submit_for_review(product_id=sample_products.cloth_product)


def sku_of(sample_products: SampleProducts) -> str:
    with unit_of_work():
        return queries.get_purchasable([sample_products.cloth])[sample_products.cloth].sku


def error_toasts(page: str) -> list[str]:
    """Return the texts of the error toasts on a page."""
    return [html.unescape(message) for message in re.findall(r'<div class="toast is-bad"[^>]*>.*?<div>([^<]*)</div>', page)]


def count_cart_lines(superuser: Engine) -> int:
    with superuser.connect() as connection:
        return int(connection.scalar(text("select count(*) from cart_lines")) or 0)


@pytest.fixture(params=["guest", "buyer"])
def shopper(request: pytest.FixtureRequest, app: Flask, actors: Actors) -> FlaskClient:
    return app.test_client() if request.param == "guest" else actors.buyer.client()


@pytest.mark.parametrize(
    ("action", "messages"),
    [(take_off_sale, OFF_SALE_MESSAGES), (suspend_merchant, SUSPENDED_MESSAGES), (replace_variant, CLOSED_VARIANT_MESSAGES)],
)
def test_add_unavailable_variant_redirects_to_product_page_with_error(
    actors: Actors,
    sample_products: SampleProducts,
    shopper: FlaskClient,
    superuser: Engine,
    action: Action,
    messages: tuple[str, str],
) -> None:
    sku = sku_of(sample_products)
    action(actors, sample_products)
    form = {"variant": str(sample_products.cloth), "quantity": "37"}
    for headers, message in zip(({}, ENGLISH_HEADERS), messages, strict=True):
        response = shopper.post("/cart/lines", data=form, headers=headers)
        assert response.status_code == 303
        assert response.location.startswith("/p/")
        assert f"v={sku}&quantity=37" in response.location
        page = shopper.get(response.location, headers=headers)
        assert page.status_code == 200
        assert error_toasts(page.text) == [message]
        htmx_response = shopper.post("/cart/lines", data=form, headers={"HX-Request": "true", **headers})
        assert (htmx_response.status_code, htmx_response.headers["HX-Retarget"], htmx_response.headers["HX-Reswap"]) == (
            409,
            "#toasts",
            "beforeend",
        )
        assert error_toasts(htmx_response.text) == [message]
        assert "<html" not in htmx_response.text
    assert not error_toasts(shopper.get(response.location).text)
    assert "line-item" not in shopper.get("/cart").text
    assert count_cart_lines(superuser) == 0


def test_add_closed_variant_preserves_quantity_on_replacement(actors: Actors, sample_products: SampleProducts) -> None:
    replace_variant(actors, sample_products)
    client = actors.buyer.client()
    response = client.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "37"}, follow_redirects=True)
    field = re.search(r'<input id="f-quantity"[^>]*>', response.text)
    assert field
    assert 'value="37"' in field.group()
    assert "NEW-CLOTH" in response.text


def test_add_product_without_page_redirects_to_cart(
    actors: Actors, sample_products: SampleProducts, shopper: FlaskClient
) -> None:
    resubmit_for_review(actors, sample_products)
    response = shopper.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "2"})
    assert (response.status_code, response.location) == (303, "/cart")
    assert error_toasts(shopper.get("/cart").text) == ["该商品已下架。"]


def test_add_unknown_variant_redirects_to_cart_with_error(
    actors: Actors, sample_products: SampleProducts, shopper: FlaskClient
) -> None:
    form = {"variant": str(UUID(int=7)), "quantity": "2"}
    response = shopper.post("/cart/lines", data=form, headers=ENGLISH_HEADERS)
    assert (response.status_code, response.location) == (303, "/cart")
    assert error_toasts(shopper.get("/cart", headers=ENGLISH_HEADERS).text) == ["This is no longer offered."]
    assert shopper.post("/cart/lines", data=form, headers={"HX-Request": "true"}).status_code == 409


def test_add_to_full_cart_shows_error_on_product_page(
    actors: Actors, sample_products: SampleProducts, shopper: FlaskClient, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    monkeypatch.setattr(guest_cart, "MAX_GUEST_LINES", 1)
    add_to_cart(shopper, sample_products.thread, "3")
    count_before = count_cart_lines(superuser)
    response = shopper.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "37"})
    assert response.location.startswith("/p/")
    page = shopper.get(response.location).text
    assert error_toasts(page) == ["采购车最多放 1 种货品。请先下单，或者移出一些。"]
    assert 'value="37"' in str(re.search(r'<input id="f-quantity"[^>]*>', page))
    assert count_cart_lines(superuser) == count_before
    assert shopper.get("/cart").text.count('name="remove"') == 1


@pytest.mark.parametrize(
    ("action", "messages", "linked"),
    [
        (take_off_sale, OFF_SALE_MESSAGES, True),
        (suspend_merchant, SUSPENDED_MESSAGES, True),
        (replace_variant, CLOSED_VARIANT_MESSAGES, True),
        (resubmit_for_review, OFF_SALE_MESSAGES, False),
    ],
)
def test_cart_flags_unavailable_lines_and_removes_them(
    actors: Actors,
    sample_products: SampleProducts,
    shopper: FlaskClient,
    action: Action,
    messages: tuple[str, str],
    linked: bool,
) -> None:
    add_to_cart(shopper, sample_products.cloth, "5")
    add_to_cart(shopper, sample_products.thread, "3")
    action(actors, sample_products)
    for headers, message in zip(({}, ENGLISH_HEADERS), messages, strict=True):
        page = shopper.get("/cart", headers=headers).text
        (line,) = re.findall(r'<li class="line-item[^"]*is-off">.*?</li>', page, re.DOTALL)
        assert message in line
        assert f'name="remove" value="{sample_products.cloth}"' in line
        links = re.findall(r'href="(/p/[^"]+)"', line)
        assert bool(links) is linked
        assert all(shopper.get(html.unescape(link)).status_code == 200 for link in links)
    form = {"pick": [str(sample_products.cloth), str(sample_products.thread)]}
    checkout_response = shopper.post("/cart", data={**form, "then": "checkout"})
    assert checkout_response.status_code == 422
    assert 'name="remove_invalid"' in checkout_response.text
    assert shopper.post("/cart", data={**form, "remove_invalid": "1"}).status_code == 303
    remaining_page = shopper.get("/cart").text
    assert str(sample_products.cloth) not in remaining_page
    assert str(sample_products.thread) in remaining_page


def test_cart_remove_single_unavailable_line(actors: Actors, sample_products: SampleProducts, shopper: FlaskClient) -> None:
    add_to_cart(shopper, sample_products.cloth, "5")
    take_off_sale(actors, sample_products)
    assert shopper.post("/cart", data={"remove": str(sample_products.cloth)}).status_code == 303
    assert "is-off" not in shopper.get("/cart").text


@pytest.mark.parametrize(
    ("action", "messages"),
    [(take_off_sale, OFF_SALE_MESSAGES), (suspend_merchant, SUSPENDED_MESSAGES), (replace_variant, CLOSED_VARIANT_MESSAGES)],
)
def test_checkout_lists_unavailable_lines_and_rejects_order(
    actors: Actors,
    sample_products: SampleProducts,
    fake_gateway: order_factory.FakeGateway,
    action: Action,
    messages: tuple[str, str],
) -> None:
    client = actors.buyer.client()
    add_to_cart(client, sample_products.cloth, "5")
    add_to_cart(client, sample_products.thread, "3")
    assert 'class="errors"' not in client.get("/checkout").text
    action(actors, sample_products)
    headings = ("采购车中有 1 行现在不能下单，未计入本页金额。", "1 line of your cart cannot be ordered as it is")
    for headers, message, heading in zip(({}, ENGLISH_HEADERS), messages, headings, strict=True):
        page = client.get("/checkout", headers=headers).text
        warning = page.partition('class="errors" id="troubled"')[2].partition("</div>")[0]
        assert heading in warning
        assert message in warning
        assert 'name="do" value="cart"' in warning
        button = re.search(r'<button[^>]*value="place"[^>]*>', page)
        assert button
        assert "disabled" in button.group()
    form = {
        "key": hidden_value(page, "key"),
        "expected": hidden_value(page, "expected"),
        **address_fields(),
        f"note-{actors.rival_id}": "轻放",
    }
    recount_page = client.post("/checkout", data={**form, "do": "recount"}, headers={"HX-Request": "true"}).text
    assert messages[0] in recount_page.partition('class="errors" id="troubled"')[2].partition("</div>")[0]
    assert "#troubled" in recount_page.partition("hx-select-oob=")[2].partition(">")[0]
    assert "轻放" in recount_page
    order_response = client.post("/checkout", data={**form, "do": "place"})
    assert order_response.status_code == 409
    assert messages[0] in order_response.text
    assert "轻放" in order_response.text
    assert not fake_gateway.payments


def test_checkout_ignores_unselected_unavailable_lines(
    actors: Actors, sample_products: SampleProducts, fake_gateway: order_factory.FakeGateway
) -> None:
    client = actors.buyer.client()
    add_to_cart(client, sample_products.cloth, "5")
    add_to_cart(client, sample_products.thread, "3")
    take_off_sale(actors, sample_products)
    redirect_response = client.post("/cart", data={"pick": str(sample_products.thread), "then": "checkout"})
    assert redirect_response.location == "/checkout"
    page = client.get("/checkout").text
    assert 'class="errors"' not in page
    assert '<span class="count">2<' in page, "the header counts unselected lines too"
    form = {"key": hidden_value(page, "key"), "expected": hidden_value(page, "expected"), "do": "place", **address_fields()}
    recount_page = client.post("/checkout", data={**form, "do": "recount"}).text
    form["expected"] = hidden_value(recount_page, "expected")
    assert client.post("/checkout", data=form).status_code == 303
    assert len(fake_gateway.payments) == 1
    remaining_page = client.get("/cart").text
    assert str(sample_products.cloth) in remaining_page
    assert '<span class="count">1<' in remaining_page
