"""The two database roles: one that owns and migrates, one that the application works as.

`python -m marketplace.kernel.roles` makes them, and the database, on a server of your own. It reads the market's
settings, and connects as the superuser that PGHOST, PGUSER and PGPASSWORD (or its one argument) name.
`python -m marketplace.kernel.roles --print` prints the SQL for an administrator who runs it by hand.
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
# How long the application's role may wait for a lock, run a statement, sit in an open transaction.
LIMITS = {"lock_timeout": "3s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}

CREATE_ROLE = """DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role}; END IF;
END $$"""


@dataclass(frozen=True, slots=True)
class Role:
    """A login of the database server."""

    name: str
    password: str

    @classmethod
    def of(cls, url: str) -> Self:
        """The role in a database address."""
        parts = make_url(url)
        return cls(parts.username or "", str(parts.password or ""))


def prepare(server: psycopg.Connection, *, database: str, owner: Role, app: Role) -> None:
    """Make the roles and the database, or put them right. `server` is a superuser's autocommit connection.

    May be repeated: rows and tables are not touched. Raises ValueError if the application's role could
    walk around row security.
    """
    for role in (owner, app):
        for statement in _role_statements(role.name, _secret(server, role)):
            server.execute(statement)
    for statement in _limit_statements(app.name):
        server.execute(statement)
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
        server.execute(_create_database(database, owner.name))
    for statement in _access_statements(database, app.name):
        server.execute(statement)
    _refuse_powerful(server, app.name)


def furnish(database: psycopg.Connection, *, app: Role) -> None:
    """What is done inside the market's database: extensions, and who may look into its schema."""
    for statement in _inside_statements(app.name):
        database.execute(statement)


def script(*, database: str, owner: str, app: str) -> str:
    """The same as SQL for psql, with the passwords left to fill in."""
    blank = sql.Literal("…")
    statements = (
        *_role_statements(owner, blank),
        *_role_statements(app, blank),
        *_limit_statements(app),
        _create_database(database, owner),
        *_access_statements(database, app),
    )
    inside = "".join(f"{statement.as_string()};\n" for statement in _inside_statements(app))
    return "".join(f"{statement.as_string()};\n" for statement in statements) + f"\\connect {database}\n" + inside


def _role_statements(name: str, secret: sql.Literal) -> Iterator[sql.Composed]:
    role = sql.Identifier(name)
    yield sql.SQL(CREATE_ROLE).format(name=sql.Literal(name), role=role)
    yield sql.SQL("ALTER ROLE {role} LOGIN PASSWORD {secret}").format(role=role, secret=secret)


def _limit_statements(app: str) -> Iterator[sql.Composed]:
    for setting, value in LIMITS.items():
        yield sql.SQL("ALTER ROLE {app} SET {setting} = {value}").format(
            app=sql.Identifier(app), setting=sql.Identifier(setting), value=sql.Literal(value)
        )


def _create_database(database: str, owner: str) -> sql.Composed:
    # The same order of words on every machine; template0, because what fills template1 must not leak into the market.
    return sql.SQL(
        "CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8' TEMPLATE template0"
    ).format(database=sql.Identifier(database), owner=sql.Identifier(owner))


def _access_statements(database: str, app: str) -> Iterator[sql.Composed]:
    names = {"database": sql.Identifier(database), "app": sql.Identifier(app)}
    yield sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names)
    yield sql.SQL("GRANT CONNECT ON DATABASE {database} TO {app}").format(**names)


def _inside_statements(app: str) -> Iterator[sql.Composed]:
    for extension in EXTENSIONS:
        yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
    yield sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC").format()
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(app))


def _secret(server: psycopg.Connection, role: Role) -> sql.Literal:
    """The SCRAM verifier: the password itself never travels, so no server log can hold it."""
    verifier = server.pgconn.encrypt_password(role.password.encode(), role.name.encode(), b"scram-sha-256")
    return sql.Literal(verifier.decode())


def _refuse_powerful(server: psycopg.Connection, name: str) -> None:
    powerful = server.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND (rolsuper OR rolbypassrls OR rolcreaterole)", [name]
    ).fetchone()
    if powerful:
        raise ValueError(f"the role {name} may bypass row security: give the application another one")


def main(arguments: list[str]) -> None:
    """Prepare the server that the settings name, or print how."""
    if arguments == ["--print"]:
        print(script(database="jishi", owner="jishi_owner", app="jishi_app"), end="")
        return
    settings = Settings.from_env()
    owner, app = Role.of(settings.owner_database_url), Role.of(settings.database_url)
    database = make_url(settings.owner_database_url).database or "jishi"
    superuser = arguments[0] if arguments else ""
    with psycopg.connect(superuser, autocommit=True) as server:
        prepare(server, database=database, owner=owner, app=app)
    with psycopg.connect(superuser, dbname=database, autocommit=True) as inside:
        furnish(inside, app=app)
    print(f"{database}: owner {owner.name}, application {app.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
