"""Behaviour during outages of Redis, Elasticsearch and the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.kernel.settings import Settings
from tests.actors import Actors
from tests.conftest import IsolatedClient

MISSING_SOCKET_URL = "unix:///tmp/no-such-folder/redis.sock"


@pytest.fixture
def create_market(app: Flask, settings: Settings, restore_celery_config: None) -> Callable[..., Flask]:
    """Return a factory of applications with changed settings."""

    def create(**changes: object) -> Flask:
        application = create_app(dataclasses.replace(settings, **changes))  # type: ignore[arg-type]
        application.test_client_class = IsolatedClient
        application.config["WTF_CSRF_ENABLED"] = False
        return application

    return create


def test_redis_down_pages_work_and_rate_limits_apply(create_market: Callable[..., Flask], actors: Actors) -> None:
    client = create_market(redis_url=MISSING_SOCKET_URL, rate_limits=True).test_client()
    for path in ("/", "/search?q=布", "/sign-in", "/register"):
        assert client.get(path).status_code == 200, path
    assert client.get("/readyz").json["redis"] == "unavailable"
    statuses = [client.post("/sign-in", data={"login": "nobody", "password": "x"}).status_code for _ in range(150)]
    assert not [status for status in statuses if status >= 500]
    assert statuses[-1] == 429


def test_elasticsearch_down_falls_back_to_embedded_engine(create_market: Callable[..., Flask], actors: Actors) -> None:
    client = create_market(elasticsearch_url="http://127.0.0.1:9").test_client()
    response = client.get("/search?q=布")
    assert response.status_code == 200
    assert "备用引擎" in response.text


def test_database_down_returns_503_page(create_market: Callable[..., Flask]) -> None:
    client = create_market(database_url="postgresql+psycopg://jishi_app@/jishi?host=/tmp/no-such-folder").test_client()
    response = client.get("/merchants/")
    assert response.status_code == 503
    assert "没有响应" in response.text
    assert client.get("/healthz").status_code == 200
