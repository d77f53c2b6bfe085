"""Signing in and out: the right door, limits that hold, nothing told to strangers (R29–R31)."""

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
from tenants.accounts import limits, passwords, sessions
from tenants.accounts.events import SignedIn
from tenants.accounts.models import Audience, SignInFailure, SignInSession
from tests.cast import Cast
from tests.factories import tenants as make

PASSWORD = "loom harbour copper thursday"


@pytest.fixture
def people(app: Flask, cast: Cast) -> Cast:
    """The cast, with passwords."""
    with app.app_context():
        kept = passwords.hashed(PASSWORD)
        with unit_of_work():
            db.session.execute(text("set local app.purpose = 'sign_in'"))
            db.session.execute(text("update accounts set password_hash = :kept"), {"kept": kept})
        db.session.remove()
    return cast


def sign_in(client: FlaskClient, name: str = "buyer", password: str = PASSWORD, door: str = "shop") -> object:
    return client.post(f"/sign-in?door={door}", data={"name": name, "password": password})


def word_of(client: FlaskClient, audience: Audience = Audience.SHOP) -> str | None:
    cookie = client.get_cookie(audience.value, domain="localhost")
    return cookie.value if cookie else None


@pytest.mark.parametrize("name", ["buyer", "BUYER", "buyer@example.com", " Buyer@Example.COM "])
def test_a_buyer_lands_in_the_market(client: FlaskClient, people: Cast, name: str, announced: list[Event]) -> None:
    answer = sign_in(client, name)
    assert (answer.status_code, answer.location) == (303, "/")  # type: ignore[attr-defined]
    assert [fact.account_id for fact in announced if isinstance(fact, SignedIn)] == [people.buyer.account_id]
    assert client.get("/account/").status_code == 200
    assert word_of(client, Audience.DESK) is None


def test_a_merchants_staff_land_at_their_desk(client: FlaskClient, people: Cast) -> None:
    answer = sign_in(client, "clerk")
    assert answer.location == "/desk/acme/"  # type: ignore[attr-defined]
    assert word_of(client, Audience.DESK)
    assert word_of(client, Audience.CONSOLE) is None


def test_one_goes_on_to_where_one_wanted_to_go(client: FlaskClient, people: Cast) -> None:
    assert client.get("/account/password").location == "/sign-in?door=shop"
    assert sign_in(client, "clerk").location == "/account/password"  # type: ignore[attr-defined]
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        client.get("/sign-in", query_string={"next": target})
        assert sign_in(client).location == "/"  # type: ignore[attr-defined]


def test_wrong_entries_are_said_and_kept(client: FlaskClient, people: Cast) -> None:
    answer = client.post("/sign-in", data={"name": "buyer <b>", "password": "wrong"})
    assert answer.status_code == 422
    assert "登录名和密码不匹配" in answer.text
    assert 'value="buyer &lt;b&gt;"' in answer.text
    assert "wrong" not in answer.text
    assert "请填写密码" in client.post("/sign-in", data={"name": "buyer"}).text
    assert "请填写登录名或邮箱" in client.post("/sign-in", data={"password": "x"}).text


def test_known_and_unknown_names_get_the_same_answer(client: FlaskClient, people: Cast) -> None:
    known = client.post("/sign-in", data={"name": "buyer", "password": "wrong"})
    unknown = client.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    assert known.status_code == unknown.status_code
    assert without_token(known.text).replace("buyer", "nobody") == without_token(unknown.text)


def without_token(page: str) -> str:
    """A page but for its form token, which carries the second it was made in."""
    return re.sub(r'"(csrf_token|csrf-token)" (value|content)="[^"]*"', "", page)


def test_ten_tries_an_hour_for_an_account_by_whatever_name(client: FlaskClient, people: Cast, app: Flask) -> None:
    for n in range(10):
        name = "buyer" if n % 2 else "buyer@example.com"
        assert sign_in(client, name, "wrong").status_code == 422  # type: ignore[attr-defined]
    assert sign_in(client).status_code == 429  # type: ignore[attr-defined]
    assert sign_in(client, "other_buyer").status_code == 303  # type: ignore[attr-defined]
    with clock.shifted(timedelta(minutes=61)):
        assert sign_in(client).status_code == 303  # type: ignore[attr-defined]
    with app.app_context():
        subject = limits._subject(limits.ACCOUNT, str(people.buyer.account_id))
        assert db.session.scalar(select(func.count()).where(SignInFailure.subject == subject)) == 0
        db.session.remove()


def test_thirty_tries_a_minute_from_an_address_whatever_it_claims(client: FlaskClient, people: Cast) -> None:
    codes = []
    for n in range(40):
        headers = {"X-Forwarded-For": f"10.0.0.{n}"}
        codes.append(client.post("/sign-in", data={"name": f"nobody-{n}", "password": "wrong"}, headers=headers).status_code)
    assert codes == [422] * 30 + [429] * 10
    with clock.shifted(timedelta(seconds=61)):
        assert sign_in(client).status_code == 303  # type: ignore[attr-defined]


