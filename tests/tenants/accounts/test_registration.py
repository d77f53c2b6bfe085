"""Tests of registration, confirmation and password reset: uniform responses, single-use tokens (ME1, RO4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel import clock
from marketplace.kernel.events import Event
from tenants.accounts.events import UserLoggedIn
from tests.actors import Actors
from tests.tenants.accounts.emails import emails_to, first_link

PASSWORD = "loom harbour copper thursday"
NEW = "velvet anchor monday lantern"


def register(client: FlaskClient, **entries: str) -> object:
    return client.post("/register", data={"login": "weaver", "email": "weaver@example.com", "password": PASSWORD} | entries)


def test_register_creates_unprivileged_account(
    client: FlaskClient, app: Flask, superuser: Engine, published_events: list[Event]
) -> None:
    response = register(client)
    assert (response.status_code, response.location) == (303, "/registered")  # type: ignore[attr-defined]
    assert "weaver@example.com" in client.get("/registered").text
    email = emails_to(app, "weaver@example.com")[0]
    assert (email.kind, email.locale) == ("confirm_email", "zh_Hans")
    link = first_link(email)
    assert "weaver@example.com" in client.get(link).text
    assert client.get(link).status_code == 200, "GET does not consume the token"
    assert client.post(link).location == "/"
    assert client.get("/account/").status_code == 200, "the browser that registered is logged in"
    assert [type(event) for event in published_events if isinstance(event, UserLoggedIn)] == [UserLoggedIn], (
        "and its cart comes along"
    )
    assert client.post(link).status_code == 410
    with superuser.connect() as connection:
        row = connection.execute(text("select name, email_confirmed_at, password_hash from accounts")).one()
        assert (row.name, row.password_hash[:10]) == ("weaver", "$argon2id$")
        assert row.email_confirmed_at
        assert connection.execute(text("select count(*) from staff")).scalar() == 0
        assert connection.execute(text("select count(*) from platform_staff")).scalar() == 0
        assert connection.execute(text("select count(*) from organisation_members")).scalar() == 1


def test_confirm_email_in_other_browser_does_not_sign_in(client: FlaskClient, app: Flask) -> None:
    register(app.test_client())
    link = first_link(emails_to(app, "weaver@example.com")[0])
    assert client.post(link).location == "/account/"
    assert client.get("/account/").status_code == 302


def test_register_ignores_unknown_fields(client: FlaskClient, superuser: Engine) -> None:
    extra = {"role": "administrator", "email_confirmed_at": "2026-01-01", "buyer_id": "x", "is_admin": "1", "name": "Boss"}
    register(client, **extra)
    with superuser.connect() as connection:
        row = connection.execute(text("select name, email_confirmed_at from accounts")).one()
    assert (row.name, row.email_confirmed_at) == ("weaver", None)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"login": ""}, "请填写登录名"),
        ({"login": "ab"}, "登录名为 3 到 30"),
        ({"login": "a@b.example"}, "登录名为 3 到 30"),
        ({"login": "Admin"}, "由市场保留"),
        ({"email": ""}, "请填写邮箱地址"),
        ({"email": "weaver@"}, "这不是邮箱地址"),
        ({"password": "short"}, "密码至少 10 个字符"),
        ({"password": "x" * 129}, "密码最多 128 个字符"),
        ({"password": "abcdefghij"}, "最容易被猜到"),
        ({"password": "weaverweaver"}, "含有您的登录名或邮箱"),
        ({"password": "passwordpassword"}, "容易被猜到"),
    ],
)
def test_register_invalid_input_shows_field_errors(client: FlaskClient, entries: dict[str, str], message: str) -> None:
    response = register(client, **entries)
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert message in response.text  # type: ignore[attr-defined]
    form = {"login": "weaver", "email": "weaver@example.com"} | entries
    for name in ("login", "email"):
        assert f'value="{form[name]}"' in response.text  # type: ignore[attr-defined]
    assert PASSWORD not in response.text  # type: ignore[attr-defined]


def test_register_existing_login_is_rejected_case_insensitively(client: FlaskClient, actors: Actors) -> None:
    assert "已被使用" in register(client, login="BUYER").text  # type: ignore[attr-defined]


def test_register_known_email_same_response_and_owner_notified(
    client: FlaskClient, app: Flask, actors: Actors, superuser: Engine
) -> None:
    unknown_response, known_response = register(client), register(client, login="weaver2", email="Buyer@example.com")
    assert (known_response.status_code, known_response.location, known_response.text) == (
        unknown_response.status_code,
        unknown_response.location,
        unknown_response.text,
    )  # type: ignore[attr-defined]
    assert [email.kind for email in emails_to(app, "buyer@example.com")] == ["already_registered"]
    with superuser.connect() as connection:
        assert connection.execute(text("select count(*) from accounts where email like '%decoy%'")).scalar() == 0


def test_register_known_email_same_insert_count(
    client: FlaskClient, actors: Actors, record_statements: Callable[[], Any]
) -> None:
    """Check that a known address needs as many inserts, so that the response time does not tell who is registered."""

    def count_inserts(**entries: str) -> int:
        with record_statements() as recorded:
            register(client, **entries)
        return len([sql for sql in recorded if "insert" in sql.lower()])

    count_inserts(login="first", email="first@example.com")
    assert count_inserts(login="weaver2", email="buyer@example.com") == count_inserts(
        login="weaver3", email="weaver3@example.com"
    )


def test_password_reset_by_email(client: FlaskClient, app: Flask, actors: Actors, drain_outbox: Callable[[], int]) -> None:
    other_client = actors.buyer.client()
    known_response, unknown_response = (client.post("/forgot", data={"name": name}) for name in ("buyer", "nobody"))
    assert (known_response.status_code, known_response.text) == (unknown_response.status_code, unknown_response.text)
    drain_outbox()
    email = emails_to(app, "buyer@example.com")[0]
    link = first_link(email)
    assert client.get(link).status_code == 200
    weak_response = client.post(link, data={"password": "buyerbuyer"})
    assert weak_response.status_code == 422
    assert "含有您的登录名" in weak_response.text
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    assert client.post(link, data={"password": NEW + "!"}).status_code == 410
    assert client.post("/sign-in", data={"name": "buyer", "password": NEW}).status_code == 303
    assert other_client.get("/account/").status_code == 302, "all other sessions are revoked"
    assert [sent.kind for sent in emails_to(app, "buyer@example.com")] == ["reset_password", "password_changed"]


def test_reset_token_invalid_when_expired_superseded_or_used(
    client: FlaskClient, app: Flask, actors: Actors, drain_outbox: Callable[[], int]
) -> None:
    def request_reset_link() -> str:
        client.post("/forgot", data={"name": "buyer"})
        drain_outbox()
        return first_link(emails_to(app, "buyer@example.com", "reset_password")[-1])

    first = request_reset_link()
    with clock.shift_time(timedelta(minutes=19)):
        assert client.get(first).status_code == 200
    with clock.shift_time(timedelta(minutes=21)):
        assert client.get(first).status_code == 410
        assert client.post(first, data={"password": NEW}).status_code == 410
    second = request_reset_link()
    assert client.get(first).status_code == 410
    third = request_reset_link()
    client.post(third, data={"password": NEW})
    assert client.get(second).status_code == 410


def test_reset_token_concurrent_use_succeeds_once(
    app: Flask, actors: Actors, client: FlaskClient, drain_outbox: Callable[[], int]
) -> None:
    client.post("/forgot", data={"name": "buyer"})
    drain_outbox()
    link = first_link(emails_to(app, "buyer@example.com")[0])
    codes: list[int] = []

    def submit_reset(n: int) -> None:
        codes.append(app.test_client().post(link, data={"password": f"{NEW} {n}"}).status_code)

    threads = [threading.Thread(target=submit_reset, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303] + [410] * 11


def test_reset_link_ignores_forged_host(
    client: FlaskClient, app: Flask, actors: Actors, drain_outbox: Callable[[], int]
) -> None:
    for host in ("evil.example", "localhost.evil.example", "evil.example:80@localhost"):
        assert client.post("/forgot", data={"name": "buyer"}, headers={"Host": host}).status_code == 404
    client.post("/forgot", data={"name": "buyer"}, headers={"X-Forwarded-Host": "evil.example"})
    drain_outbox()
    assert "http://localhost/reset/" in emails_to(app, "buyer@example.com")[0].text


def test_password_reset_emails_are_limited(
    client: FlaskClient, app: Flask, actors: Actors, drain_outbox: Callable[[], int]
) -> None:
    codes = [client.post("/forgot", data={"name": "buyer"}).status_code for _ in range(21)]
    drain_outbox()
    assert codes == [200] * 20 + [429]
    assert len(emails_to(app, "buyer@example.com")) == 5


def test_registration_email_uses_request_language(client: FlaskClient, app: Flask) -> None:
    client.set_cookie("lang", "en", domain="localhost")
    register(client)
    email = emails_to(app, "weaver@example.com")[0]
    assert email.subject == "Confirm your e-mail address"
    assert email.html
    assert "Confirm the address" in email.html
