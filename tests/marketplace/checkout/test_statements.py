"""How many statements the pages of buying send: few, and the same for one line and for many (P4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from marketplace.kernel.db import unit_of_work
from tests.cast import Cast
from tests.factories import goods, trade
from tests.factories.trade import Street, Till
from tests.marketplace.checkout.test_pages import add

Counting = Callable[[], Any]


def at_work(said: list[str]) -> list[str]:
    """The statements that read or write rows; the ones that only say who is asking are the wall's."""
    return [line for line in said if not line.startswith("select set_config")]


def test_putting_into_the_cart(app: Flask, cast: Cast, street: Street, statements: Counting) -> None:
    """At most eight for a buyer; a visitor costs the look at the goods and nothing else."""
    buyer, guest = cast.buyer.browser(), app.test_client()
    add(buyer, street.thread, "1")
    with statements() as said:
        add(buyer, street.cloth, "1")
    assert len(said) <= 8, said
    with statements() as said:
        add(guest, street.cloth, "1")
    assert len(said) <= 2, said


def test_looking_at_the_cart_costs_the_same_for_one_line_and_for_many(
    ctx: Flask, cast: Cast, street: Street, statements: Counting
) -> None:
    buyer = cast.buyer.browser()
    add(buyer, street.cloth, "1")
    buyer.get("/cart")
    with statements() as one:
        buyer.get("/cart")
    with unit_of_work():
        kind = goods.category(attributes=True).id
        more = [goods.product(cast.acme_id, kind).variants[0].id for _ in range(12)]
    trade.put(cast.buyer, *((variant, 1) for variant in more))
    with statements() as many:
        buyer.get("/cart")
    assert len(many) == len(one), many
    assert len(at_work(many)) <= 8, many


def test_placing(ctx: Flask, cast: Cast, street: Street, till: Till, statements: Counting) -> None:
    trade.place(cast.other_buyer, (street.cloth, 1), (street.thread, 1), expected=2750)
    counts = {}
    for merchants in (1, 2):
        trade.put(cast.buyer, (street.cloth, 1), *([(street.thread, 1)] if merchants == 2 else []))
        with statements() as said, unit_of_work(), trade.as_buyer(cast.buyer):
            trade.checkout.place(wish=trade.wish(cast.buyer, 1850 + 900 * (merchants - 1)))
        counts[merchants] = at_work(said)
    for merchants, said in counts.items():
        assert len(said) <= 12 + 2 * merchants, said
