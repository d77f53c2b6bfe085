"""The market under attack, the same for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from marketplace.kernel import memo
from tests.attack import watch
from tests.attack.populated import populate
from tests.attack.waiting import leave_waiting
from tests.attack.world import World
from tests.cast import settle
from tests.conftest import empty


@pytest.fixture(scope="package")
def world(app: Flask, superuser: Engine) -> Iterator[World]:
    """Two merchants and two buyers who hold the same kinds of things."""
    cast = settle(app)
    populate(app, cast)
    leave_waiting(app, cast)
    memo.forget_all()
    yield World(app=app, engine=superuser, cast=cast)
    empty(superuser)


@pytest.fixture(scope="package")
def watched(world: World) -> Iterator[watch.Watch]:
    """Everything that is written in that market."""
    yield watch.install(world.engine)
    watch.remove(world.engine)
