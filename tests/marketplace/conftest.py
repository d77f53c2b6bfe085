"""What tests about trade start from: a street with goods on sale, and a till in the gateway's place; and whose the tasks are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.kernel import tasks
from marketplace.kernel.db import unit_of_work
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till


@pytest.fixture
def street(ctx: Flask, cast: Cast) -> Street:
    """Two products on sale."""
    with unit_of_work():
        return trade.street(cast)


@pytest.fixture
def till(ctx: Flask) -> Iterator[Till]:
    """A till that answers at once, until the test ends."""
    before = ctx.extensions["gateway"]
    yield trade.till(ctx)
    ctx.extensions["gateway"] = before


@pytest.fixture
def workers_place(app: Flask) -> Iterator[None]:
    """A test may build other applications: the tasks are then theirs, and are given back at its end."""
    before = tasks.place
    yield
    if before is not None:
        tasks.configure(before.app, broker_url=before.broker_url, every=before.every)
