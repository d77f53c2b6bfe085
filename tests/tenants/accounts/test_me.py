"""One's own pages: profile, password, address, places."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.kernel.db import db, unit_of_work
from tenants.accounts import passwords
from tenants.accounts.models import Audience
from tests.cast import Cast
from tests.tenants.accounts.letters import letters_to, link_in

PASSWORD = "loom harbour copper thursday"
NEW = "velvet anchor monday lantern"


@pytest.fixture
def people(app: Flask, cast: Cast) -> Cast:
    """The cast, with passwords."""
    with app.app_context():
        with unit_of_work():
            db.session.execute(text("set local app.purpose = 'sign_in'"))
            db.session.execute(text("update accounts set password_hash = :kept"), {"kept": passwords.hashed(PASSWORD)})
        db.session.remove()
    return cast


@pytest.mark.parametrize("path", ["/account/", "/account/password", "/account/email", "/account/places", "/account/desks"])
def test_strangers_are_asked_to_sign_in(app: Flask, cast: Cast, path: str) -> None:
    assert app.test_client().get(path).location == "/sign-in?door=shop"
    assert cast.buyer.browser().get(path).status_code == 200


def test_the_profile_is_changed_and_shown_everywhere(cast: Cast) -> None:
    browser = cast.buyer.browser(Audience.SHOP)
    assert browser.post("/account/", data={"name": "王丽", "phone": "138 0013 8000", "locale": "en"}).status_code == 303
    page = browser.get("/account/").text
    assert 'value="王丽"' in page
    assert 'value="13800138000"' in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"name": "长" * 81}, "姓名最多 80 个字"),
        ({"phone": "12345"}, "这不是电话号码"),
        ({"locale": "xx"}, "请选择语言"),
    ],
)
def test_a_bad_profile_is_refused_at_the_field(cast: Cast, entries: dict[str, str], sentence: str) -> None:
    given = {"name": "王丽", "phone": "", "locale": "zh_Hans"} | entries
    answer = cast.buyer.browser(Audience.SHOP).post("/account/", data=given)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_changed_password_signs_out_all_other_places(people: Cast, app: Flask) -> None:
    here, there = people.clerk.browser(), people.clerk.browser()
    assert here.post("/account/password", data={"old": PASSWORD, "new": NEW}).status_code == 303
    assert here.get("/account/").status_code == 200
    assert here.get("/desk/acme/").status_code != 302
    for path in ("/account/", "/desk/acme/", "/console/"):
        assert there.get(path).status_code == 302
    assert app.test_client().post("/sign-in", data={"name": "clerk", "password": NEW}).status_code == 303


def test_the_old_password_is_asked_for_and_tries_are_counted(people: Cast) -> None:
    browser = people.buyer.browser(Audience.SHOP)
    answers = [browser.post("/account/password", data={"old": "wrong", "new": NEW}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "当前密码不正确" in answers[0].text


def test_an_address_changes_when_it_is_confirmed_there_and_the_old_is_told(people: Cast, app: Flask) -> None:
    browser = people.buyer.browser(Audience.SHOP)
    answer = browser.post("/account/email", data={"email": "new@example.com", "password": PASSWORD})
    assert "new@example.com" in answer.text
    assert "buyer@example.com" in browser.get("/account/email").text
    link = link_in(letters_to(app, "new@example.com")[0])
    assert browser.post(link).location == "/account/"
    assert "new@example.com" in browser.get("/account/email").text
    assert [letter.kind for letter in letters_to(app, "buyer@example.com")] == ["email_changed"]
    assert browser.post(link).status_code == 410


def test_a_foreign_address_is_not_told_to_be_known(people: Cast, app: Flask) -> None:
    browser = people.buyer.browser(Audience.SHOP)
    taken, free = (
        browser.post("/account/email", data={"email": address, "password": PASSWORD})
        for address in ("clerk@example.com", "free@example.com")
    )
    pages = [re.sub(r'"I[\w-]+\.[\w-]+\.[\w-]+"', "token", one.text) for one in (taken, free)]
    assert pages[0].replace("clerk@", "free@") == pages[1]
    assert [letter.kind for letter in letters_to(app, "clerk@example.com")] == ["already_registered"]
    wrong = browser.post("/account/email", data={"email": "buyer@example.com", "password": "wrong"})
    assert wrong.status_code == 422
    assert "这已经是您的邮箱了" in wrong.text


def test_a_letter_on_the_way_does_not_change_the_language_of_the_answer(people: Cast) -> None:
    browser = people.buyer.browser(Audience.SHOP)
    browser.get("/language/en")
    answer = browser.post("/account/email", data={"email": "free@example.com", "password": PASSWORD})
    assert 'lang="en"' in answer.text
    assert not re.search("[一-龥]{3}", re.sub(r"<header.*?</header>|<footer.*?</footer>", "", answer.text, flags=re.DOTALL))


def test_the_switch_of_the_page_goes_before_the_language_of_letters(people: Cast) -> None:
    browser = people.buyer.browser(Audience.SHOP)
    browser.get("/language/en")
    chosen = re.search(
        r'<input[^>]*name="locale"[^>]*checked[^>]*>|<option value="(\w+)" selected', browser.get("/account/").text
    )
    assert chosen
    assert "en" in chosen.group()
    browser.post("/sign-out")
    browser.post("/sign-in", data={"name": people.buyer.login, "password": PASSWORD})
    assert 'lang="en"' in browser.get("/account/").text


def test_one_place_is_ended_or_all_but_here(cast: Cast, superuser: Engine) -> None:
    here, there, third = (cast.buyer.browser(Audience.SHOP) for _ in range(3))
    with superuser.connect() as connection:
        mine = text("select id from sign_in_sessions where account_id = :who order by id")
        places = list(connection.execute(mine, {"who": cast.buyer.account_id}).scalars())
    assert here.post(f"/account/places/{places[1]}/end").status_code == 303
    assert there.get("/account/").status_code == 302
    assert third.get("/account/").status_code == 200
    assert here.post("/account/places/end-others").status_code == 303
    assert third.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_a_strangers_place_cannot_be_ended(cast: Cast, superuser: Engine) -> None:
    owner, stranger = cast.owner.browser(Audience.SHOP), cast.stranger.browser(Audience.SHOP)
    with superuser.connect() as connection:
        mine = text("select id from sign_in_sessions where account_id = :who")
        place = connection.execute(mine, {"who": cast.owner.account_id}).scalar()
    assert stranger.post(f"/account/places/{place}/end").status_code == 404
    assert owner.get("/account/").status_code == 200


def test_the_list_of_places_asks_the_same_whether_short_or_long(cast: Cast, statements: Callable[[], Any]) -> None:
    def asked() -> int:
        with statements() as said:
            assert browser.get("/account/places").status_code == 200
        return len(said)

    browser = cast.buyer.browser(Audience.SHOP)
    asked()
    short = asked()
    for _ in range(20):
        cast.buyer.browser(Audience.SHOP)
    assert asked() == short


def test_an_unconfirmed_address_can_have_the_letter_again(app: Flask) -> None:
    client = app.test_client()
    client.post("/register", data={"login": "weaver", "email": "weaver@example.com", "password": PASSWORD})
    client.post("/sign-in", data={"name": "weaver", "password": PASSWORD})
    assert "还没有确认" in client.get("/account/").text
    assert client.post("/account/confirm").status_code == 303
    letters = letters_to(app, "weaver@example.com")
    assert len(letters) == 2
    assert client.post(link_in(letters[0])).status_code == 410
    assert client.post(link_in(letters[1])).status_code == 303
    assert "还没有确认" not in client.get("/account/").text
