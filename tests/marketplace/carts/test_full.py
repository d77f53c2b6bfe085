"""A cart that is full takes nothing more, however many hands put something in (OR1)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.carts import services as carts
from marketplace.carts.errors import CartFull
from marketplace.carts.rules import Want
from marketplace.kernel.db import unit_of_work
from tenants.accounts import passwords
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street
from tests.marketplace.inventory.test_races import crowd


def lines(superuser: Engine) -> dict[UUID, Decimal]:
    with superuser.connect() as connection:
        return {row.variant_id: row.quantity for row in connection.execute(text("select variant_id, quantity from cart_lines"))}


def put(cast: Cast, variant_id: UUID, quantity: int = 1) -> int | str:
    try:
        with unit_of_work(), trade.as_buyer(cast.buyer):
            return carts.add(buyer_id=cast.buyer.buyer_id, variant_id=variant_id, quantity=Decimal(quantity))
    except CartFull:
        return "full"


def test_a_refusal_that_somebody_catches_has_written_nothing(
    cast: Cast, street: Street, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    assert put(cast, street.cloth) == 1
    with unit_of_work(), trade.as_buyer(cast.buyer), pytest.raises(CartFull):
        carts.add(buyer_id=cast.buyer.buyer_id, variant_id=street.thread, quantity=Decimal(1))
    assert lines(superuser) == {street.cloth: 1}


def test_more_of_what_is_in_a_full_cart_goes_in(
    cast: Cast, street: Street, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    assert put(cast, street.cloth) == 1
    assert put(cast, street.cloth, 4) == 1
    assert lines(superuser) == {street.cloth: 5}


def test_the_last_place_is_taken_once(
    app: Flask, cast: Cast, street: Street, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    answers = crowd(app, [lambda: put(cast, street.cloth), lambda: put(cast, street.thread)] * 6)
    assert len(lines(superuser)) == 1
    assert answers.count("full") == 6
    assert answers.count(1) == 6


def test_what_comes_along_at_sign_in_adds_to_what_is_there_and_fills_the_rest(
    cast: Cast, street: Street, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    assert put(cast, street.cloth, 2) == 1
    brought = [Want(variant_id=street.thread, quantity=Decimal(3)), Want(variant_id=street.cloth, quantity=Decimal(4))]
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert carts.merge(buyer_id=cast.buyer.buyer_id, wants=brought) == 1
    assert lines(superuser) == {street.cloth: 6}
    monkeypatch.setattr(carts, "MOST_LINES", 2)
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert carts.merge(buyer_id=cast.buyer.buyer_id, wants=brought) == 0
    assert lines(superuser) == {street.cloth: 10, street.thread: 3}


def test_whoever_signs_in_with_more_than_fits_is_told(
    app: Flask, cast: Cast, street: Street, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "loom harbour copper thursday"
    with superuser.begin() as connection:
        connection.execute(text("update accounts set password_hash = :kept"), {"kept": passwords.hashed(word)})
    guest = app.test_client()
    for variant in (street.cloth, street.thread):
        guest.post("/cart/lines", data={"variant": str(variant), "quantity": "10"})
    monkeypatch.setattr(carts, "MOST_LINES", 1)
    assert guest.post("/sign-in?door=shop", data={"name": "buyer", "password": word}).status_code == 303
    assert "有 1 款未能放入" in guest.get("/cart").text
