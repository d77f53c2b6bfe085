"""The product listing of a merchant shop (shop management, SF1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue import search_index
from marketplace.kernel import cache
from marketplace.kernel.db import unit_of_work
from tests.actors import Actors
from tests.factories import product_factory


@pytest.fixture
def indexed_products(ctx: Flask, actors: Actors, drain_outbox: Callable[[], int]) -> None:
    """Create and index five products of acme and one of its rival."""
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
    for merchant in (*[actors.acme_id] * 5, actors.rival_id):
        with unit_of_work():
            product_factory.create_product(merchant, category.id, on_hand=100)
    drain_outbox()
    search_index.reindex()
    cache.clear_all()


def count_cards(page: str) -> int:
    return page.count('<article class="tile">')


def test_merchant_shop_lists_only_own_products(client: FlaskClient, indexed_products: None) -> None:
    assert count_cards(client.get("/s/acme/goods").text) == 5
    assert count_cards(client.get("/s/rival/goods").text) == 1
    assert count_cards(client.get("/s/acme/").text) == 5
    page = client.get("/goods", base_url="http://acme.localhost").text
    assert count_cards(page) == 5
    assert 'href="http://localhost/p/' in page, "products link to the marketplace host"


def test_merchant_shop_search_and_sort(client: FlaskClient, indexed_products: None) -> None:
    assert count_cards(client.get("/s/acme/goods?q=nothing-like-this").text) == 0
    assert "本店没有符合" in client.get("/s/acme/goods?q=nothing-like-this").text
    for sort in ("sales", "newest", "price_up", "nonsense"):
        assert count_cards(client.get(f"/s/acme/goods?sort={sort}").text) == 5
    assert count_cards(client.get("/s/acme/goods?page=9").text) == 5


def test_merchant_shop_without_products_shows_empty_state(client: FlaskClient, actors: Actors) -> None:
    assert "店铺正在布置" in client.get("/s/acme/goods").text


def test_merchant_shop_listing_within_query_budget(
    client: FlaskClient, indexed_products: None, record_statements: Callable[[], Any]
) -> None:
    client.get("/s/acme/goods")
    with record_statements() as executed:
        client.get("/s/acme/goods")
    assert len(executed) <= 4, executed
