"""Fixtures of the security tests: one seeded database for the whole package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from marketplace.kernel import cache
from tests.actors import create_actors
from tests.conftest import empty_tables
from tests.security import change_recorder
from tests.security.seeded_db import seed_database
from tests.security.state_fixtures import create_all_states
from tests.security.target import AttackTarget


@pytest.fixture(scope="package")
def attack_target(app: Flask, superuser: Engine) -> Iterator[AttackTarget]:
    """Seed two merchants and two buyers with the same kinds of rows."""
    actors = create_actors(app)
    seed_database(app, actors)
    create_all_states(app, actors)
    cache.clear_all()
    with pytest.MonkeyPatch.context() as monkeypatch:
        # Undoing an attack restores the deleted rows but not their files, which later tests read.
        monkeypatch.setattr(app.extensions["storage"], "delete", lambda _keys: None)
        yield AttackTarget(app=app, engine=superuser, actors=actors)
    empty_tables(superuser)


@pytest.fixture(scope="package")
def recorder(attack_target: AttackTarget) -> Iterator[change_recorder.ChangeRecorder]:
    """Record every change of the rows of that database."""
    yield change_recorder.install_recorder(attack_target.engine)
    change_recorder.remove_recorder(attack_target.engine)
