"""Registering, confirming, recovering: three fields, one answer for all, words that work once (ME1, RO4, R30, R32)."""

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
from tenants.accounts.events import SignedIn
from tests.cast import Cast
from tests.tenants.accounts.letters import letters_to, link_in

PASSWORD = "loom harbour copper thursday"
NEW = "velvet anchor monday lantern"


def register(client: FlaskClient, **entries: str) -> object:
    return client.post("/register", data={"login": "weaver", "email": "weaver@example.com", "password": PASSWORD} | entries)


def test_three_fields_open_an_account_with_ordinary_rights(
    client: FlaskClient, app: Flask, superuser: Engine, announced: list[Event]
) -> None:
    answer = register(client)
    assert (answer.status_code, answer.location) == (303, "/registered")  # type: ignore[attr-defined]
    assert "weaver@example.com" in client.get("/registered").text
    letter = letters_to(app, "weaver@example.com")[0]
    assert (letter.kind, letter.locale) == ("confirm_email", "zh_Hans")
    link = link_in(letter)
    assert "weaver@example.com" in client.get(link).text
    assert client.get(link).status_code == 200, "looking uses nothing up"
    assert client.post(link).location == "/"
    assert client.get("/account/").status_code == 200, "the browser that registered is signed in"
    assert [type(fact) for fact in announced if isinstance(fact, SignedIn)] == [SignedIn], "and its cart comes along"
    assert client.post(link).status_code == 410
    with superuser.connect() as connection:
        kept = connection.execute(text("select name, email_confirmed_at, password_hash from accounts")).one()
        assert (kept.name, kept.password_hash[:10]) == ("weaver", "$argon2id$")
        assert kept.email_confirmed_at
        assert connection.execute(text("select count(*) from staff")).scalar() == 0
        assert connection.execute(text("select count(*) from market_staff")).scalar() == 0
        assert connection.execute(text("select count(*) from members")).scalar() == 1


def test_another_browser_confirms_but_is_not_signed_in(client: FlaskClient, app: Flask) -> None:
    register(app.test_client())
    link = link_in(letters_to(app, "weaver@example.com")[0])
    assert client.post(link).location == "/account/"
    assert client.get("/account/").status_code == 302


def test_nothing_but_the_three_fields_is_taken(client: FlaskClient, superuser: Engine) -> None:
    extra = {"role": "administrator", "email_confirmed_at": "2026-01-01", "buyer_id": "x", "is_admin": "1", "name": "Boss"}
    register(client, **extra)
    with superuser.connect() as connection:
        kept = connection.execute(text("select name, email_confirmed_at from accounts")).one()
    assert (kept.name, kept.email_confirmed_at) == ("weaver", None)


@pytest.mark.parametrize(
    ("entries", "sentence"),
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
def test_bad_entries_are_said_at_the_field_and_kept(client: FlaskClient, entries: dict[str, str], sentence: str) -> None:
    answer = register(client, **entries)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    kept = {"login": "weaver", "email": "weaver@example.com"} | entries
    for name in ("login", "email"):
        assert f'value="{kept[name]}"' in answer.text  # type: ignore[attr-defined]
    assert PASSWORD not in answer.text  # type: ignore[attr-defined]


def test_a_taken_login_is_refused_whatever_its_capitals(client: FlaskClient, cast: Cast) -> None:
    assert "已被使用" in register(client, login="BUYER").text  # type: ignore[attr-defined]


def test_a_known_address_gets_the_same_answer_and_its_owner_a_letter(
    client: FlaskClient, app: Flask, cast: Cast, superuser: Engine
) -> None:
    unknown, known = register(client), register(client, login="weaver2", email="Buyer@example.com")
    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)  # type: ignore[attr-defined]
    assert [letter.kind for letter in letters_to(app, "buyer@example.com")] == ["already_registered"]
    with superuser.connect() as connection:
        assert connection.execute(text("select count(*) from accounts where email like '%decoy%'")).scalar() == 0


