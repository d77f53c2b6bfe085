"""Goods that are gone by the time somebody buys them: the product's page, the cart and the checkout say so (CA3, OR1)."""

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

from marketplace.carts import services as carts
from marketplace.carts import visit
from marketplace.catalogue import queries, services
from marketplace.catalogue.services import VariantSheet
from marketplace.catalogue.services.saving import sheet_of
from marketplace.kernel.db import db, unit_of_work
from tenants.merchants import services as merchants
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods as make
from tests.factories import trade
from tests.factories.trade import Street
from tests.marketplace.checkout.test_pages import add, hidden, typed_address

OFF_SALE = ("该商品已下架。", "This product is off sale at the moment.")
NO_ORDERS = ("该店铺暂停接单。", "This shop does not take orders at the moment.")
NO_VARIANT = ("该规格已停售。", "This variant is no longer offered.")
ENGLISH = {"Accept-Language": "en"}

Deed = Callable[[Cast, Street], None]


def off_sale(cast: Cast, street: Street) -> None:
    """The merchant takes the cloth off sale."""
    with unit_of_work(), acting_for(cast.acme_id):
        services.take_off_sale(product_id=street.cloth_product)


def suspended(cast: Cast, street: Street) -> None:
    """The market suspends the cloth's merchant."""
    with unit_of_work(), working_on(Purpose.CONSOLE):
        merchants.suspend(merchant_id=cast.acme_id, reason="核查")


def closed(cast: Cast, street: Street) -> None:
    """The merchant replaces the only variant of the cloth by another, which is in stock."""
    with unit_of_work(), acting_for(cast.acme_id):
        product = queries.get(street.cloth_product)
        sheet = sheet_of(product=product)
        fresh = {**vars(sheet), "variants": [VariantSheet(sku="NEW-CLOTH", weight_grams=220)]}
        services.save_product(merchant_id=cast.acme_id, sheet=type(sheet)(**fresh), product_id=product.id)
        db.session.flush()
        place = make.warehouse(cast.acme_id)
        (variant,) = [one for one in product.variants if one.closed_at is None]
        make.stock.receive(variant_id=variant.id, location_id=place.id, quantity=Decimal(50))


def judged_again(cast: Cast, street: Street) -> None:
    """Off sale and with the market's reviewers again: it has no page."""
    off_sale(cast, street)
    with unit_of_work(), acting_for(cast.acme_id):
        services.submit(product_id=street.cloth_product)


def sku_of(street: Street) -> str:
    with unit_of_work():
        return queries.sellable([street.cloth])[street.cloth].sku


def toasts(page: str) -> list[str]:
    """What the page says of the last act."""
    return [html.unescape(said) for said in re.findall(r'<div class="toast is-bad"[^>]*>.*?<div>([^<]*)</div>', page)]


def held(superuser: Engine) -> int:
    with superuser.connect() as connection:
        return int(connection.scalar(text("select count(*) from cart_lines")) or 0)


@pytest.fixture(params=["guest", "buyer"])
def somebody(request: pytest.FixtureRequest, app: Flask, cast: Cast) -> FlaskClient:
    return app.test_client() if request.param == "guest" else cast.buyer.browser()


@pytest.mark.parametrize(("deed", "said"), [(off_sale, OFF_SALE), (suspended, NO_ORDERS), (closed, NO_VARIANT)])
def test_gone_goods_are_refused_on_their_page(
    cast: Cast, street: Street, somebody: FlaskClient, superuser: Engine, deed: Deed, said: tuple[str, str]
) -> None:
    sku = sku_of(street)
    deed(cast, street)
    form = {"variant": str(street.cloth), "quantity": "37"}
    for language, sentence in zip(({}, ENGLISH), said, strict=True):
        answer = somebody.post("/cart/lines", data=form, headers=language)
        assert answer.status_code == 303
        assert answer.location.startswith("/p/")
        assert f"v={sku}&quantity=37" in answer.location
        page = somebody.get(answer.location, headers=language)
        assert page.status_code == 200
        assert toasts(page.text) == [sentence]
        live = somebody.post("/cart/lines", data=form, headers={"HX-Request": "true", **language})
        assert (live.status_code, live.headers["HX-Retarget"], live.headers["HX-Reswap"]) == (409, "#toasts", "beforeend")
        assert toasts(live.text) == [sentence]
        assert "<html" not in live.text
    assert not toasts(somebody.get(answer.location).text)
    assert "line-item" not in somebody.get("/cart").text
    assert held(superuser) == 0


def test_what_was_typed_stands_at_the_variant_that_is_left(cast: Cast, street: Street) -> None:
    closed(cast, street)
    browser = cast.buyer.browser()
    answer = browser.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "37"}, follow_redirects=True)
    field = re.search(r'<input id="f-quantity"[^>]*>', answer.text)
    assert field
    assert 'value="37"' in field.group()
    assert "NEW-CLOTH" in answer.text


def test_goods_without_a_page_are_refused_in_the_cart(cast: Cast, street: Street, somebody: FlaskClient) -> None:
    judged_again(cast, street)
    answer = somebody.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "2"})
    assert (answer.status_code, answer.location) == (303, "/cart")
    assert toasts(somebody.get("/cart").text) == ["该商品已下架。"]


def test_goods_that_never_were_are_refused_in_the_cart(cast: Cast, street: Street, somebody: FlaskClient) -> None:
    form = {"variant": str(UUID(int=7)), "quantity": "2"}
    answer = somebody.post("/cart/lines", data=form, headers=ENGLISH)
    assert (answer.status_code, answer.location) == (303, "/cart")
    assert toasts(somebody.get("/cart", headers=ENGLISH).text) == ["This is no longer offered."]
    assert somebody.post("/cart/lines", data=form, headers={"HX-Request": "true"}).status_code == 409


