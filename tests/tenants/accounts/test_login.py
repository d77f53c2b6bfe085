"""Tests of login and logout: realms, attempt limits, and that responses reveal nothing about accounts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text

from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import Event
from tenants.accounts import passwords, sessions, throttling
from tenants.accounts.events import UserLoggedIn
from tenants.accounts.models import Realm, ThrottleAttempt, UserSession
from tests.actors import Actors
from tests.factories import tenant_factory

PASSWORD = "loom harbour copper thursday"


@pytest.fixture
def people(app: Flask, actors: Actors) -> Actors:
    """Return the actors, with passwords."""
    with app.app_context():
        password_hash = passwords.hash_password(PASSWORD)
        with unit_of_work():
            db.session.execute(text("set local app.purpose = 'sign_in'"))
            db.session.execute(text("update accounts set password_hash = :password_hash"), {"password_hash": password_hash})
        db.session.remove()
    return actors


def sign_in(client: FlaskClient, name: str = "buyer", password: str = PASSWORD, realm: str = "shop") -> object:
    return client.post(f"/sign-in?door={realm}", data={"name": name, "password": password})


def session_cookie(client: FlaskClient, realm: Realm = Realm.SHOP) -> str | None:
    cookie = client.get_cookie(realm.value, domain="localhost")
    return cookie.value if cookie else None


@pytest.mark.parametrize("name", ["buyer", "BUYER", "buyer@example.com", " Buyer@Example.COM "])
def test_sign_in_as_buyer_redirects_to_storefront(
    client: FlaskClient, people: Actors, name: str, published_events: list[Event]
) -> None:
    response = sign_in(client, name)
    assert (response.status_code, response.location) == (303, "/")  # type: ignore[attr-defined]
    assert [event.account_id for event in published_events if isinstance(event, UserLoggedIn)] == [people.buyer.account_id]
    assert client.get("/account/").status_code == 200
    assert session_cookie(client, Realm.DESK) is None


def test_sign_in_as_merchant_staff_redirects_to_desk(client: FlaskClient, people: Actors) -> None:
    response = sign_in(client, "clerk")
    assert response.location == "/desk/acme/"  # type: ignore[attr-defined]
    assert session_cookie(client, Realm.DESK)
    assert session_cookie(client, Realm.CONSOLE) is None


def test_sign_in_redirects_to_safe_next_url_only(client: FlaskClient, people: Actors) -> None:
    assert client.get("/account/password").location == "/sign-in?door=shop"
    assert sign_in(client, "clerk").location == "/account/password"  # type: ignore[attr-defined]
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        client.get("/sign-in", query_string={"next": target})
        assert sign_in(client).location == "/"  # type: ignore[attr-defined]


def test_sign_in_invalid_input_shows_errors_and_preserves_login(client: FlaskClient, people: Actors) -> None:
    response = client.post("/sign-in", data={"name": "buyer <b>", "password": "wrong"})
    assert response.status_code == 422
    assert "登录名和密码不匹配" in response.text
    assert 'value="buyer &lt;b&gt;"' in response.text
    assert "wrong" not in response.text
    assert "请填写密码" in client.post("/sign-in", data={"name": "buyer"}).text
    assert "请填写登录名或邮箱" in client.post("/sign-in", data={"password": "x"}).text


def test_sign_in_failure_same_response_for_known_and_unknown_login(client: FlaskClient, people: Actors) -> None:
    known_response = client.post("/sign-in", data={"name": "buyer", "password": "wrong"})
    unknown_response = client.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    assert known_response.status_code == unknown_response.status_code
    assert strip_csrf_token(known_response.text).replace("buyer", "nobody") == strip_csrf_token(unknown_response.text)


def strip_csrf_token(page: str) -> str:
    """Return a page without its CSRF token, which contains the second it was made in."""
    return re.sub(r'"(csrf_token|csrf-token)" (value|content)="[^"]*"', "", page)


def test_sign_in_limits_attempts_per_account(client: FlaskClient, people: Actors, app: Flask) -> None:
    for n in range(10):
        name = "buyer" if n % 2 else "buyer@example.com"
        assert sign_in(client, name, "wrong").status_code == 422  # type: ignore[attr-defined]
    assert sign_in(client).status_code == 429  # type: ignore[attr-defined]
    assert sign_in(client, "other_buyer").status_code == 303  # type: ignore[attr-defined]
    with clock.shift_time(timedelta(minutes=61)):
        assert sign_in(client).status_code == 303  # type: ignore[attr-defined]
    with app.app_context():
        subject = throttling._subject_key(throttling.LOGIN_PER_ACCOUNT, str(people.buyer.account_id))
        assert db.session.scalar(select(func.count()).where(ThrottleAttempt.subject == subject)) == 0
        db.session.remove()


def test_sign_in_limits_attempts_per_ip_ignoring_forwarded_for(client: FlaskClient, people: Actors) -> None:
    codes = []
    for n in range(40):
        headers = {"X-Forwarded-For": f"10.0.0.{n}"}
        codes.append(client.post("/sign-in", data={"name": f"nobody-{n}", "password": "wrong"}, headers=headers).status_code)
    assert codes == [422] * 30 + [429] * 10
    with clock.shift_time(timedelta(seconds=61)):
        assert sign_in(client).status_code == 303  # type: ignore[attr-defined]


def test_sign_in_known_device_is_not_locked_out_by_others(client: FlaskClient, people: Actors, app: Flask) -> None:
    sign_in(client)
    client.post("/sign-out")
    stranger = app.test_client()
    for _ in range(11):
        sign_in(stranger, password="wrong")
    assert sign_in(stranger).status_code == 429  # type: ignore[attr-defined]
    assert sign_in(client).status_code == 303  # type: ignore[attr-defined]


def test_sign_in_known_device_of_other_account_is_limited(client: FlaskClient, people: Actors) -> None:
    sign_in(client, "other_buyer")
    client.post("/sign-out")
    for _ in range(10):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429  # type: ignore[attr-defined]


def test_sign_in_rotates_session_token(client: FlaskClient, people: Actors, app: Flask) -> None:
    sign_in(client)
    first = session_cookie(client)
    sign_in(client)
    second = session_cookie(client)
    assert first
    assert second
    assert first != second
    thief = app.test_client()
    thief.set_cookie("shop", first, domain="localhost")
    assert thief.get("/account/").status_code == 302
    client.post("/sign-out")
    assert session_cookie(client) is None
    thief.set_cookie("shop", second, domain="localhost")
    assert thief.get("/account/").status_code == 302


def test_sign_in_discards_preset_session(client: FlaskClient, people: Actors) -> None:
    client.set_cookie("shop", "a word chosen by somebody else", domain="localhost")
    with client.session_transaction() as flask_session:
        flask_session["planted"] = "yes"
    sign_in(client)
    assert session_cookie(client) != "a word chosen by somebody else"
    with client.session_transaction() as flask_session:
        assert "planted" not in flask_session


def test_session_token_is_bound_to_realm(client: FlaskClient, people: Actors) -> None:
    sign_in(client, "admin")
    token = session_cookie(client)
    assert token
    for realm in (Realm.DESK, Realm.CONSOLE):
        client.set_cookie(realm.value, token, domain="localhost")
    assert client.get("/console/").location == "/console/sign-in"
    assert client.get("/desk/acme/").location == "/sign-in?door=desk"


def test_session_expires_when_idle_and_at_lifetime(client: FlaskClient, people: Actors, app: Flask, superuser: Engine) -> None:
    sign_in(client, "clerk")
    with clock.shift_time(timedelta(days=1, hours=23)):
        assert client.get("/desk/acme/").status_code != 302
    with clock.shift_time(timedelta(days=3, hours=22)):
        assert client.get("/desk/acme/").status_code != 302
    with clock.shift_time(timedelta(days=5, hours=23)):
        assert client.get("/desk/acme/").status_code == 302
    with clock.shift_time(timedelta(days=31)):
        assert client.get("/account/").status_code == 302
        with app.app_context(), unit_of_work():
            assert sessions.delete_expired() == 2
    with superuser.connect() as connection:
        assert connection.execute(select(func.count()).select_from(UserSession)).scalar() == 0


def test_desk_sign_in_continues_with_shop_session(people: Actors) -> None:
    browser = people.clerk.client(Realm.SHOP)
    assert browser.get("/desk/acme/").location == "/sign-in?door=desk"
    page = browser.get("/sign-in?door=desk")
    assert "以 Clerk 的身份继续" in page.text
    assert browser.post("/sign-in/continue").location == "/desk/acme/"
    assert browser.get("/desk/acme/").status_code != 302
    outsider = people.buyer.client(Realm.SHOP)
    assert outsider.post("/sign-in/continue").location == "/"


def test_console_sign_in_requires_platform_staff(client: FlaskClient, people: Actors) -> None:
    page = client.get("/console/sign-in")
    assert page.status_code == 200
    response = client.post("/console/sign-in", data={"name": "buyer", "password": PASSWORD})
    assert response.status_code == 403
    assert "不是市场的工作人员" in response.text
    client.get("/console/")
    assert client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD}).location == "/console/"
    assert session_cookie(client, Realm.SHOP) is None


def test_sign_in_disabled_account_is_rejected(client: FlaskClient, people: Actors, superuser: Engine) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update accounts set disabled_at = now() where login = 'buyer'"))
    assert "已停用" in sign_in(client).text  # type: ignore[attr-defined]
    assert "不匹配" in sign_in(client, password="wrong").text  # type: ignore[attr-defined]


def test_sign_in_with_several_memberships_redirects_to_desk_list(client: FlaskClient, people: Actors, app: Flask) -> None:
    with app.app_context(), unit_of_work():
        clerk = people.clerk.account_id
        tenant_factory.create_merchant(owner=load_account(clerk), slug="third", name="第三布行")
    assert sign_in(client, "clerk").location == "/account/desks"  # type: ignore[attr-defined]
    page = client.get("/account/desks").text
    assert "兴隆布行" in page
    assert "第三布行" in page


def load_account(account_id: object) -> object:
    from tenants.accounts.queries import get_account

    return get_account(account_id)  # type: ignore[arg-type]
