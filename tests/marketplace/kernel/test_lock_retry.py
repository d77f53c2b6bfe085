"""Retries after a lock timeout; other errors are not retried."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.kernel.db import MAX_ATTEMPTS, db, retry_on_lock_conflict, unit_of_work

LOCK_SQL = text("select pg_advisory_xact_lock(20261122)")


def test_retry_on_lock_conflict_succeeds_after_timeout(ctx: Flask, superuser: Engine) -> None:
    attempts = []
    with superuser.connect() as other_connection:
        other_connection.execute(LOCK_SQL)

        def operation() -> str:
            attempts.append(1)
            if len(attempts) == 2:
                other_connection.rollback()
            with unit_of_work():
                db.session.execute(text("set local lock_timeout = '20ms'"))
                db.session.execute(LOCK_SQL)
            return "done"

        assert retry_on_lock_conflict(operation) == "done"
    assert len(attempts) == 2


def test_retry_on_lock_conflict_stops_after_max_attempts(ctx: Flask, superuser: Engine) -> None:
    attempts = []

    def operation() -> None:
        attempts.append(1)
        with unit_of_work():
            db.session.execute(text("set local lock_timeout = '20ms'"))
            db.session.execute(LOCK_SQL)

    with superuser.connect() as other_connection:
        other_connection.execute(LOCK_SQL)
        with pytest.raises(OperationalError, match="lock timeout"):
            retry_on_lock_conflict(operation)
    assert len(attempts) == MAX_ATTEMPTS


def test_retry_on_lock_conflict_other_error_is_not_retried(ctx: Flask) -> None:
    attempts = []

    def operation() -> None:
        attempts.append(1)
        with unit_of_work():
            db.session.execute(text("select 1 / 0"))

    with pytest.raises(DBAPIError, match="division by zero"):
        retry_on_lock_conflict(operation)
    assert len(attempts) == 1
