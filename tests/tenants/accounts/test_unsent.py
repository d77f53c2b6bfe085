"""Who is signed out in the middle of a form loses nothing: it is kept until they have signed in again (RO1, U5)."""

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

from tenants.access import unsent
from tenants.accounts.models import Audience
from tests.cast import Cast
from tests.tenants.accounts.test_entry import PASSWORD, people, sign_in

__all__ = ["people"]
WAITING = "/sign-in/unsent"
PROFILE = {"name": "李 “小” 明\n<b>", "phone": "13800000000", "csrf_token": "old"}


@pytest.fixture
def known(client: FlaskClient, people: Cast) -> FlaskClient:
    """A browser on which the buyer has signed in, and whose session has ended since."""
    sign_in(client)
    client.delete_cookie(Audience.SHOP.value, domain="localhost")
    return client


def hidden(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return [(name, html.unescape(value)) for name, value in found if name != "csrf_token"]


def lost(browser: FlaskClient, form: dict[str, Any], path: str = "/account/", **more: Any) -> None:
    answer = browser.post(path, data=form, headers={"Referer": "http://localhost/account/"}, **more)
    assert answer.location == "/sign-in?door=shop"


def test_what_was_sent_waits_and_one_click_sends_it(known: FlaskClient, superuser: Engine) -> None:
    lost(known, PROFILE, path="/account/?from=here")
    page = known.get("/sign-in?door=shop").text
    assert "您提交的内容已保留" in page
    assert sign_in(known, password="wrong").status_code == 422  # type: ignore[attr-defined]
    assert sign_in(known).location == WAITING  # type: ignore[attr-defined]
    page = known.get(WAITING).text
    assert 'action="/account/?from=here"' in page
    assert hidden(page) == [("name", PROFILE["name"]), ("phone", PROFILE["phone"])]
    assert 'href="/account/"' in page
    assert "文件和图片无法保留" not in page
    cookie = known.get_cookie("visit", domain="localhost")
    assert cookie
    assert PROFILE["phone"] not in cookie.value
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name like '李%'")) == 0


def test_nobody_else_gets_it(known: FlaskClient, people: Cast) -> None:
    lost(known, PROFILE)
    assert sign_in(known, "other_buyer").location != WAITING  # type: ignore[attr-defined]
    assert known.get(WAITING).location == "/"
    assert sign_in(known).location == "/"  # type: ignore[attr-defined]


def test_signing_out_forgets_it(known: FlaskClient) -> None:
    lost(known, PROFILE)
    sign_in(known)
    known.post("/sign-out")
    assert sign_in(known).location == "/"  # type: ignore[attr-defined]


def test_files_are_not_kept_and_the_page_says_so(known: FlaskClient) -> None:
    picture = (io.BytesIO(b"picture"), "a.png")
    lost(known, {**PROFILE, "picture": picture}, content_type="multipart/form-data")
    sign_in(known)
    assert "文件和图片无法保留" in known.get(WAITING).text


@pytest.mark.parametrize("form", [{}, {"password": PASSWORD, "name": "x"}, {"name": "x" * unsent.MOST_SIGNS}])
def test_what_is_not_kept(known: FlaskClient, form: dict[str, str]) -> None:
    """Nothing, passwords, and what is larger than anybody types."""
    lost(known, form)
    assert "内容没有提交" in known.get("/sign-in").text
    assert sign_in(known).location == "/account/"  # type: ignore[attr-defined]


def test_a_browser_that_nobody_signed_in_on_keeps_nothing(client: FlaskClient, people: Cast) -> None:
    lost(client, PROFILE)
    assert sign_in(client).location == "/account/"  # type: ignore[attr-defined]


def test_without_redis_it_is_as_before(known: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    away = replace(app.config["SETTINGS"], redis_url="redis://127.0.0.1:1/0")
    monkeypatch.setitem(app.config, "SETTINGS", away)
    lost(known, PROFILE)
    assert "内容没有提交" in known.get("/sign-in").text
    assert sign_in(known).location == "/account/"  # type: ignore[attr-defined]


def test_at_the_desk_too(client: FlaskClient, people: Cast) -> None:
    sign_in(client, "owner")
    client.delete_cookie(Audience.DESK.value, domain="localhost")
    answer = client.post("/desk/acme/shop/", data={"announcement": "今日到货"})
    assert answer.location == "/sign-in?door=desk"
    assert client.post("/sign-in/continue").location == WAITING
    assert ("announcement", "今日到货") in hidden(client.get(WAITING).text)


def test_at_the_console_too(client: FlaskClient, people: Cast) -> None:
    client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD})
    client.delete_cookie(Audience.CONSOLE.value, domain="localhost")
    path = "/console/settings/"
    answer = client.post(path, data={"name_zh": "麻布"})
    assert answer.location == "/console/sign-in"
    assert client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD}).location == WAITING
    assert hidden(client.get(WAITING).text) == [("name_zh", "麻布")]


OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def guarded(app: Flask, cast: Cast) -> Iterator[FlaskClient]:
    """A signed-in buyer where forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield cast.buyer.browser()
    app.config["WTF_CSRF_ENABLED"] = False


def test_a_page_older_than_the_visit_is_sent_again_with_one_click(guarded: FlaskClient, superuser: Engine) -> None:
    answer = guarded.post("/account/", data=PROFILE, headers=OURS)
    assert answer.status_code == 400
    assert hidden(answer.text) == [("name", PROFILE["name"]), ("phone", PROFILE["phone"])]
    assert "重新登录或退出过" in answer.text
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name like '李%'")) == 0
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert token
    again = guarded.post(
        "/account/", data={**dict(hidden(answer.text)), "name": "李小明", "locale": "en", "csrf_token": token[1]}, headers=OURS
    )
    assert again.status_code == 303
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from accounts where name = '李小明'")) == 1


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {**OURS, "HX-Request": "true"}])
def test_nobody_is_led_to_send_what_others_wrote(guarded: FlaskClient, headers: dict[str, str]) -> None:
    answer = guarded.post("/account/", data=PROFILE, headers=headers)
    assert answer.status_code == 400
    assert PROFILE["phone"] not in answer.text


def test_a_password_is_shown_to_nobody(guarded: FlaskClient) -> None:
    answer = guarded.post("/account/password", data={"password": PASSWORD, "now": "x"}, headers=OURS)
    assert answer.status_code == 400
    assert PASSWORD not in answer.text
