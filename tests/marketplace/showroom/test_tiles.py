"""Cards that are kept ready are never stale: any write to the product or its merchant draws them again (P1)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import Engine, text

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.memo import Ready
from marketplace.showroom import tiles
from tests.cast import Cast
from tests.factories import goods as make


@pytest.fixture
def cloth(ctx: Flask, cast: Cast) -> list[str]:
    """Three products of one merchant."""
    with unit_of_work():
        category = make.category("gingham", attributes=True)
        return [str(make.product(cast.acme_id, category.id, on_hand=100).id) for _ in range(3)]


def drawn(app: Flask, ids: list[str], **options: int) -> list[str]:
    with app.test_request_context("/"), unit_of_work(read_only=True):
        cards = [str(card) for card in tiles.drawn(ids, **options).values()]
    db.session.remove()
    return cards


@pytest.mark.parametrize(
    "change",
    [
        """update products set title = '{"zh_Hans": "忽然改名"}'""",
        "update products set price_low = 12345, price_high = null",
        "update products set in_stock = not in_stock, lead_days = 7",
        """update merchants set name = '{"zh_Hans": "改了招牌"}'""",
    ],
)
def test_a_card_follows_every_write(app: Flask, cloth: list[str], superuser: Engine, change: str) -> None:
    before = drawn(app, cloth)
    assert drawn(app, cloth) == before
    with superuser.begin() as connection:
        connection.execute(text(change))
    after = drawn(app, cloth)
    assert len(after) == 3
    assert not set(before) & set(after)


@pytest.mark.parametrize("change", ["update products set state = 'off_sale'", "update merchants set suspended_at = now()"])
def test_what_cannot_be_bought_any_more_is_left_out_although_its_card_is_ready(
    app: Flask, cloth: list[str], superuser: Engine, change: str
) -> None:
    assert len(drawn(app, cloth)) == 3
    with superuser.begin() as connection:
        connection.execute(text(change))
    assert drawn(app, cloth) == []


def test_cards_stand_in_the_order_asked_for_and_cost_one_statement(app: Flask, cloth: list[str], statements) -> None:
    forth, back = drawn(app, cloth), drawn(app, cloth[::-1])
    assert forth == back[::-1]
    with statements() as said:
        drawn(app, cloth)
    assert len(said) == 1


def test_each_language_and_shape_has_cards_of_its_own(app: Flask, cloth: list[str]) -> None:
    assert "<h2>" in drawn(app, cloth, level=2)[0]
    assert "<h3>" in drawn(app, cloth)[0]
    with app.test_request_context("/"), force_locale("en"), unit_of_work(read_only=True):
        assert "Sold out" in tiles.drawn(cloth)[cloth[0]]
    assert "已售罄" in drawn(app, cloth)[0]


def test_what_is_kept_has_a_bound() -> None:
    kept: Ready[int] = Ready(8)
    for number in range(100):
        kept.keep(number, number)
    assert sum(kept.get(number) is not None for number in range(100)) <= 8
    assert kept.get(99) == 99


def test_what_is_kept_is_weighed_when_it_has_a_weight() -> None:
    kept: Ready[str] = Ready(100, len)
    for _again in range(50):
        kept.keep("the same", "x" * 60)
    assert kept.get("the same") == "x" * 60
    kept.keep("another", "y" * 60)
    assert kept.get("the same") is None
    assert kept.get("another") == "y" * 60
