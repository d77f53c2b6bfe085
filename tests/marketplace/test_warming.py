"""What is done before workers are forked, and that nothing of it is shared that must not be."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.warming import compile_pages, warm
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


def test_migrating_compiles_every_page_for_the_starts_that_follow(settings: Settings, tmp_path: Path) -> None:
    """P14: a server that starts after an upgrade finds no template to compile."""
    first = create_app(dataclasses.replace(settings, var_dir=str(tmp_path)))
    compile_pages(first)
    names = first.jinja_env.list_templates(extensions=["html", "txt"])
    compiled = len(list((tmp_path / "templates").rglob("*.cache")))
    assert compiled == len(names) > 100
    again = create_app(dataclasses.replace(settings, var_dir=str(tmp_path)))
    again.jinja_env._compile = None  # type: ignore[assignment,method-assign]
    for name in names:
        again.jinja_env.get_template(name)
