"""Statements that go straight to the driver: the same answers, behind the same wall."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, select

from marketplace.kernel import quick
from marketplace.kernel.db import db, unit_of_work
from tenants.merchants.models import Merchant, MerchantKind
from tenants.scope import acting_for
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
