"""When parts fail: what a visitor sees, and that nothing is let through or lost (R41, bad days)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.kernel.settings import Settings
from tests.cast import Cast
from tests.conftest import Visitor

NOWHERE = "unix:///tmp/no-such-folder/redis.sock"


@pytest.fixture
def market(app: Flask, settings: Settings, workers_place: None) -> Callable[..., Flask]:
    """The same market with some settings changed."""

    def make(**changes: object) -> Flask:
        made = create_app(dataclasses.replace(settings, **changes))  # type: ignore[arg-type]
        made.test_client_class = Visitor
        made.config["WTF_CSRF_ENABLED"] = False
        return made

    return make


def test_without_redis_pages_answer_and_limits_still_hold(market: Callable[..., Flask], cast: Cast) -> None:
    visitor = market(redis_url=NOWHERE, rate_limits=True).test_client()
    for path in ("/", "/search?q=布", "/sign-in", "/register"):
        assert visitor.get(path).status_code == 200, path
    assert visitor.get("/readyz").json["redis"] == "away"
    answers = [visitor.post("/sign-in", data={"login": "nobody", "password": "x"}).status_code for _ in range(150)]
    assert not [status for status in answers if status >= 500]
    assert answers[-1] == 429


def test_without_elasticsearch_the_embedded_engine_answers_and_says_so(market: Callable[..., Flask], cast: Cast) -> None:
    visitor = market(elasticsearch_url="http://127.0.0.1:9").test_client()
    answer = visitor.get("/search?q=布")
    assert answer.status_code == 200
    assert "备用引擎" in answer.text


def test_without_a_database_there_is_a_sentence(market: Callable[..., Flask]) -> None:
    visitor = market(database_url="postgresql+psycopg://jishi_app@/jishi?host=/tmp/no-such-folder").test_client()
    answer = visitor.get("/merchants/")
    assert answer.status_code == 503
    assert "没有响应" in answer.text
    assert visitor.get("/healthz").status_code == 200
