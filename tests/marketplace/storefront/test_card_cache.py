"""The cache of product cards: any write to a product or its merchant invalidates its cards."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import Engine, text

from marketplace.kernel.db import db, unit_of_work
from marketplace.storefront import card_cache
from tests.actors import Actors
from tests.factories import product_factory


@pytest.fixture
def product_ids(ctx: Flask, actors: Actors) -> list[str]:
    """Create three products of one merchant and return their ids."""
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
        return [str(product_factory.create_product(actors.acme_id, category.id, on_hand=100).id) for _ in range(3)]


def render_card_html(app: Flask, product_ids: list[str], **options: int) -> list[str]:
    with app.test_request_context("/"), unit_of_work(read_only=True):
        cards = [str(card) for card in card_cache.render_cards(product_ids, **options).values()]
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
def test_render_cards_cache_invalidated_by_every_write(
    app: Flask, product_ids: list[str], superuser: Engine, change: str
) -> None:
    before = render_card_html(app, product_ids)
    assert render_card_html(app, product_ids) == before
    with superuser.begin() as connection:
        connection.execute(text(change))
    after = render_card_html(app, product_ids)
    assert len(after) == 3
    assert not set(before) & set(after)


@pytest.mark.parametrize("change", ["update products set state = 'off_sale'", "update merchants set suspended_at = now()"])
def test_render_cards_omits_unavailable_cached_products(
    app: Flask, product_ids: list[str], superuser: Engine, change: str
) -> None:
    assert len(render_card_html(app, product_ids)) == 3
    with superuser.begin() as connection:
        connection.execute(text(change))
    assert render_card_html(app, product_ids) == []


def test_render_cards_preserves_order_with_one_query(app: Flask, product_ids: list[str], record_statements) -> None:
    cards, reversed_cards = render_card_html(app, product_ids), render_card_html(app, product_ids[::-1])
    assert cards == reversed_cards[::-1]
    with record_statements() as executed:
        render_card_html(app, product_ids)
    assert len(executed) == 1


def test_render_cards_cached_per_language_and_heading_level(app: Flask, product_ids: list[str]) -> None:
    assert "<h2>" in render_card_html(app, product_ids, level=2)[0]
    assert "<h3>" in render_card_html(app, product_ids)[0]
    with app.test_request_context("/"), force_locale("en"), unit_of_work(read_only=True):
        assert "Sold out" in card_cache.render_cards(product_ids)[product_ids[0]]
    assert "已售罄" in render_card_html(app, product_ids)[0]
