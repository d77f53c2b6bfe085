"""The two database roles: the owner, which migrates, and the application's role.

`python -m marketplace.kernel.db_roles` creates them and the database on an external server. It reads the application's
settings, and connects as the superuser given by PGHOST, PGUSER and PGPASSWORD (or its only argument).
`python -m marketplace.kernel.db_roles --print` prints the SQL, for an administrator to run by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from marketplace.kernel.settings import Settings

EXTENSIONS = ("pg_trgm", "btree_gist")
# Limits of the application's role: waiting for a lock, one statement, an idle transaction.
TIMEOUTS = {"lock_timeout": "3s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}

CREATE_ROLE = """DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role}; END IF;
END $$"""


@dataclass(frozen=True, slots=True)
class Role:
    """A login of the database server."""

    name: str
    password: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return the role of a database URL."""
        parts = make_url(url)
        return cls(parts.username or "", str(parts.password or ""))


def provision(server: psycopg.Connection, *, database: str, owner: Role, app: Role) -> None:
    """Create or update the roles and the database. `server` is a superuser's autocommit connection.

    Idempotent; rows and tables are not changed. Raises ValueError if the application's role could bypass row security.
    """
    for role in (owner, app):
        for statement in _role_statements(role.name, _scram_verifier(server, role)):
            server.execute(statement)
    for statement in _timeout_statements(app.name):
        server.execute(statement)
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
        server.execute(_create_database(database, owner.name))
    for statement in _access_statements(database, app.name):
        server.execute(statement)
    _reject_superuser(server, app.name)


def setup_database(database: psycopg.Connection, *, app: Role) -> None:
    """Create the extensions in the application's database, and set the privileges of its schema."""
    for statement in _schema_statements(app.name):
        database.execute(statement)


def render_sql(*, database: str, owner: str, app: str) -> str:
    """Return the statements of `provision` and `setup_database` as a psql script, with placeholders for passwords."""
    password_placeholder = sql.Literal("…")
    statements = (
        *_role_statements(owner, password_placeholder),
        *_role_statements(app, password_placeholder),
        *_timeout_statements(app),
        _create_database(database, owner),
        *_access_statements(database, app),
    )
    schema_sql = "".join(f"{statement.as_string()};\n" for statement in _schema_statements(app))
    return "".join(f"{statement.as_string()};\n" for statement in statements) + f"\\connect {database}\n" + schema_sql


def _role_statements(name: str, secret: sql.Literal) -> Iterator[sql.Composed]:
    role = sql.Identifier(name)
    yield sql.SQL(CREATE_ROLE).format(name=sql.Literal(name), role=role)
    yield sql.SQL("ALTER ROLE {role} LOGIN PASSWORD {secret}").format(role=role, secret=secret)


def _timeout_statements(app: str) -> Iterator[sql.Composed]:
    for setting, value in TIMEOUTS.items():
        yield sql.SQL("ALTER ROLE {app} SET {setting} = {value}").format(
            app=sql.Identifier(app), setting=sql.Identifier(setting), value=sql.Literal(value)
        )


def _create_database(database: str, owner: str) -> sql.Composed:
    # C.UTF-8 sorts equally on every machine; template0, because template1 may contain objects of the server's owner.
    return sql.SQL(
        "CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8' TEMPLATE template0"
    ).format(database=sql.Identifier(database), owner=sql.Identifier(owner))


def _access_statements(database: str, app: str) -> Iterator[sql.Composed]:
    names = {"database": sql.Identifier(database), "app": sql.Identifier(app)}
    yield sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names)
    yield sql.SQL("GRANT CONNECT ON DATABASE {database} TO {app}").format(**names)


def _schema_statements(app: str) -> Iterator[sql.Composed]:
    for extension in EXTENSIONS:
        yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
    yield sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC").format()
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(app))


def _scram_verifier(server: psycopg.Connection, role: Role) -> sql.Literal:
    """Return the SCRAM verifier: the password itself is never sent, so it cannot appear in the server log."""
    verifier = server.pgconn.encrypt_password(role.password.encode(), role.name.encode(), b"scram-sha-256")
    return sql.Literal(verifier.decode())


def _reject_superuser(server: psycopg.Connection, name: str) -> None:
    row = server.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND (rolsuper OR rolbypassrls OR rolcreaterole)", [name]
    ).fetchone()
    if row:
        raise ValueError(f"the role {name} may bypass row security: give the application another one")


def main(arguments: list[str]) -> None:
    """Provision the server of the settings, or print the SQL with `--print`."""
    if arguments == ["--print"]:
        print(render_sql(database="jishi", owner="jishi_owner", app="jishi_app"), end="")
        return
    settings = Settings.from_env()
    owner, app = Role.from_url(settings.owner_database_url), Role.from_url(settings.database_url)
    database = make_url(settings.owner_database_url).database or "jishi"
    superuser = arguments[0] if arguments else ""
    with psycopg.connect(superuser, autocommit=True) as server:
        provision(server, database=database, owner=owner, app=app)
    with psycopg.connect(superuser, dbname=database, autocommit=True) as database_connection:
        setup_database(database_connection, app=app)
    print(f"{database}: owner {owner.name}, application {app.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
