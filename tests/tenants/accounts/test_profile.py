"""Tests of the account pages: profile, password, e-mail address, sessions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.kernel.db import db, unit_of_work
from tenants.accounts import passwords
from tenants.accounts.models import Realm
from tests.actors import Actors
from tests.tenants.accounts.emails import emails_to, first_link

PASSWORD = "loom harbour copper thursday"
NEW = "velvet anchor monday lantern"


@pytest.fixture
def people(app: Flask, actors: Actors) -> Actors:
    """Return the actors, with passwords."""
    with app.app_context():
        with unit_of_work():
            db.session.execute(text("set local app.purpose = 'sign_in'"))
            db.session.execute(
                text("update accounts set password_hash = :password_hash"), {"password_hash": passwords.hash_password(PASSWORD)}
            )
        db.session.remove()
    return actors


@pytest.mark.parametrize("path", ["/account/", "/account/password", "/account/email", "/account/places", "/account/desks"])
def test_profile_pages_require_login(app: Flask, actors: Actors, path: str) -> None:
    assert app.test_client().get(path).location == "/sign-in?door=shop"
    assert actors.buyer.client().get(path).status_code == 200


def test_change_profile_saves_and_normalizes_values(actors: Actors) -> None:
    browser = actors.buyer.client(Realm.SHOP)
    assert browser.post("/account/", data={"name": "王丽", "phone": "138 0013 8000", "locale": "en"}).status_code == 303
    page = browser.get("/account/").text
    assert 'value="王丽"' in page
    assert 'value="13800138000"' in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"name": "长" * 81}, "姓名最多 80 个字"),
        ({"phone": "12345"}, "这不是电话号码"),
        ({"locale": "xx"}, "请选择语言"),
    ],
)
def test_change_profile_invalid_input_shows_field_error(actors: Actors, entries: dict[str, str], message: str) -> None:
    form = {"name": "王丽", "phone": "", "locale": "zh_Hans"} | entries
    response = actors.buyer.client(Realm.SHOP).post("/account/", data=form)
    assert response.status_code == 422
    assert message in response.text


def test_change_password_revokes_other_sessions(people: Actors, app: Flask) -> None:
    current, other = people.clerk.client(), people.clerk.client()
    assert current.post("/account/password", data={"old": PASSWORD, "new": NEW}).status_code == 303
    assert current.get("/account/").status_code == 200
    assert current.get("/desk/acme/").status_code != 302
    for path in ("/account/", "/desk/acme/", "/console/"):
        assert other.get(path).status_code == 302
    assert app.test_client().post("/sign-in", data={"name": "clerk", "password": NEW}).status_code == 303


def test_change_password_wrong_password_is_limited(people: Actors) -> None:
    browser = people.buyer.client(Realm.SHOP)
    responses = [browser.post("/account/password", data={"old": "wrong", "new": NEW}) for _ in range(11)]
    assert [response.status_code for response in responses] == [422] * 10 + [429]
    assert "当前密码不正确" in responses[0].text


def test_change_email_after_confirmation_notifies_old_address(people: Actors, app: Flask) -> None:
    browser = people.buyer.client(Realm.SHOP)
    response = browser.post("/account/email", data={"email": "new@example.com", "password": PASSWORD})
    assert "new@example.com" in response.text
    assert "buyer@example.com" in browser.get("/account/email").text
    link = first_link(emails_to(app, "new@example.com")[0])
    assert browser.post(link).location == "/account/"
    assert "new@example.com" in browser.get("/account/email").text
    assert [email.kind for email in emails_to(app, "buyer@example.com")] == ["email_changed"]
    assert browser.post(link).status_code == 410


def test_change_email_same_response_for_taken_and_free_address(people: Actors, app: Flask) -> None:
    browser = people.buyer.client(Realm.SHOP)
    taken_response, free_response = (
        browser.post("/account/email", data={"email": address, "password": PASSWORD})
        for address in ("clerk@example.com", "free@example.com")
    )
    bodies = [
        re.sub(r'"I[\w-]+\.[\w-]+\.[\w-]+"', "token", page_response.text) for page_response in (taken_response, free_response)
    ]
    assert bodies[0].replace("clerk@", "free@") == bodies[1]
    assert [email.kind for email in emails_to(app, "clerk@example.com")] == ["already_registered"]
    wrong_password_response = browser.post("/account/email", data={"email": "buyer@example.com", "password": "wrong"})
    assert wrong_password_response.status_code == 422
    assert "这已经是您的邮箱了" in wrong_password_response.text


def test_change_email_response_uses_request_language(people: Actors) -> None:
    browser = people.buyer.client(Realm.SHOP)
    browser.get("/language/en")
    response = browser.post("/account/email", data={"email": "free@example.com", "password": PASSWORD})
    assert 'lang="en"' in response.text
    assert not re.search("[一-龥]{3}", re.sub(r"<header.*?</header>|<footer.*?</footer>", "", response.text, flags=re.DOTALL))


def test_language_cookie_takes_precedence_over_account_locale(people: Actors) -> None:
    browser = people.buyer.client(Realm.SHOP)
    browser.get("/language/en")
    match = re.search(
        r'<input[^>]*name="locale"[^>]*checked[^>]*>|<option value="(\w+)" selected', browser.get("/account/").text
    )
    assert match
    assert "en" in match.group()
    browser.post("/sign-out")
    browser.post("/sign-in", data={"name": people.buyer.login, "password": PASSWORD})
    assert 'lang="en"' in browser.get("/account/").text


def test_revoke_single_and_other_sessions(actors: Actors, superuser: Engine) -> None:
    current, second, third = (actors.buyer.client(Realm.SHOP) for _ in range(3))
    with superuser.connect() as connection:
        stmt = text("select id from user_sessions where account_id = :account_id order by id")
        session_ids = list(connection.execute(stmt, {"account_id": actors.buyer.account_id}).scalars())
    assert current.post(f"/account/places/{session_ids[1]}/end").status_code == 303
    assert second.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200
    assert current.post("/account/places/end-others").status_code == 303
    assert third.get("/account/").status_code == 302
    assert current.get("/account/").status_code == 200


def test_revoke_session_of_other_account_returns_404(actors: Actors, superuser: Engine) -> None:
    owner, stranger = actors.owner.client(Realm.SHOP), actors.stranger.client(Realm.SHOP)
    with superuser.connect() as connection:
        stmt = text("select id from user_sessions where account_id = :account_id")
        session_id = connection.execute(stmt, {"account_id": actors.owner.account_id}).scalar()
    assert stranger.post(f"/account/places/{session_id}/end").status_code == 404
    assert owner.get("/account/").status_code == 200


def test_session_list_query_count_is_constant(actors: Actors, record_statements: Callable[[], Any]) -> None:
    def count_statements() -> int:
        with record_statements() as recorded:
            assert browser.get("/account/places").status_code == 200
        return len(recorded)

    browser = actors.buyer.client(Realm.SHOP)
    count_statements()
    expected = count_statements()
    for _ in range(20):
        actors.buyer.client(Realm.SHOP)
    assert count_statements() == expected


def test_resend_confirmation_supersedes_first_email(app: Flask) -> None:
    client = app.test_client()
    client.post("/register", data={"login": "weaver", "email": "weaver@example.com", "password": PASSWORD})
    client.post("/sign-in", data={"name": "weaver", "password": PASSWORD})
    assert "还没有确认" in client.get("/account/").text
    assert client.post("/account/confirm").status_code == 303
    emails = emails_to(app, "weaver@example.com")
    assert len(emails) == 2
    assert client.post(first_link(emails[0])).status_code == 410
    assert client.post(first_link(emails[1])).status_code == 303
    assert "还没有确认" not in client.get("/account/").text
