"""Tests of form replay: a form submitted after the session expired can be sent again after the login (RO1)."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tenants.access import form_replay
from tenants.accounts.models import Realm
from tests.actors import Actors
from tests.tenants.accounts.test_login import PASSWORD, people, sign_in

__all__ = ["people"]
REPLAY_URL = "/sign-in/unsent"
PROFILE = {"name": "李 “小” 明\n<b>", "phone": "13800000000", "csrf_token": "old"}


@pytest.fixture
def returning_client(client: FlaskClient, people: Actors) -> FlaskClient:
    """Return a client on which the buyer has logged in and whose session has ended since."""
    sign_in(client)
    client.delete_cookie(Realm.SHOP.value, domain="localhost")
    return client


def hidden_fields(page: str) -> list[tuple[str, str]]:
    matches = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return [(name, html.unescape(value)) for name, value in matches if name != "csrf_token"]


def submit_expired(client: FlaskClient, form: dict[str, Any], path: str = "/account/", **kwargs: Any) -> None:
    response = client.post(path, data=form, headers={"Referer": "http://localhost/account/"}, **kwargs)
    assert response.location == "/sign-in?door=shop"


def test_form_replay_restores_fields_after_login(returning_client: FlaskClient, superuser: Engine) -> None:
    submit_expired(returning_client, PROFILE, path="/account/?from=here")
    page = returning_client.get("/sign-in?door=shop").text
    assert "您提交的内容已保留" in page
    assert sign_in(returning_client, password="wrong").status_code == 422  # type: ignore[attr-defined]
    assert sign_in(returning_client).location == REPLAY_URL  # type: ignore[attr-defined]
    page = returning_client.get(REPLAY_URL).text
    assert 'action="/account/?from=here"' in page
    assert hidden_fields(page) == [("name", PROFILE["name"]), ("phone", PROFILE["phone"])]
    assert 'href="/account/"' in page
    assert "文件和图片无法保留" not in page
    cookie = returning_client.get_cookie("visit", domain="localhost")
    assert cookie
    assert PROFILE["phone"] not in cookie.value
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name like '李%'")) == 0


def test_form_replay_is_bound_to_account(returning_client: FlaskClient, people: Actors) -> None:
    submit_expired(returning_client, PROFILE)
    assert sign_in(returning_client, "other_buyer").location != REPLAY_URL  # type: ignore[attr-defined]
    assert returning_client.get(REPLAY_URL).location == "/"
    assert sign_in(returning_client).location == "/"  # type: ignore[attr-defined]


def test_form_replay_cleared_on_sign_out(returning_client: FlaskClient) -> None:
    submit_expired(returning_client, PROFILE)
    sign_in(returning_client)
    returning_client.post("/sign-out")
    assert sign_in(returning_client).location == "/"  # type: ignore[attr-defined]


def test_form_replay_drops_files_with_notice(returning_client: FlaskClient) -> None:
    upload = (io.BytesIO(b"picture"), "a.png")
    submit_expired(returning_client, {**PROFILE, "picture": upload}, content_type="multipart/form-data")
    sign_in(returning_client)
    assert "文件和图片无法保留" in returning_client.get(REPLAY_URL).text


@pytest.mark.parametrize("form", [{}, {"password": PASSWORD, "name": "x"}, {"name": "x" * form_replay.MAX_CHARS}])
def test_form_replay_skips_empty_password_and_large_forms(returning_client: FlaskClient, form: dict[str, str]) -> None:
    """Do not store empty forms, passwords, and forms larger than any that is typed by hand."""
    submit_expired(returning_client, form)
    assert "内容没有提交" in returning_client.get("/sign-in").text
    assert sign_in(returning_client).location == "/account/"  # type: ignore[attr-defined]


def test_form_replay_requires_known_device(client: FlaskClient, people: Actors) -> None:
    submit_expired(client, PROFILE)
    assert sign_in(client).location == "/account/"  # type: ignore[attr-defined]


def test_form_replay_without_redis_is_disabled(
    returning_client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_without_redis = replace(app.config["SETTINGS"], redis_url="redis://127.0.0.1:1/0")
    monkeypatch.setitem(app.config, "SETTINGS", settings_without_redis)
    submit_expired(returning_client, PROFILE)
    assert "内容没有提交" in returning_client.get("/sign-in").text
    assert sign_in(returning_client).location == "/account/"  # type: ignore[attr-defined]


def test_form_replay_at_desk(client: FlaskClient, people: Actors) -> None:
    sign_in(client, "owner")
    client.delete_cookie(Realm.DESK.value, domain="localhost")
    response = client.post("/desk/acme/shop/", data={"announcement": "今日到货"})
    assert response.location == "/sign-in?door=desk"
    assert client.post("/sign-in/continue").location == REPLAY_URL
    assert ("announcement", "今日到货") in hidden_fields(client.get(REPLAY_URL).text)


def test_form_replay_at_console(client: FlaskClient, people: Actors) -> None:
    client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD})
    client.delete_cookie(Realm.CONSOLE.value, domain="localhost")
    path = "/console/settings/"
    response = client.post(path, data={"name_zh": "麻布"})
    assert response.location == "/console/sign-in"
    assert client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD}).location == REPLAY_URL
    assert hidden_fields(client.get(REPLAY_URL).text) == [("name_zh", "麻布")]


SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def csrf_client(app: Flask, actors: Actors) -> Iterator[FlaskClient]:
    """Return a logged-in buyer's client of an application that checks CSRF tokens."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield actors.buyer.client()
    app.config["WTF_CSRF_ENABLED"] = False


def test_csrf_failure_same_origin_offers_form_replay(csrf_client: FlaskClient, superuser: Engine) -> None:
    response = csrf_client.post("/account/", data=PROFILE, headers=SAME_ORIGIN)
    assert response.status_code == 400
    assert hidden_fields(response.text) == [("name", PROFILE["name"]), ("phone", PROFILE["phone"])]
    assert "重新登录或退出过" in response.text
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name like '李%'")) == 0
    token = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
    assert token
    retried = csrf_client.post(
        "/account/",
        data={**dict(hidden_fields(response.text)), "name": "李小明", "locale": "en", "csrf_token": token[1]},
        headers=SAME_ORIGIN,
    )
    assert retried.status_code == 303
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name = '李小明'")) == 1


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {**SAME_ORIGIN, "HX-Request": "true"}])
def test_csrf_failure_cross_site_offers_no_replay(csrf_client: FlaskClient, headers: dict[str, str]) -> None:
    response = csrf_client.post("/account/", data=PROFILE, headers=headers)
    assert response.status_code == 400
    assert PROFILE["phone"] not in response.text


def test_csrf_failure_never_echoes_passwords(csrf_client: FlaskClient) -> None:
    response = csrf_client.post("/account/password", data={"password": PASSWORD, "now": "x"}, headers=SAME_ORIGIN)
    assert response.status_code == 400
    assert PASSWORD not in response.text
