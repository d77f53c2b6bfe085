"""Compiled statements: the same rows as the ORM, under the same row security."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from typing import cast as typing_cast
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import ARRAY, Select, Table, Uuid, any_, bindparam, insert, select
from sqlalchemy.exc import ProgrammingError

from marketplace.kernel import clock, compiled_sql
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from tenants.addresses.models import Address
from tenants.isolation import as_buyer, as_merchant
from tenants.merchants.models import Merchant, MerchantKind
from tenants.staff.models import Staff
from tests.actors import Actors


@cache
def _staff_stmt() -> Select[*tuple[Any, ...]]:
    return select(Staff.merchant_id, Staff.account_id)


@cache
def _merchants_stmt() -> Select[*tuple[Any, ...]]:
    return select(Merchant.id, Merchant.slug).where(
        Merchant.id == any_(bindparam("ids", type_=ARRAY(Uuid))), Merchant.kind == bindparam("kind"), Merchant.may_sell
    )


def test_fetch_all_returns_same_rows_as_session(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        kind_by_merchant = dict(db.session.execute(select(Merchant.id, Merchant.kind)).all())
        for kind in MerchantKind:
            params = {"ids": [actors.acme_id, actors.rival_id], "kind": kind}
            assert compiled_sql.fetch_all(_merchants_stmt(), **params) == db.session.execute(_merchants_stmt(), params).all()
        result = compiled_sql.fetch_all(_merchants_stmt(), ids=[actors.acme_id], kind=kind_by_merchant[actors.acme_id])
        assert [tuple(row) for row in result] == [(actors.acme_id, "acme")]


def test_fetch_all_respects_row_security(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        assert compiled_sql.fetch_all(_staff_stmt()) == []
        with as_merchant(actors.acme_id):
            assert {row.merchant_id for row in compiled_sql.fetch_all(_staff_stmt())} == {actors.acme_id}
        assert compiled_sql.fetch_all(_staff_stmt()) == []


def test_fetch_all_in_clause_raises(ctx: Flask) -> None:
    with unit_of_work(), pytest.raises(ValueError, match="arrays"):
        compiled_sql.fetch_all(select(Merchant.id).where(Merchant.slug.in_(["acme"])))


INSERT_ADDRESS = insert(typing_cast(Table, Address.__table__))


def _address_row(buyer_id: UUID, street: str, **overrides: Any) -> dict[str, Any]:
    defaults = {"name": "王经理", "phone": "13805718866", "region_code": "330110", "street": street, "postcode": "311121"}
    return {"id": uuid7(), "buyer_id": buyer_id, "is_default": False, "created_at": clock.now(), **defaults, **overrides}


def test_bulk_insert_writes_rows_in_one_statement(ctx: Flask, actors: Actors, record_statements: Callable[[], Any]) -> None:
    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        db.session.execute(select(1))
        with record_statements() as executed:
            compiled_sql.bulk_insert(
                INSERT_ADDRESS, [_address_row(actors.buyer.buyer_id, street) for street in ("文一路 1 号", "文二路 2 号")]
            )
        assert len(executed) == 1
        assert {address.street for address in db.session.scalars(select(Address))} == {"文一路 1 号", "文二路 2 号"}


def test_bulk_insert_for_other_buyer_violates_row_security(ctx: Flask, actors: Actors) -> None:
    buyer_context = as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id)
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(), buyer_context:
        compiled_sql.bulk_insert(INSERT_ADDRESS, [_address_row(actors.other_buyer.buyer_id, "文三路 3 号")])


def test_bulk_insert_missing_python_default_raises(ctx: Flask, actors: Actors) -> None:
    row = _address_row(actors.buyer.buyer_id, "文四路 4 号")
    del row["is_default"]
    with unit_of_work(), pytest.raises(ValueError, match="is_default"):
        compiled_sql.bulk_insert(INSERT_ADDRESS, [row])
