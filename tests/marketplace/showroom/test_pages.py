"""The hall's pages: what visitors see, and how little is asked of the database for it (P4)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.kernel import memo
from marketplace.kernel.db import unit_of_work
from marketplace.showroom import rules
from tests.cast import Cast
from tests.factories import goods as make


@pytest.fixture
def hall(ctx: Flask, cast: Cast) -> list[str]:
    """Twelve products of two merchants in one category."""
    codes = []
    with unit_of_work():
        category = make.category("gingham", attributes=True)
    for number in range(12):
        with unit_of_work():
            merchant = cast.acme_id if number % 2 else cast.rival_id
            made = make.product(merchant, category.id, on_hand=100)
            codes.append(made.code)
    memo.forget_all()
    return codes


def test_the_front_page_shows_goods_and_merchants(client: FlaskClient, hall: list[str], statements) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "兴隆布行" in page.text
    assert "南通百织" in page.text
    with statements() as said:
        assert client.get("/").status_code == 200
    assert len(said) <= 4


def test_the_front_page_of_an_empty_market_invites(client: FlaskClient) -> None:
    assert "市场即将开张" in client.get("/").text


def test_a_products_page_says_what_a_buyer_asks(client: FlaskClient, hall: list[str], statements) -> None:
    page = client.get(f"/p/{hall[0]}")
    assert page.status_code == 200
    assert "规格" in page.text
    with statements() as said:
        client.get(f"/p/{hall[0]}", headers={"Accept-Language": "en"})
    assert len(said) <= 6, said


def test_what_was_never_published_cannot_be_seen(ctx: Flask, cast: Cast, client: FlaskClient) -> None:
    with unit_of_work():
        category = make.category("gingham", attributes=True)
    with unit_of_work():
        hidden = make.draft(cast.acme_id, category.id)
    assert client.get(f"/p/{hidden.code}").status_code == 404
    assert client.get("/p/no-such").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?page=99999", "?page=x&sort=nonsense&price_min=abc&view=3", "?colour=%F0%9F%91%8D&q=" + "x" * 900]
)
def test_no_address_breaks_a_category(client: FlaskClient, hall: list[str], query: str) -> None:
    assert client.get(f"/c/gingham{query}").status_code == 200
    assert client.get(f"/search{query}").status_code == 200


def test_a_category_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/c/no-such").status_code == 404


def test_what_the_search_field_sends_is_no_filter() -> None:
    """Its choice of goods or merchants shares a word with the filter by kind of merchant."""
    wish = rules.read([("kind", "products"), ("q", "府绸"), ("kind", "trader")], facets=())
    assert wish.text == "府绸"
    assert wish.chosen == {"kind": ("trader",)}
