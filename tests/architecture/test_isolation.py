"""Row security as a rule of the house: every table declares whose it is, and the database holds it (isolation a, b, d)."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine, text

from marketplace.kernel.db import Base
from marketplace.kernel.rows import OWNED, DataClass

WALLS = text("""
    select relname, relrowsecurity, relforcerowsecurity from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
""")
POLICIES = text("""
    select tablename, cmd, qual is not null as reads, with_check is not null as checks
    from pg_policies where schemaname = 'public'
""")
KEEPERS = text("""
    select event_object_table from information_schema.triggers where trigger_name in ('keep_owner', 'append_only')
""")
WRITABLE = text("""
    select table_name from information_schema.role_table_grants
    where grantee = 'jishi_app' and privilege_type = 'UPDATE'
""")
OPEN_VIEWS = text("""
    select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
    and not coalesce(reloptions::text like '%security_invoker=true%', false)
""")

OWNER_COLUMNS = {
    DataClass.PUBLIC: {"merchant_id"},
    DataClass.MERCHANT: {"merchant_id"},
    DataClass.BUYER: {"buyer_id", "account_id", "organisation_id", "id"},
    DataClass.PARTIES: {"buyer_id", "merchant_id"},
}
SELF_OWNED = {"merchants"}


def classes() -> dict[str, DataClass]:
    return {mapper.class_.__tablename__: mapper.class_.__data__ for mapper in Base.registry.mappers}


def test_every_table_declares_its_class(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        held = set(connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
    assert held - {"alembic_version"} == set(classes())


def test_every_owned_table_is_behind_the_wall(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        walls = {row.relname: (row.relrowsecurity, row.relforcerowsecurity) for row in connection.execute(WALLS)}
    assert [table for table, kind in classes().items() if kind in OWNED and walls[table] != (True, True)] == []


def test_every_wall_guards_reading_and_writing(app: Flask, superuser: Engine) -> None:
    """USING for what is read or changed, WITH CHECK for what is written; a table that nobody may write needs no check."""
    with superuser.connect() as connection:
        policies = connection.execute(POLICIES).all()
    for table, kind in classes().items():
        if kind not in OWNED:
            continue
        mine = [policy for policy in policies if policy.tablename == table]
        assert any(policy.reads for policy in mine), table
        assert any(policy.checks for policy in mine), table
        assert [p.cmd for p in mine if p.cmd in ("INSERT", "UPDATE", "ALL") and not p.checks] == [], table


def test_owned_tables_have_their_owner_columns(app: Flask) -> None:
    for mapper in Base.registry.mappers:
        kind, table = mapper.class_.__data__, mapper.local_table
        wanted = OWNER_COLUMNS.get(kind)
        if not wanted or table.name in SELF_OWNED:  # type: ignore[attr-defined]
            continue
        owners = [column for column in table.columns if column.name in wanted]
        assert owners, table
        assert not any(column.nullable for column in owners), table


def test_owner_columns_never_change(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        kept = set(connection.execute(KEEPERS).scalars())
        writable = set(connection.execute(WRITABLE).scalars())
    merchants_own = {
        table for table, kind in classes().items() if kind in (DataClass.PUBLIC, DataClass.MERCHANT, DataClass.PARTIES)
    }
    assert (merchants_own & writable) - kept == set()


def test_the_application_owns_nothing_and_bypasses_nothing(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        role = connection.execute(
            text("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = 'jishi_app'")
        ).one()
        owned = connection.execute(text("select relname from pg_class where relowner = 'jishi_app'::regrole")).all()
        views = connection.execute(OPEN_VIEWS).all()
    assert tuple(role) == (False, False, False, False)
    assert owned == []
    assert views == []
