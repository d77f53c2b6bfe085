"""Fixtures for the marketplace tests: products on sale, a fake payment gateway, and the Celery configuration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from marketplace.kernel import tasks
from marketplace.kernel.db import unit_of_work
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts


@pytest.fixture
def sample_products(ctx: Flask, actors: Actors) -> SampleProducts:
    """Create two products on sale."""
    with unit_of_work():
        return order_factory.create_sample_products(actors)


@pytest.fixture
def fake_gateway(ctx: Flask) -> Iterator[FakeGateway]:
    """Replace the payment gateway by a fake one during the test."""
    before = ctx.extensions["gateway"]
    yield order_factory.install_fake_gateway(ctx)
    ctx.extensions["gateway"] = before


@pytest.fixture
def restore_celery_config(app: Flask) -> Iterator[None]:
    """Restore the Celery configuration after a test that creates other applications, which reconfigure the tasks."""
    before = tasks.config
    yield
    if before is not None:
        tasks.configure(before.app, broker_url=before.broker_url, schedule=before.schedule)
