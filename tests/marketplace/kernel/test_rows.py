"""The wall at its lowest stone: what the application's role may see and write, by raw SQL."""

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

from marketplace.kernel import rows
from marketplace.kernel.db import Base, db, unit_of_work
from tenants.scope import Purpose, acting_for, signed_in_as, working_on
from tests.cast import Cast

STAFF = text("select merchant_id from staff")


def test_without_a_scope_no_private_row_is_seen(ctx: Flask, cast: Cast) -> None:
    with unit_of_work():
        for table in Base.metadata.sorted_tables:
            held = next(m.class_.__data__ for m in Base.registry.mappers if m.local_table is table)
            if held in rows.OWNED and held is not rows.DataClass.PUBLIC:
                assert db.session.execute(text(f'select count(*) from "{table.name}"')).scalar() == 0, table.name


def test_a_merchant_sees_its_own_rows_only(ctx: Flask, cast: Cast) -> None:
    with unit_of_work(), acting_for(cast.acme_id):
        assert {row[0] for row in db.session.execute(STAFF)} == {cast.acme_id}
        with acting_for(cast.rival_id):
            assert {row[0] for row in db.session.execute(STAFF)} == {cast.rival_id}
        assert {row[0] for row in db.session.execute(STAFF)} == {cast.acme_id}
    with unit_of_work():
        assert db.session.execute(STAFF).all() == []


def test_a_foreign_row_cannot_be_written(ctx: Flask, cast: Cast) -> None:
    steal = text("update staff set role = 'owner' where merchant_id = :rival")
    move = text("update staff set merchant_id = :rival")
    with unit_of_work(), acting_for(cast.acme_id):
        assert db.session.execute(steal, {"rival": cast.rival_id}).rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError), unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(move, {"rival": cast.rival_id})


def test_a_scope_survives_neither_refusal_nor_commit(ctx: Flask, cast: Cast) -> None:
    def regret() -> None:
        with unit_of_work(), acting_for(cast.acme_id):
            assert db.session.execute(STAFF).all() != []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        regret()
    assert db.session.execute(STAFF).all() == []


def test_a_scope_is_said_again_when_a_savepoint_took_it_back(ctx: Flask, cast: Cast) -> None:
    def regret(merchant: UUID) -> None:
        with suppress(ZeroDivisionError), db.session.begin_nested(), acting_for(merchant):
            assert {row[0] for row in db.session.execute(STAFF)} == {merchant}
            raise ZeroDivisionError

    with unit_of_work():
        regret(cast.acme_id)
        assert db.session.execute(STAFF).all() == []
        with acting_for(cast.rival_id):
            regret(cast.acme_id)
            assert {row[0] for row in db.session.execute(STAFF)} == {cast.rival_id}


def test_a_connection_brings_no_scope_from_its_last_transaction(ctx: Flask, cast: Cast, superuser: Engine) -> None:
    raws = set()
    for merchant in (cast.acme_id, cast.rival_id):
        with unit_of_work(), acting_for(merchant):
            raws.add(id(db.session.connection().connection.dbapi_connection))
            assert {row[0] for row in db.session.execute(STAFF)} == {merchant}
        with unit_of_work():
            raws.add(id(db.session.connection().connection.dbapi_connection))
            assert db.session.execute(STAFF).all() == []
    assert len(raws) == 1, "the same connection each time, or this says nothing"


def test_a_scope_that_asks_nothing_costs_nothing(ctx: Flask, cast: Cast, statements) -> None:
    with statements() as said, unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(STAFF)
        with working_on(Purpose.CHECKOUT), acting_for(cast.rival_id):
            pass
        db.session.execute(STAFF)
    assert [line.startswith("select set_config") for line in said] == [True, False, False]


def test_a_failed_statement_does_not_hide_its_reason(ctx: Flask, cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"), unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(text("select * from no_such_table"))


def test_a_purpose_opens_what_it_names_and_no_more(ctx: Flask, cast: Cast) -> None:
    with unit_of_work(), working_on(Purpose.SIGN_IN):
        assert db.session.execute(text("select count(*) from accounts")).scalar() == 8
        assert db.session.execute(STAFF).all() == []


def test_a_reading_request_cannot_write(ctx: Flask, cast: Cast) -> None:
    with pytest.raises(InternalError, match="read-only"), unit_of_work(read_only=True), signed_in_as(cast.buyer.account_id):
        db.session.execute(text("update accounts set name = 'x'"))
    with unit_of_work(), signed_in_as(cast.buyer.account_id):
        assert db.session.execute(text("update accounts set name = 'x'")).rowcount == 1  # type: ignore[attr-defined]


def test_reading_without_a_name_takes_no_transaction_and_cannot_write(ctx: Flask, cast: Cast) -> None:
    with unit_of_work(read_only=True):
        assert db.session.execute(text("select count(*) from categories")).scalar() is not None
        assert not _in_transaction()
        assert db.session.execute(STAFF).all() == []
    for deed in ("update categories set position = 1", "create table mine (id int)"):
        with pytest.raises(InternalError, match="read-only"), unit_of_work(read_only=True):
            db.session.execute(text(deed))
    with unit_of_work(), signed_in_as(cast.buyer.account_id):
        assert db.session.execute(text("update accounts set name = 'x'")).rowcount == 1  # type: ignore[attr-defined]


def test_a_name_begins_the_transaction_in_which_it_holds(ctx: Flask, cast: Cast, statements) -> None:
    with statements() as said, unit_of_work(read_only=True):
        assert db.session.execute(STAFF).all() == []
        with acting_for(cast.acme_id):
            assert {row[0] for row in db.session.execute(STAFF)} == {cast.acme_id}
            assert _in_transaction()
        assert db.session.execute(STAFF).all() == []
    assert [line.split()[0] for line in said] == ["select", "begin", "select", "select", "select", "select"]
    with unit_of_work(read_only=True):
        assert db.session.execute(STAFF).all() == []
        assert not _in_transaction()


def test_a_savepoint_while_reading_has_a_transaction_to_stand_in(ctx: Flask, cast: Cast) -> None:
    with unit_of_work(read_only=True):
        with suppress(ZeroDivisionError), db.session.begin_nested(), acting_for(cast.acme_id):
            assert {row[0] for row in db.session.execute(STAFF)} == {cast.acme_id}
            raise ZeroDivisionError
        assert db.session.execute(STAFF).all() == []


def _in_transaction() -> bool:
    raw: Any = db.session.connection().connection.dbapi_connection
    return bool(raw.info.transaction_status != TransactionStatus.IDLE)


def test_the_audit_trail_cannot_be_changed(ctx: Flask, superuser: Engine) -> None:
    for deed in ("update audit_events set action = 'x'", "delete from audit_events", "truncate audit_events"):
        with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work():
            db.session.execute(text(deed))


def test_healthz_asks_nobody(client: FlaskClient, statements) -> None:
    with statements() as said:
        assert client.get("/healthz").data == b"ok"
    assert said == []
