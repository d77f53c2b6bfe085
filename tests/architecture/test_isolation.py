"""Row-level security as an architecture rule: every table declares its row ownership, and the database enforces it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Engine, text

from marketplace.kernel.db import Base
from marketplace.kernel.tenancy import TENANT_OWNED, RowOwnership

RLS_FLAGS = text("""
    select relname, relrowsecurity, relforcerowsecurity from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
""")
POLICIES = text("""
    select tablename, cmd, qual is not null as reads, with_check is not null as checks
    from pg_policies where schemaname = 'public'
""")
OWNER_TRIGGERS = text("""
    select event_object_table from information_schema.triggers where trigger_name in ('freeze_owner', 'append_only')
""")
UPDATABLE_TABLES = text("""
    select table_name from information_schema.role_table_grants
    where grantee = 'jishi_app' and privilege_type = 'UPDATE'
""")
INSECURE_VIEWS = text("""
    select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
    and not coalesce(reloptions::text like '%security_invoker=true%', false)
""")

OWNER_COLUMNS = {
    RowOwnership.PUBLIC: {"merchant_id"},
    RowOwnership.MERCHANT: {"merchant_id"},
    RowOwnership.BUYER: {"buyer_id", "account_id", "organisation_id", "id"},
    RowOwnership.PARTIES: {"buyer_id", "merchant_id"},
}
SELF_OWNED = {"merchants"}


def ownership_by_table() -> dict[str, RowOwnership]:
    return {mapper.class_.__tablename__: mapper.class_.__ownership__ for mapper in Base.registry.mappers}


def test_every_table_declares_row_ownership(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        table_names = set(connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
    assert table_names - {"alembic_version"} == set(ownership_by_table())


def test_owned_tables_force_row_security(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        rls_flags = {row.relname: (row.relrowsecurity, row.relforcerowsecurity) for row in connection.execute(RLS_FLAGS)}
    assert [
        table
        for table, ownership in ownership_by_table().items()
        if ownership in TENANT_OWNED and rls_flags[table] != (True, True)
    ] == []


def test_policies_cover_read_and_write(app: Flask, superuser: Engine) -> None:
    """Require policies with USING for reading and WITH CHECK for writing on every tenant-owned table."""
    with superuser.connect() as connection:
        policies = connection.execute(POLICIES).all()
    for table, ownership in ownership_by_table().items():
        if ownership not in TENANT_OWNED:
            continue
        table_policies = [policy for policy in policies if policy.tablename == table]
        assert any(policy.reads for policy in table_policies), table
        assert any(policy.checks for policy in table_policies), table
        assert [
            table_policy.cmd
            for table_policy in table_policies
            if table_policy.cmd in ("INSERT", "UPDATE", "ALL") and not table_policy.checks
        ] == [], table


def test_owned_tables_have_owner_columns(app: Flask) -> None:
    for mapper in Base.registry.mappers:
        ownership, table = mapper.class_.__ownership__, mapper.local_table
        owner_columns = OWNER_COLUMNS.get(ownership)
        if not owner_columns or table.name in SELF_OWNED:  # type: ignore[attr-defined]
            continue
        owners = [column for column in table.columns if column.name in owner_columns]
        assert owners, table
        assert not any(column.nullable for column in owners), table


def test_owner_columns_are_immutable(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        guarded = set(connection.execute(OWNER_TRIGGERS).scalars())
        writable = set(connection.execute(UPDATABLE_TABLES).scalars())
    merchant_tables = {
        table
        for table, ownership in ownership_by_table().items()
        if ownership in (RowOwnership.PUBLIC, RowOwnership.MERCHANT, RowOwnership.PARTIES)
    }
    assert (merchant_tables & writable) - guarded == set()


def test_application_role_owns_nothing_and_cannot_bypass_rls(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        role = connection.execute(
            text("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = 'jishi_app'")
        ).one()
        owned = connection.execute(text("select relname from pg_class where relowner = 'jishi_app'::regrole")).all()
        views = connection.execute(INSECURE_VIEWS).all()
    assert tuple(role) == (False, False, False, False)
    assert owned == []
    assert views == []
