"""Row security by raw SQL: the rows that the application's role can read and write in each tenant context."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, InternalError, ProgrammingError

from marketplace.kernel import tenancy
from marketplace.kernel.db import Base, db, unit_of_work
from tenants.isolation import AccessPurpose, as_account, as_merchant, with_purpose
from tests.actors import Actors

SELECT_STAFF = text("select merchant_id from staff")


def test_anonymous_context_sees_no_owned_rows(ctx: Flask, actors: Actors) -> None:
    with unit_of_work():
        for table in Base.metadata.sorted_tables:
            ownership = next(mapper.class_.__ownership__ for mapper in Base.registry.mappers if mapper.local_table is table)
            if ownership in tenancy.TENANT_OWNED and ownership is not tenancy.RowOwnership.PUBLIC:
                assert db.session.execute(text(f'select count(*) from "{table.name}"')).scalar() == 0, table.name


def test_merchant_context_sees_only_own_rows(ctx: Flask, actors: Actors) -> None:
    with unit_of_work(), as_merchant(actors.acme_id):
        assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.acme_id}
        with as_merchant(actors.rival_id):
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.rival_id}
        assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.acme_id}
    with unit_of_work():
        assert db.session.execute(SELECT_STAFF).all() == []


def test_merchant_cannot_write_other_merchants_rows(ctx: Flask, actors: Actors) -> None:
    update_other = text("update staff set role = 'owner' where merchant_id = :rival")
    reassign_own = text("update staff set merchant_id = :rival")
    with unit_of_work(), as_merchant(actors.acme_id):
        assert db.session.execute(update_other, {"rival": actors.rival_id}).rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError), unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(reassign_own, {"rival": actors.rival_id})


def test_context_cleared_after_rollback(ctx: Flask, actors: Actors) -> None:
    def read_and_fail() -> None:
        with unit_of_work(), as_merchant(actors.acme_id):
            assert db.session.execute(SELECT_STAFF).all() != []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_and_fail()
    assert db.session.execute(SELECT_STAFF).all() == []


def test_context_reapplied_after_savepoint_rollback(ctx: Flask, actors: Actors) -> None:
    def read_and_roll_back(merchant: UUID) -> None:
        with suppress(ZeroDivisionError), db.session.begin_nested(), as_merchant(merchant):
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {merchant}
            raise ZeroDivisionError

    with unit_of_work():
        read_and_roll_back(actors.acme_id)
        assert db.session.execute(SELECT_STAFF).all() == []
        with as_merchant(actors.rival_id):
            read_and_roll_back(actors.acme_id)
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.rival_id}


def test_pooled_connection_starts_without_context(ctx: Flask, actors: Actors, superuser: Engine) -> None:
    connection_ids = set()
    for merchant in (actors.acme_id, actors.rival_id):
        with unit_of_work(), as_merchant(merchant):
            connection_ids.add(id(db.session.connection().connection.dbapi_connection))
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {merchant}
        with unit_of_work():
            connection_ids.add(id(db.session.connection().connection.dbapi_connection))
            assert db.session.execute(SELECT_STAFF).all() == []
    assert len(connection_ids) == 1, "the test needs the same pooled connection each time"


def test_unused_context_sends_no_statement(ctx: Flask, actors: Actors, record_statements) -> None:
    with record_statements() as executed, unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(SELECT_STAFF)
        with with_purpose(AccessPurpose.CHECKOUT), as_merchant(actors.rival_id):
            pass
        db.session.execute(SELECT_STAFF)
    assert [sql.startswith("select set_config") for sql in executed] == [True, False, False]


def test_failed_statement_raises_original_error(ctx: Flask, actors: Actors) -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"), unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(text("select * from no_such_table"))


def test_purpose_grants_only_named_tables(ctx: Flask, actors: Actors) -> None:
    with unit_of_work(), with_purpose(AccessPurpose.SIGN_IN):
        assert db.session.execute(text("select count(*) from accounts")).scalar() == 8
        assert db.session.execute(SELECT_STAFF).all() == []


def test_read_only_unit_of_work_rejects_writes(ctx: Flask, actors: Actors) -> None:
    with pytest.raises(InternalError, match="read-only"), unit_of_work(read_only=True), as_account(actors.buyer.account_id):
        db.session.execute(text("update accounts set name = 'x'"))
    with unit_of_work(), as_account(actors.buyer.account_id):
        assert db.session.execute(text("update accounts set name = 'x'")).rowcount == 1  # type: ignore[attr-defined]


def test_anonymous_read_runs_in_autocommit_and_rejects_writes(ctx: Flask, actors: Actors) -> None:
    with unit_of_work(read_only=True):
        assert db.session.execute(text("select count(*) from categories")).scalar() is not None
        assert not _in_transaction()
        assert db.session.execute(SELECT_STAFF).all() == []
    for statement in ("update categories set position = 1", "create table mine (id int)"):
        with pytest.raises(InternalError, match="read-only"), unit_of_work(read_only=True):
            db.session.execute(text(statement))
    with unit_of_work(), as_account(actors.buyer.account_id):
        assert db.session.execute(text("update accounts set name = 'x'")).rowcount == 1  # type: ignore[attr-defined]


def test_context_begins_read_transaction(ctx: Flask, actors: Actors, record_statements) -> None:
    with record_statements() as executed, unit_of_work(read_only=True):
        assert db.session.execute(SELECT_STAFF).all() == []
        with as_merchant(actors.acme_id):
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.acme_id}
            assert _in_transaction()
        assert db.session.execute(SELECT_STAFF).all() == []
    assert [sql.split()[0] for sql in executed] == ["select", "begin", "select", "select", "select", "select"]
    with unit_of_work(read_only=True):
        assert db.session.execute(SELECT_STAFF).all() == []
        assert not _in_transaction()


def test_savepoint_in_read_only_begins_transaction(ctx: Flask, actors: Actors) -> None:
    with unit_of_work(read_only=True):
        with suppress(ZeroDivisionError), db.session.begin_nested(), as_merchant(actors.acme_id):
            assert {row[0] for row in db.session.execute(SELECT_STAFF)} == {actors.acme_id}
            raise ZeroDivisionError
        assert db.session.execute(SELECT_STAFF).all() == []


def _in_transaction() -> bool:
    dbapi_connection: Any = db.session.connection().connection.dbapi_connection
    return bool(dbapi_connection.info.transaction_status != TransactionStatus.IDLE)


def test_audit_events_are_append_only(ctx: Flask, superuser: Engine) -> None:
    for statement in ("update audit_events set action = 'x'", "delete from audit_events", "truncate audit_events"):
        with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work():
            db.session.execute(text(statement))


def test_healthz_sends_no_statement(client: FlaskClient, record_statements) -> None:
    with record_statements() as executed:
        assert client.get("/healthz").data == b"ok"
    assert executed == []