def test_the_owner_gets_in_on_a_known_browser_while_strangers_guess(client: FlaskClient, people: Cast, app: Flask) -> None:
    sign_in(client)
    client.post("/sign-out")
    stranger = app.test_client()
    for _ in range(11):
        sign_in(stranger, password="wrong")
    assert sign_in(stranger).status_code == 429  # type: ignore[attr-defined]
    assert sign_in(client).status_code == 303  # type: ignore[attr-defined]


def test_a_known_browser_helps_its_owner_only(client: FlaskClient, people: Cast) -> None:
    sign_in(client, "other_buyer")
    client.post("/sign-out")
    for _ in range(10):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429  # type: ignore[attr-defined]


def test_a_session_changes_at_sign_in_and_the_old_is_dead(client: FlaskClient, people: Cast, app: Flask) -> None:
    sign_in(client)
    first = word_of(client)
    sign_in(client)
    second = word_of(client)
    assert first
    assert second
    assert first != second
    thief = app.test_client()
    thief.set_cookie("shop", first, domain="localhost")
    assert thief.get("/account/").status_code == 302
    client.post("/sign-out")
    assert word_of(client) is None
    thief.set_cookie("shop", second, domain="localhost")
    assert thief.get("/account/").status_code == 302


def test_a_session_that_was_brought_along_is_not_taken_over(client: FlaskClient, people: Cast) -> None:
    client.set_cookie("shop", "a word chosen by somebody else", domain="localhost")
    with client.session_transaction() as visit:
        visit["planted"] = "yes"
    sign_in(client)
    assert word_of(client) != "a word chosen by somebody else"
    with client.session_transaction() as visit:
        assert "planted" not in visit


def test_a_word_of_one_door_opens_no_other(client: FlaskClient, people: Cast) -> None:
    sign_in(client, "admin")
    word = word_of(client)
    assert word
    for audience in (Audience.DESK, Audience.CONSOLE):
        client.set_cookie(audience.value, word, domain="localhost")
    assert client.get("/console/").location == "/console/sign-in"
    assert client.get("/desk/acme/").location == "/sign-in?door=desk"


def test_sessions_end_when_idle_and_at_last(client: FlaskClient, people: Cast, app: Flask, superuser: Engine) -> None:
    sign_in(client, "clerk")
    with clock.shifted(timedelta(days=1, hours=23)):
        assert client.get("/desk/acme/").status_code != 302
    with clock.shifted(timedelta(days=3, hours=22)):
        assert client.get("/desk/acme/").status_code != 302
    with clock.shifted(timedelta(days=5, hours=23)):
        assert client.get("/desk/acme/").status_code == 302
    with clock.shifted(timedelta(days=31)):
        assert client.get("/account/").status_code == 302
        with app.app_context(), unit_of_work():
            assert sessions.tidy() == 2
    with superuser.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SignInSession)).scalar() == 0


def test_the_desk_takes_who_the_shop_knows_with_one_click(people: Cast) -> None:
    browser = people.clerk.browser(Audience.SHOP)
    assert browser.get("/desk/acme/").location == "/sign-in?door=desk"
    page = browser.get("/sign-in?door=desk")
    assert "以 Clerk 的身份继续" in page.text
    assert browser.post("/sign-in/continue").location == "/desk/acme/"
    assert browser.get("/desk/acme/").status_code != 302
    outsider = people.buyer.browser(Audience.SHOP)
    assert outsider.post("/sign-in/continue").location == "/"


def test_the_console_asks_for_itself(client: FlaskClient, people: Cast) -> None:
    page = client.get("/console/sign-in")
    assert page.status_code == 200
    answer = client.post("/console/sign-in", data={"name": "buyer", "password": PASSWORD})
    assert answer.status_code == 403
    assert "不是市场的工作人员" in answer.text
    client.get("/console/")
    assert client.post("/console/sign-in", data={"name": "admin", "password": PASSWORD}).location == "/console/"
    assert word_of(client, Audience.SHOP) is None


def test_a_closed_account_stays_out(client: FlaskClient, people: Cast, superuser: Engine) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update accounts set disabled_at = now() where login = 'buyer'"))
    assert "已停用" in sign_in(client).text  # type: ignore[attr-defined]
    assert "不匹配" in sign_in(client, password="wrong").text  # type: ignore[attr-defined]


def test_whose_desks_are_many_may_choose(client: FlaskClient, people: Cast, app: Flask) -> None:
    with app.app_context(), unit_of_work():
        clerk = people.clerk.account_id
        make.merchant(owner=sessions_account(clerk), slug="third", name="第三布行")
    assert sign_in(client, "clerk").location == "/account/desks"  # type: ignore[attr-defined]
    page = client.get("/account/desks").text
    assert "兴隆布行" in page
    assert "第三布行" in page


def sessions_account(account_id: object) -> object:
    from tenants.accounts.queries import account_by_id

    return account_by_id(account_id)  # type: ignore[arg-type]
