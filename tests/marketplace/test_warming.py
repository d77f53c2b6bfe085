"""What is done before workers are forked, and that nothing of it is shared that must not be."""

from __future__ import annotations

import dataclasses

import pytest

from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.warming import warm
from tests.cast import Cast


@pytest.mark.usefixtures("workers_place", "cast")
def test_no_connection_and_no_reader_is_handed_on(settings: Settings) -> None:
    fresh = create_app(settings)
    engine = fresh.extensions["search"]
    templates = len(fresh.jinja_env.cache or ())
    warm(fresh)
    with fresh.app_context():
        assert db.engine.pool.checkedin() == db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert fresh.extensions["search"] is not engine
    assert len(fresh.jinja_env.cache or ()) > templates + 5


@pytest.mark.usefixtures("workers_place")
def test_without_a_database_it_gives_up_and_the_server_starts(settings: Settings, cast: Cast) -> None:
    nowhere = "postgresql+psycopg://jishi_app@/jishi?host=/tmp/no-such-folder"
    fresh = create_app(dataclasses.replace(settings, database_url=nowhere))
    warm(fresh)
    assert fresh.test_client().get("/healthz", base_url=settings.base_url).status_code == 200
