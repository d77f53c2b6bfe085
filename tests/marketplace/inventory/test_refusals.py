"""What the database itself refuses, asked as the application's role in raw SQL (R5: the part that concerns stock)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.db import db, unit_of_work
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods

REFUSED = {
    "negative stock": "insert into stock_movements ({columns}) values ({mine}, 'written_off', -11)",
    "more promised than there is": "update stock_levels set held = 11 where variant_id = :variant",
    "promised below zero": "update stock_levels set held = -1 where variant_id = :variant",
    "stock without a movement": "update stock_levels set on_hand = 99 where variant_id = :variant",
    "a level that begins with stock": (
        "insert into stock_levels (id, merchant_id, variant_id, location_id, on_hand)"
        " values (gen_random_uuid(), :merchant, :other, :place, 5)"
    ),
    "a movement of nothing": "insert into stock_movements ({columns}) values ({mine}, 'corrected', 0)",
    "a line of the book changed": "update stock_movements set quantity = 12 where variant_id = :variant",
    "a line of the book torn out": "delete from stock_movements where variant_id = :variant",
    "the book emptied": "truncate stock_movements",
    "sold twice for one cause": (
        "insert into stock_movements ({columns}, cause) values ({mine}, 'sold', -1, 'order:1'),"
        " (gen_random_uuid(), :merchant, :variant, :place, '', now(), 'sold', -1, 'order:1')"
    ),
    "goods of another merchant": (
        "insert into stock_levels (id, merchant_id, variant_id, location_id)"
        " values (gen_random_uuid(), :merchant, :foreign, :place)"
    ),
    "a level that changes hands": "update stock_levels set merchant_id = :rival where variant_id = :variant",
}
COLUMNS = "id, merchant_id, variant_id, location_id, note, at, kind, quantity"
MINE = "gen_random_uuid(), :merchant, :variant, :place, '', now()"


@pytest.fixture
def names(ctx: Flask, cast: Cast) -> dict[str, Any]:
    with unit_of_work():
        kind = goods.category(attributes=True)
        mine = goods.product(cast.acme_id, kind.id, on_hand=10)
        other, foreign = goods.product(cast.acme_id, kind.id), goods.product(cast.rival_id, kind.id)
        place = goods.warehouse(cast.acme_id)
    with unit_of_work(), acting_for(cast.acme_id):
        held = text("select location_id from stock_levels where variant_id = :v")
        place_id = db.session.scalar(held, {"v": mine.variants[0].id}) or place.id
    return {
        "merchant": cast.acme_id,
        "rival": cast.rival_id,
        "variant": mine.variants[0].id,
        "other": other.variants[0].id,
        "foreign": foreign.variants[0].id,
        "place": place_id,
    }


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(what: str, names: dict[str, Any], cast: Cast) -> None:
    statement = REFUSED[what].format(columns=COLUMNS, mine=MINE)
    given = {name: value for name, value in names.items() if f":{name}" in statement}
    with pytest.raises(DBAPIError) as refused, unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(text(statement), given)
    assert "syntax" not in str(refused.value.orig)
    assert "does not exist" not in str(refused.value.orig)


def test_the_same_words_work_when_nothing_is_wrong(names: dict[str, Any], cast: Cast) -> None:
    """The control: the statement form itself is good, so that the refusals above are about what they name."""
    statement = f"insert into stock_movements ({COLUMNS}, cause) values ({MINE}, 'written_off', -10, '')"
    given = {name: value for name, value in names.items() if f":{name}" in statement}
    with unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(text(statement), given)
    with unit_of_work(), acting_for(cast.acme_id):
        level = text("select on_hand from stock_levels where variant_id = :variant")
        assert db.session.scalar(level, {"variant": names["variant"]}) == 0
