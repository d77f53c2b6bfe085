"""The town that every test lives in: real servers, a migrated database, an empty market, and a small cast."""

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

from marketplace.app import create_app
from marketplace.kernel import embedded, events, memo, migrating, outbox
from marketplace.kernel.db import Base, db
from marketplace.kernel.embedded import Servers
from marketplace.kernel.settings import Settings
from tests.cast import Cast, settle

HOST = "http://localhost"
KEPT: frozenset[str] = frozenset({"alembic_version"})


class Visitor(FlaskClient):
    """A browser: every request in a context of its own, as in a real server."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request; forms get the CSRF token of a page unless they bring one."""

        def alone() -> Any:
            _cv_app.set(None)  # type: ignore[arg-type]
            _cv_request.set(None)  # type: ignore[arg-type]
            return super(Visitor, self).open(*args, **kwargs)

        return contextvars.copy_context().run(alone)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Real PostgreSQL and Valkey for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-test-", dir="/tmp"))
    folder.chmod(0o755)
    started = embedded.start(folder, durable=False)
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the test market."""
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
    """The market, migrated and empty."""
    made = create_app(settings)
    migrating.upgrade(made)
    made.test_client_class = Visitor
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture(scope="session")
def superuser(servers: Servers, app: Flask) -> Iterator[Engine]:
    """The database seen from above the wall: for cleaning and for looking at what is really there."""
    engine = create_engine(servers.superuser_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave an empty market behind every test that used the application."""
    engine: Engine | None = request.getfixturevalue("superuser") if "app" in request.fixturenames else None
    yield
    if engine is not None and not getattr(request.module, "ONE_WORLD", False):
        empty(engine)


def empty(engine: Engine) -> None:
    """Empty every table that holds rows, past triggers and policies."""
    memo.forget_all()
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in KEPT]
    probe = " union all ".join(f"select '{name}' where exists (select 1 from \"{name}\")" for name in names)
    with engine.begin() as connection:
        full = [row[0] for row in connection.execute(text(probe))]
        if full:
            connection.execute(text("set local session_replication_role = replica"))
            for name in full:
                connection.execute(text(f'delete from "{name}"'))


@pytest.fixture
def ctx(app: Flask) -> Iterator[Flask]:
    """An application context for calling services directly."""
    with app.app_context():
        yield app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor whom nobody knows, reading Chinese."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Two merchants with their people, a buyer, a stranger, the market's own staff."""
    return settle(app)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """Every fact that was committed during the test."""
    heard: list[events.Event] = []
    original = events.tell_after

    def listen(batch: events.Announced) -> None:
        heard.extend(batch.all)
        original(batch)

    monkeypatch.setattr(events, "tell_after", listen)
    return heard


@pytest.fixture
def drain(app: Flask) -> Callable[[], int]:
    """Deliver everything in the outbox, as the relay would."""

    def deliver() -> int:
        with app.app_context():
            return outbox.deliver_all()

    return deliver


@pytest.fixture
def statements(app: Flask) -> Callable[[], Any]:
    """`with statements() as said:` collects the SQL statements sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture(autouse=True, scope="session")
def _stay_at_home() -> Iterator[None]:
    """No test may talk to another machine."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not str(host).startswith(("127.", "::1", "localhost")):
            raise RuntimeError(f"a test tried to reach {host}")
        original(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    yield
    socket.socket.connect = original  # type: ignore[method-assign]