def test_a_known_address_asks_as_much_of_the_database(client: FlaskClient, cast: Cast, statements: Callable[[], Any]) -> None:
    """The time of the answer does not tell who is registered (R30)."""

    def asked(**entries: str) -> int:
        with statements() as said:
            register(client, **entries)
        return len([line for line in said if "insert" in line.lower()])

    asked(login="first", email="first@example.com")
    assert asked(login="weaver2", email="buyer@example.com") == asked(login="weaver3", email="weaver3@example.com")


def test_a_new_password_comes_by_mail(client: FlaskClient, app: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    elsewhere = cast.buyer.browser()
    known, unknown = (client.post("/forgot", data={"name": name}) for name in ("buyer", "nobody"))
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    drain()
    letter = letters_to(app, "buyer@example.com")[0]
    link = link_in(letter)
    assert client.get(link).status_code == 200
    weak = client.post(link, data={"password": "buyerbuyer"})
    assert weak.status_code == 422
    assert "含有您的登录名" in weak.text
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    assert client.post(link, data={"password": NEW + "!"}).status_code == 410
    assert client.post("/sign-in", data={"name": "buyer", "password": NEW}).status_code == 303
    assert elsewhere.get("/account/").status_code == 302, "all other places are signed out"
    assert [one.kind for one in letters_to(app, "buyer@example.com")] == ["reset_password", "password_changed"]


def test_a_reset_word_dies_of_age_of_a_newer_one_and_of_a_change(
    client: FlaskClient, app: Flask, cast: Cast, drain: Callable[[], int]
) -> None:
    def ask() -> str:
        client.post("/forgot", data={"name": "buyer"})
        drain()
        return link_in(letters_to(app, "buyer@example.com", "reset_password")[-1])

    first = ask()
    with clock.shifted(timedelta(minutes=19)):
        assert client.get(first).status_code == 200
    with clock.shifted(timedelta(minutes=21)):
        assert client.get(first).status_code == 410
        assert client.post(first, data={"password": NEW}).status_code == 410
    second = ask()
    assert client.get(first).status_code == 410
    third = ask()
    client.post(third, data={"password": NEW})
    assert client.get(second).status_code == 410


def test_of_many_at_once_one_gets_the_word(app: Flask, cast: Cast, client: FlaskClient, drain: Callable[[], int]) -> None:
    client.post("/forgot", data={"name": "buyer"})
    drain()
    link = link_in(letters_to(app, "buyer@example.com")[0])
    codes: list[int] = []

    def use(n: int) -> None:
        codes.append(app.test_client().post(link, data={"password": f"{NEW} {n}"}).status_code)

    threads = [threading.Thread(target=use, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303] + [410] * 11


def test_links_lead_to_our_own_host_only(client: FlaskClient, app: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    for host in ("evil.example", "localhost.evil.example", "evil.example:80@localhost"):
        assert client.post("/forgot", data={"name": "buyer"}, headers={"Host": host}).status_code == 404
    client.post("/forgot", data={"name": "buyer"}, headers={"X-Forwarded-Host": "evil.example"})
    drain()
    assert "http://localhost/reset/" in letters_to(app, "buyer@example.com")[0].text


def test_letters_are_not_sent_without_end(client: FlaskClient, app: Flask, cast: Cast, drain: Callable[[], int]) -> None:
    codes = [client.post("/forgot", data={"name": "buyer"}).status_code for _ in range(21)]
    drain()
    assert codes == [200] * 20 + [429]
    assert len(letters_to(app, "buyer@example.com")) == 5


def test_letters_speak_the_readers_language(client: FlaskClient, app: Flask) -> None:
    client.set_cookie("lang", "en", domain="localhost")
    register(client)
    letter = letters_to(app, "weaver@example.com")[0]
    assert letter.subject == "Confirm your e-mail address"
    assert letter.html
    assert "Confirm the address" in letter.html
