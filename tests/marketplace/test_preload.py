"""Preloading before gunicorn forks its workers; connections and index readers must not be shared."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from marketplace.app import create_app
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.preload import compile_templates, preload
from tests.actors import Actors


@pytest.mark.usefixtures("restore_celery_config", "actors")
def test_preload_closes_connections_and_replaces_engine(settings: Settings) -> None:
    application = create_app(settings)
    engine = application.extensions["search"]
    templates = len(application.jinja_env.cache or ())
    preload(application)
    with application.app_context():
        assert db.engine.pool.checkedin() == db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert application.extensions["search"] is not engine
    assert len(application.jinja_env.cache or ()) > templates + 5


@pytest.mark.usefixtures("restore_celery_config")
def test_preload_without_database_does_not_fail(settings: Settings, actors: Actors) -> None:
    missing_database_url = "postgresql+psycopg://jishi_app@/jishi?host=/tmp/no-such-folder"
    application = create_app(dataclasses.replace(settings, database_url=missing_database_url))
    preload(application)
    assert application.test_client().get("/healthz", base_url=settings.base_url).status_code == 200


def test_compile_templates_fills_bytecode_cache(settings: Settings, tmp_path: Path) -> None:
    """Check that a server started after an upgrade has no template to compile, which keeps its start fast."""
    first = create_app(dataclasses.replace(settings, var_dir=str(tmp_path)))
    compile_templates(first)
    names = first.jinja_env.list_templates(extensions=["html", "txt"])
    compiled = len(list((tmp_path / "templates").rglob("*.cache")))
    assert compiled == len(names) > 100
    second = create_app(dataclasses.replace(settings, var_dir=str(tmp_path)))
    second.jinja_env._compile = None  # type: ignore[assignment,method-assign]
    for name in names:
        second.jinja_env.get_template(name)
