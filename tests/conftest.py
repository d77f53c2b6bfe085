"""Shared fixtures: real servers, a migrated and empty database, and the actors of the tests."""

from __future__ import annotations

import contextvars
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.globals import _cv_app, _cv_request
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from local import embedded
from local.embedded import EmbeddedServers
from marketplace.app import create_app
from marketplace.kernel import cache, events, migrate, outbox
from marketplace.kernel.db import Base, db
from marketplace.kernel.settings import Settings
from tests.actors import Actors, create_actors
from tools import build_assets

HOST = "http://localhost"
PRESERVED_TABLES: frozenset[str] = frozenset({"alembic_version"})


class IsolatedClient(FlaskClient):
    """Test client that runs every request in a context of its own, as a real server does."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request in a new copy of the context, without the application context of the test."""

        def open_isolated() -> Any:
            _cv_app.set(None)  # type: ignore[arg-type]
            _cv_request.set(None)  # type: ignore[arg-type]
            return super(IsolatedClient, self).open(*args, **kwargs)

        return contextvars.copy_context().run(open_isolated)


@pytest.fixture(scope="session", autouse=True)
def built_assets() -> None:
    """Build the stylesheet and the script, so that tests also run in a clone without `make assets`."""
    build_assets.build_css()
    build_assets.build_js()


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """Run PostgreSQL and Valkey for the whole test session."""
    directory = Path(tempfile.mkdtemp(prefix="jishi-test-", dir="/tmp"))
    directory.chmod(0o755)
    started = embedded.start(directory, durable=False)
    yield started
    started.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of the test application."""
    return Settings(
        database_url=servers.database_url,
        owner_database_url=servers.owner_database_url,
        redis_url=servers.redis_url,
        secret_key="a secret of the tests, long enough for anybody",
        base_url=HOST,
        environment="test",
        var_dir=str(tmp_path_factory.mktemp("var")),
        market_name="轻纺集市",
        rate_limits=False,
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """Return the application with a migrated and empty database."""
    application = create_app(settings)
    migrate.upgrade(application)
    application.test_client_class = IsolatedClient
    application.config["WTF_CSRF_ENABLED"] = False
    return application


@pytest.fixture(scope="session")
def superuser(servers: EmbeddedServers, app: Flask) -> Iterator[Engine]:
    """Return an engine that bypasses row-level security, for cleaning up and for inspecting the stored rows."""
    engine = create_engine(servers.superuser_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _empty_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the database after every test that used the application."""
    engine: Engine | None = request.getfixturevalue("superuser") if "app" in request.fixturenames else None
    yield
    if engine is not None and not getattr(request.module, "SHARED_DATABASE", False):
        empty_tables(engine)


def empty_tables(engine: Engine) -> None:
    """Delete all rows, bypassing triggers and policies."""
    cache.clear_all()
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in PRESERVED_TABLES]
    query = " union all ".join(f"select '{name}' where exists (select 1 from \"{name}\")" for name in names)
    with engine.begin() as connection:
        nonempty = [row[0] for row in connection.execute(text(query))]
        if nonempty:
            connection.execute(text("set local session_replication_role = replica"))
            for name in nonempty:
                connection.execute(text(f'delete from "{name}"'))


@pytest.fixture
def ctx(app: Flask) -> Iterator[Flask]:
    """Enter an application context for calling services directly."""
    with app.app_context():
        yield app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return the client of an anonymous visitor, with Chinese pages."""
    return app.test_client()


@pytest.fixture
def actors(app: Flask) -> Actors:
    """Create two merchants with staff, two buyers, a stranger and an administrator."""
    return create_actors(app)


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """Record the events that are committed during the test."""
    published: list[events.Event] = []
    original = events.dispatch_after_commit

    def record(batch: events.EventBuffer) -> None:
        published.extend(batch.events)
        original(batch)

    monkeypatch.setattr(events, "dispatch_after_commit", record)
    return published


@pytest.fixture
def drain_outbox(app: Flask) -> Callable[[], int]:
    """Return a function that delivers all outbox messages, as the relay does."""

    def deliver() -> int:
        with app.app_context():
            return outbox.process_all()

    return deliver


@pytest.fixture
def record_statements(app: Flask) -> Callable[[], Any]:
    """Return the context manager that records the SQL statements of a block in the list that it yields."""

    @contextmanager
    def recorder() -> Iterator[list[str]]:
        executed: list[str] = []
        with app.app_context():
            engine = db.engine

        def record(_conn: Any, _cursor: Any, statement: str, *_args: Any) -> None:
            executed.append(statement)

        event.listen(engine, "before_cursor_execute", record)
        try:
            yield executed
        finally:
            event.remove(engine, "before_cursor_execute", record)

    return recorder


@pytest.fixture(autouse=True, scope="session")
def _block_external_network() -> Iterator[None]:
    """Raise an error when a test connects to another machine."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not str(host).startswith(("127.", "::1", "localhost")):
            raise RuntimeError(f"a test tried to reach {host}")
        original(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    yield
    socket.socket.connect = original  # type: ignore[method-assign]
