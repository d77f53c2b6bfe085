"""What is done before workers are forked, and that nothing of it is shared that must not be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.kernel import tasks
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.warming import warm
from tests.cast import Cast


@pytest.fixture
def place(app: Flask) -> Iterator[None]:
    """Another application of these tests takes the worker's place; it is given back."""
    before = tasks.place
    yield
    if before is not None:
        tasks.configure(before.app, broker_url=before.broker_url, every=before.every)


@pytest.mark.usefixtures("place", "cast")
def test_no_connection_and_no_reader_is_handed_on(settings: Settings) -> None:
    fresh = create_app(settings)
    engine = fresh.extensions["search"]
    templates = len(fresh.jinja_env.cache or ())
    warm(fresh)
    with fresh.app_context():
        assert db.engine.pool.checkedin() == db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert fresh.extensions["search"] is not engine
    assert len(fresh.jinja_env.cache or ()) > templates + 5


@pytest.mark.usefixtures("place")
def test_without_a_database_it_gives_up_and_the_server_starts(settings: Settings, cast: Cast) -> None:
    nowhere = "postgresql+psycopg://jishi_app@/jishi?host=/tmp/no-such-folder"
    fresh = create_app(dataclasses.replace(settings, database_url=nowhere))
    warm(fresh)
    assert fresh.test_client().get("/healthz", base_url=settings.base_url).status_code == 200
