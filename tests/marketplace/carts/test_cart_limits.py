"""Cart size limit, also under concurrent additions (shopping cart, OR1)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.carts import services as cart_services
from marketplace.carts.errors import CartFull
from marketplace.carts.pricing import CartItem
from marketplace.kernel.db import unit_of_work
from tenants.accounts import passwords
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import SampleProducts
from tests.marketplace.inventory.test_concurrency import run_concurrently


def read_cart_lines(superuser: Engine) -> dict[UUID, Decimal]:
    with superuser.connect() as connection:
        return {row.variant_id: row.quantity for row in connection.execute(text("select variant_id, quantity from cart_lines"))}


def add_to_cart(actors: Actors, variant_id: UUID, quantity: int = 1) -> int | str:
    try:
        with unit_of_work(), order_factory.as_person(actors.buyer):
            return cart_services.add_item(buyer_id=actors.buyer.buyer_id, variant_id=variant_id, quantity=Decimal(quantity))
    except CartFull:
        return "full"


def test_add_item_cart_full_caught_writes_nothing(
    actors: Actors, sample_products: SampleProducts, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    assert add_to_cart(actors, sample_products.cloth) == 1
    with unit_of_work(), order_factory.as_person(actors.buyer), pytest.raises(CartFull):
        cart_services.add_item(buyer_id=actors.buyer.buyer_id, variant_id=sample_products.thread, quantity=Decimal(1))
    assert read_cart_lines(superuser) == {sample_products.cloth: 1}


def test_add_item_full_cart_existing_variant_increases_quantity(
    actors: Actors, sample_products: SampleProducts, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    assert add_to_cart(actors, sample_products.cloth) == 1
    assert add_to_cart(actors, sample_products.cloth, 4) == 1
    assert read_cart_lines(superuser) == {sample_products.cloth: 5}


def test_add_item_concurrent_last_slot_taken_once(
    app: Flask, actors: Actors, sample_products: SampleProducts, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    outcomes = run_concurrently(
        app, [lambda: add_to_cart(actors, sample_products.cloth), lambda: add_to_cart(actors, sample_products.thread)] * 6
    )
    assert len(read_cart_lines(superuser)) == 1
    assert outcomes.count("full") == 6
    assert outcomes.count(1) == 6


def test_merge_items_adds_quantities_up_to_cart_limit(
    actors: Actors, sample_products: SampleProducts, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    assert add_to_cart(actors, sample_products.cloth, 2) == 1
    guest_items = [
        CartItem(variant_id=sample_products.thread, quantity=Decimal(3)),
        CartItem(variant_id=sample_products.cloth, quantity=Decimal(4)),
    ]
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert cart_services.merge_items(buyer_id=actors.buyer.buyer_id, items=guest_items) == 1
    assert read_cart_lines(superuser) == {sample_products.cloth: 6}
    monkeypatch.setattr(cart_services, "MAX_LINES", 2)
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert cart_services.merge_items(buyer_id=actors.buyer.buyer_id, items=guest_items) == 0
    assert read_cart_lines(superuser) == {sample_products.cloth: 10, sample_products.thread: 3}


def test_sign_in_guest_cart_over_limit_shows_warning(
    app: Flask, actors: Actors, sample_products: SampleProducts, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "loom harbour copper thursday"
    with superuser.begin() as connection:
        connection.execute(text("update accounts set password_hash = :hash"), {"hash": passwords.hash_password(password)})
    guest_client = app.test_client()
    for variant in (sample_products.cloth, sample_products.thread):
        guest_client.post("/cart/lines", data={"variant": str(variant), "quantity": "10"})
    monkeypatch.setattr(cart_services, "MAX_LINES", 1)
    assert guest_client.post("/sign-in?door=shop", data={"name": "buyer", "password": password}).status_code == 303
    assert "有 1 款未能放入" in guest_client.get("/cart").text
