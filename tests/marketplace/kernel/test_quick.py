"""Statements that go straight to the driver: the same answers, behind the same wall."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from typing import cast as cast_to
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import ARRAY, Select, Table, Uuid, any_, bindparam, insert, select
from sqlalchemy.exc import ProgrammingError

from marketplace.kernel import clock, quick
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from tenants.addresses.models import Address
from tenants.merchants.models import Merchant, MerchantKind
from tenants.scope import acting_for, buying_as
from tenants.staff.models import Staff
from tests.cast import Cast


@cache
def _staff() -> Select[*tuple[Any, ...]]:
    return select(Staff.merchant_id, Staff.account_id)


@cache
def _named() -> Select[*tuple[Any, ...]]:
    return select(Merchant.id, Merchant.slug).where(
        Merchant.id == any_(bindparam("ids", type_=ARRAY(Uuid))), Merchant.kind == bindparam("kind"), Merchant.may_sell
    )


def test_it_answers_what_the_session_answers(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        kinds = dict(db.session.execute(select(Merchant.id, Merchant.kind)).all())
        for kind in MerchantKind:
            given = {"ids": [cast.acme_id, cast.rival_id], "kind": kind}
            assert quick.ask(_named(), **given) == db.session.execute(_named(), given).all()
        found = quick.ask(_named(), ids=[cast.acme_id], kind=kinds[cast.acme_id])
        assert [tuple(row) for row in found] == [(cast.acme_id, "acme")]


def test_it_stands_behind_the_wall(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        assert quick.ask(_staff()) == []
        with acting_for(cast.acme_id):
            assert {row.merchant_id for row in quick.ask(_staff())} == {cast.acme_id}
        assert quick.ask(_staff()) == []


def test_lists_of_unknown_length_are_refused(ctx: Flask) -> None:
    with unit_of_work(), pytest.raises(ValueError, match="arrays"):
        quick.ask(select(Merchant.id).where(Merchant.slug.in_(["acme"])))


HOMES = insert(cast_to(Table, Address.__table__))


def _home(buyer_id: UUID, street: str, **more: Any) -> dict[str, Any]:
    said = {"name": "王经理", "phone": "13805718866", "region_code": "330110", "street": street, "postcode": "311121"}
    return {"id": uuid7(), "buyer_id": buyer_id, "usual": False, "created_at": clock.now(), **said, **more}


def test_rows_are_written_in_one_statement_and_read_back_as_they_were(
    ctx: Flask, cast: Cast, statements: Callable[[], Any]
) -> None:
    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        db.session.execute(select(1))
        with statements() as said:
            quick.write(HOMES, [_home(cast.buyer.buyer_id, street) for street in ("文一路 1 号", "文二路 2 号")])
        assert len(said) == 1
        assert {one.street for one in db.session.scalars(select(Address))} == {"文一路 1 号", "文二路 2 号"}


def test_rows_of_somebody_else_cannot_be_written(ctx: Flask, cast: Cast) -> None:
    me = buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id)
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(), me:
        quick.write(HOMES, [_home(cast.other_buyer.buyer_id, "文三路 3 号")])


def test_a_row_says_itself_what_the_model_would_fill_in(ctx: Flask, cast: Cast) -> None:
    row = _home(cast.buyer.buyer_id, "文四路 4 号")
    del row["usual"]
    with unit_of_work(), pytest.raises(ValueError, match="usual"):
        quick.write(HOMES, [row])
