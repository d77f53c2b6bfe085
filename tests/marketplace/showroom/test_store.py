"""A merchant's goods inside its shop (SF1, SF2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue import search
from marketplace.kernel import memo
from marketplace.kernel.db import unit_of_work
from tests.cast import Cast
from tests.factories import goods as make


@pytest.fixture
def hall(ctx: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    """Five products of acme, one of the rival."""
    with unit_of_work():
        category = make.category("gingham", attributes=True)
    for merchant in (*[cast.acme_id] * 5, cast.rival_id):
        with unit_of_work():
            make.product(merchant, category.id, on_hand=100)
    drain()
    search.reindex()
    memo.forget_all()


def tiles(page: str) -> int:
    return page.count('<article class="tile">')


def test_a_shop_shows_its_own_goods_and_no_others(client: FlaskClient, hall: None) -> None:
    assert tiles(client.get("/s/acme/goods").text) == 5
    assert tiles(client.get("/s/rival/goods").text) == 1
    assert tiles(client.get("/s/acme/").text) == 5
    page = client.get("/goods", base_url="http://acme.localhost").text
    assert tiles(page) == 5
    assert 'href="http://localhost/p/' in page, "a product is bought at the market itself"


def test_a_shops_goods_are_found_and_sorted(client: FlaskClient, hall: None) -> None:
    assert tiles(client.get("/s/acme/goods?q=nothing-like-this").text) == 0
    assert "本店没有符合" in client.get("/s/acme/goods?q=nothing-like-this").text
    for sort in ("sales", "newest", "price_up", "nonsense"):
        assert tiles(client.get(f"/s/acme/goods?sort={sort}").text) == 5
    assert tiles(client.get("/s/acme/goods?page=9").text) == 5


def test_an_empty_shop_says_so(client: FlaskClient, cast: Cast) -> None:
    assert "店铺正在布置" in client.get("/s/acme/goods").text


def test_a_page_of_goods_asks_little(client: FlaskClient, hall: None, statements: Callable[[], Any]) -> None:
    client.get("/s/acme/goods")
    with statements() as said:
        client.get("/s/acme/goods")
    assert len(said) <= 4, said
