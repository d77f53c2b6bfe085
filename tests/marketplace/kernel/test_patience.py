"""Work that waited for a lock in vain is done again; anything else is not."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.kernel.db import PATIENCE, db, patiently, unit_of_work

LOCK = text("select pg_advisory_xact_lock(20261122)")


def test_who_waited_in_vain_comes_again(ctx: Flask, superuser: Engine) -> None:
    tries = []
    with superuser.connect() as other:
        other.execute(LOCK)

        def work() -> str:
            tries.append(1)
            if len(tries) == 2:
                other.rollback()
            with unit_of_work():
                db.session.execute(text("set local lock_timeout = '20ms'"))
                db.session.execute(LOCK)
            return "done"

        assert patiently(work) == "done"
    assert len(tries) == 2


def test_patience_ends(ctx: Flask, superuser: Engine) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        with unit_of_work():
            db.session.execute(text("set local lock_timeout = '20ms'"))
            db.session.execute(LOCK)

    with superuser.connect() as other:
        other.execute(LOCK)
        with pytest.raises(OperationalError, match="lock timeout"):
            patiently(work)
    assert len(tries) == PATIENCE


def test_other_trouble_is_not_repeated(ctx: Flask) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        with unit_of_work():
            db.session.execute(text("select 1 / 0"))

    with pytest.raises(DBAPIError, match="division by zero"):
        patiently(work)
    assert len(tries) == 1
