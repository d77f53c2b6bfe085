"""Statements that the database itself rejects, run as the application's role in raw SQL."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel.db import db, unit_of_work
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import product_factory

REJECTED_STATEMENTS = {
    "negative stock": "insert into stock_movements ({columns}) values ({own_values}, 'written_off', -11)",
    "more reserved than on hand": "update stock_levels set reserved = 11 where variant_id = :variant",
    "reserved below zero": "update stock_levels set reserved = -1 where variant_id = :variant",
    "stock without a movement": "update stock_levels set on_hand = 99 where variant_id = :variant",
    "a new level with stock": (
        "insert into stock_levels (id, merchant_id, variant_id, location_id, on_hand)"
        " values (gen_random_uuid(), :merchant, :other, :location, 5)"
    ),
    "a movement of zero": "insert into stock_movements ({columns}) values ({own_values}, 'corrected', 0)",
    "a changed movement": "update stock_movements set quantity = 12 where variant_id = :variant",
    "a deleted movement": "delete from stock_movements where variant_id = :variant",
    "truncated movements": "truncate stock_movements",
    "two sales for one reference": (
        "insert into stock_movements ({columns}, reference) values ({own_values}, 'sold', -1, 'order:1'),"
        " (gen_random_uuid(), :merchant, :variant, :location, '', now(), 'sold', -1, 'order:1')"
    ),
    "a variant of another merchant": (
        "insert into stock_levels (id, merchant_id, variant_id, location_id)"
        " values (gen_random_uuid(), :merchant, :foreign, :location)"
    ),
    "a level moved to another merchant": "update stock_levels set merchant_id = :rival where variant_id = :variant",
}
COLUMNS = "id, merchant_id, variant_id, location_id, note, at, kind, quantity"
OWN_VALUES = "gen_random_uuid(), :merchant, :variant, :location, '', now()"


@pytest.fixture
def sql_params(ctx: Flask, actors: Actors) -> dict[str, Any]:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        own_product = product_factory.create_product(actors.acme_id, category.id, on_hand=10)
        other_product, foreign_product = (
            product_factory.create_product(actors.acme_id, category.id),
            product_factory.create_product(actors.rival_id, category.id),
        )
        location = product_factory.create_warehouse(actors.acme_id)
    with unit_of_work(), as_merchant(actors.acme_id):
        location_stmt = text("select location_id from stock_levels where variant_id = :v")
        location_id = db.session.scalar(location_stmt, {"v": own_product.variants[0].id}) or location.id
    return {
        "merchant": actors.acme_id,
        "rival": actors.rival_id,
        "variant": own_product.variants[0].id,
        "other": other_product.variants[0].id,
        "foreign": foreign_product.variants[0].id,
        "location": location_id,
    }


@pytest.mark.parametrize("case", REJECTED_STATEMENTS)
def test_database_rejects_statement(case: str, sql_params: dict[str, Any], actors: Actors) -> None:
    statement = REJECTED_STATEMENTS[case].format(columns=COLUMNS, own_values=OWN_VALUES)
    params = {name: value for name, value in sql_params.items() if f":{name}" in statement}
    with pytest.raises(DBAPIError) as exc_info, unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(text(statement), params)
    assert "syntax" not in str(exc_info.value.orig)
    assert "does not exist" not in str(exc_info.value.orig)


def test_control_valid_statement_succeeds(sql_params: dict[str, Any], actors: Actors) -> None:
    """The same form of statement succeeds, so the rejections above are about the case that they name."""
    statement = f"insert into stock_movements ({COLUMNS}, reference) values ({OWN_VALUES}, 'written_off', -10, '')"
    params = {name: value for name, value in sql_params.items() if f":{name}" in statement}
    with unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(text(statement), params)
    with unit_of_work(), as_merchant(actors.acme_id):
        level_stmt = text("select on_hand from stock_levels where variant_id = :variant")
        assert db.session.scalar(level_stmt, {"variant": sql_params["variant"]}) == 0