def test_a_full_cart_is_said_on_the_product_page_and_takes_nothing_more(
    cast: Cast, street: Street, somebody: FlaskClient, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    monkeypatch.setattr(visit, "MOST_GUEST_LINES", 1)
    add(somebody, street.thread, "3")
    before = held(superuser)
    answer = somebody.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "37"})
    assert answer.location.startswith("/p/")
    page = somebody.get(answer.location).text
    assert toasts(page) == ["采购车最多放 1 种货品。请先下单，或者移出一些。"]
    assert 'value="37"' in str(re.search(r'<input id="f-quantity"[^>]*>', page))
    assert held(superuser) == before
    assert somebody.get("/cart").text.count('name="remove"') == 1


@pytest.mark.parametrize(
    ("deed", "said", "linked"),
    [(off_sale, OFF_SALE, True), (suspended, NO_ORDERS, True), (closed, NO_VARIANT, True), (judged_again, OFF_SALE, False)],
)
def test_the_cart_shows_what_is_gone_and_lets_go_of_it(
    cast: Cast, street: Street, somebody: FlaskClient, deed: Deed, said: tuple[str, str], linked: bool
) -> None:
    add(somebody, street.cloth, "5")
    add(somebody, street.thread, "3")
    deed(cast, street)
    for language, sentence in zip(({}, ENGLISH), said, strict=True):
        page = somebody.get("/cart", headers=language).text
        (line,) = re.findall(r'<li class="line-item[^"]*is-off">.*?</li>', page, re.DOTALL)
        assert sentence in line
        assert f'name="remove" value="{street.cloth}"' in line
        links = re.findall(r'href="(/p/[^"]+)"', line)
        assert bool(links) is linked
        assert all(somebody.get(html.unescape(link)).status_code == 200 for link in links)
    picked = {"pick": [str(street.cloth), str(street.thread)]}
    stays = somebody.post("/cart", data={**picked, "then": "checkout"})
    assert stays.status_code == 422
    assert 'name="drop_troubled"' in stays.text
    assert somebody.post("/cart", data={**picked, "drop_troubled": "1"}).status_code == 303
    left = somebody.get("/cart").text
    assert str(street.cloth) not in left
    assert str(street.thread) in left


def test_one_line_that_is_gone_can_be_taken_out_by_itself(cast: Cast, street: Street, somebody: FlaskClient) -> None:
    add(somebody, street.cloth, "5")
    off_sale(cast, street)
    assert somebody.post("/cart", data={"remove": str(street.cloth)}).status_code == 303
    assert "is-off" not in somebody.get("/cart").text


@pytest.mark.parametrize(("deed", "said"), [(off_sale, OFF_SALE), (suspended, NO_ORDERS), (closed, NO_VARIANT)])
def test_the_checkout_names_what_is_gone_before_anybody_orders(
    cast: Cast, street: Street, till: trade.Till, deed: Deed, said: tuple[str, str]
) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    add(buyer, street.thread, "3")
    assert 'class="errors"' not in buyer.get("/checkout").text
    deed(cast, street)
    headings = ("采购车中有 1 行现在不能下单，未计入本页金额。", "1 line of your cart cannot be ordered as it is")
    for language, sentence, heading in zip(({}, ENGLISH), said, headings, strict=True):
        page = buyer.get("/checkout", headers=language).text
        warned = page.partition('class="errors" id="troubled"')[2].partition("</div>")[0]
        assert heading in warned
        assert sentence in warned
        assert 'name="do" value="cart"' in warned
        button = re.search(r'<button[^>]*value="place"[^>]*>', page)
        assert button
        assert "disabled" in button.group()
    form = {
        "key": hidden(page, "key"),
        "expected": hidden(page, "expected"),
        **typed_address(),
        f"note-{cast.rival_id}": "轻放",
    }
    again = buyer.post("/checkout", data={**form, "do": "recount"}, headers={"HX-Request": "true"}).text
    assert said[0] in again.partition('class="errors" id="troubled"')[2].partition("</div>")[0]
    assert "#troubled" in again.partition("hx-select-oob=")[2].partition(">")[0]
    assert "轻放" in again
    refused = buyer.post("/checkout", data={**form, "do": "place"})
    assert refused.status_code == 409
    assert said[0] in refused.text
    assert "轻放" in refused.text
    assert not till.open


def test_gone_goods_that_are_not_picked_stand_in_nobodys_way(cast: Cast, street: Street, till: trade.Till) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "5")
    add(buyer, street.thread, "3")
    off_sale(cast, street)
    led = buyer.post("/cart", data={"pick": str(street.thread), "then": "checkout"})
    assert led.location == "/checkout"
    page = buyer.get("/checkout").text
    assert 'class="errors"' not in page
    assert '<span class="count">2<' in page, "the head counts what is not picked too"
    form = {"key": hidden(page, "key"), "expected": hidden(page, "expected"), "do": "place", **typed_address()}
    recounted = buyer.post("/checkout", data={**form, "do": "recount"}).text
    form["expected"] = hidden(recounted, "expected")
    assert buyer.post("/checkout", data=form).status_code == 303
    assert len(till.open) == 1
    left = buyer.get("/cart").text
    assert str(street.cloth) in left
    assert '<span class="count">1<' in left
