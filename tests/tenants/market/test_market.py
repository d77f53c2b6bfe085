"""The market's own affairs: team, settings, audit trail, letters (RO5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.features import FEATURES
from marketplace.kernel import audit, mail
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import MarketRole
from tenants.accounts.models import Audience
from tenants.accounts.queries import account_by_id
from tenants.market import deeds, queries
from tests.cast import Cast, Person
from tests.factories import tenants as make
from tests.tenants.accounts.letters import letters_to

PAGES = ("/console/team/", "/console/settings/", "/console/audit/", "/console/letters/")


@pytest.fixture
def admin(cast: Cast) -> FlaskClient:
    return cast.admin.browser()


def hire(app: Flask, person: Person, role: MarketRole) -> FlaskClient:
    with app.app_context(), unit_of_work():
        make.market_staff(account=account_by_id(person.account_id), role=role)
    return person.browser()


@pytest.mark.parametrize("path", PAGES)
def test_who_may_see_them(app: Flask, cast: Cast, admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 200
    assert cast.owner.browser().get(path).status_code == 404
    assert app.test_client().get(path).location == "/console/sign-in"
    assert hire(app, cast.buyer, MarketRole.REVIEWER).get(path).status_code == 403


def test_a_colleague_is_added_promoted_and_removed(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    assert admin.post("/console/team/", data={"name": "buyer@example.com", "role": "support"}).status_code == 303
    assert [letter.kind for letter in letters_to(app, "buyer@example.com")] == ["market_team"]
    colleague = cast.buyer.browser(Audience.CONSOLE)
    assert colleague.get("/console/letters/").status_code == 200
    assert colleague.get("/console/team/").status_code == 403
    admin.post(f"/console/team/{cast.buyer.account_id}/role", data={"role": "administrator"})
    assert colleague.get("/console/team/").status_code == 200
    admin.post(f"/console/team/{cast.buyer.account_id}/remove")
    assert colleague.get("/console/").location == "/console/sign-in"
    assert cast.buyer.browser(Audience.CONSOLE).get("/console/").status_code == 404
    assert admin.post("/console/team/", data={"name": "buyer", "role": "accountant"}).status_code == 303


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"name": "nobody", "role": "support"}, "没有这个账号"),
        ({"name": "", "role": "support"}, "没有这个账号"),
        ({"name": "admin", "role": "support"}, "已在市场团队中"),
        ({"name": "buyer", "role": "emperor"}, "请选择角色"),
    ],
)
def test_bad_entries_are_said(admin: FlaskClient, entries: dict[str, str], sentence: str) -> None:
    answer = admin.post("/console/team/", data=entries)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_the_last_administrator_stays(admin: FlaskClient, cast: Cast) -> None:
    me = f"/console/team/{cast.admin.account_id}"
    assert admin.post(f"{me}/remove").status_code == 409
    assert admin.post(f"{me}/role", data={"role": "support"}).status_code == 409
    assert admin.post(f"/console/team/{cast.buyer.account_id}/remove").status_code == 404


def test_settings_hold_for_everybody(app: Flask, admin: FlaskClient, client: FlaskClient) -> None:
    with app.test_request_context():
        assert queries.values() == queries.Values(announcement={}, unpaid_minutes=60)
    given = {"announcement_zh_Hans": "国庆假期照常发货", "announcement_en": "We ship on holidays", "unpaid_minutes": "30"}
    assert admin.post("/console/settings/", data=given).status_code == 303
    assert "国庆假期照常发货" in client.get("/").text
    with app.test_request_context():
        assert queries.values().unpaid_minutes == 30
    assert 'value="30"' in admin.get("/console/settings/").text
    assert "设置变更" in admin.get("/console/audit/").text


@pytest.mark.parametrize("minutes", ["", "0", "4", "10081", "1.5", "many"])
def test_a_time_that_is_none_is_refused_and_kept(admin: FlaskClient, minutes: str) -> None:
    answer = admin.post("/console/settings/", data={"unpaid_minutes": minutes, "announcement_zh_Hans": "你好"})
    assert answer.status_code == 422
    assert "请填写整数分钟" in answer.text
    assert "你好" in answer.text
    assert f'value="{minutes}"' in answer.text


def test_a_long_announcement_is_refused_and_kept(admin: FlaskClient) -> None:
    answer = admin.post("/console/settings/", data={"unpaid_minutes": "9" * 5_000, "announcement_zh_Hans": "长" * 5_000})
    assert answer.status_code == 422
    assert "最多 300 个字" in answer.text
    assert "长" * 5_000 in answer.text


def test_what_was_planted_is_said_in_words(app: Flask) -> None:
    planting = [feature.name for feature in FEATURES if feature.seed is not None]
    assert set(planting) == set(deeds.CORNERS)
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        said = [str(deeds.label(f"demo.planted.{name}")) for name in planting]
    assert "已植入演示数据：商品" in said
    assert not [words for words in said if words.isascii() or any("a" <= sign <= "z" for sign in words)]


def test_the_trail_is_narrowed(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    page = f"/console/merchants/{cast.acme_id}"
    admin.post(f"{page}/suspend", data={"reason": "多次售假"})
    admin.post("/console/settings/", data={"unpaid_minutes": "45"})

    def shown(query: str) -> tuple[bool, bool]:
        found = admin.get(f"/console/audit/?{query}").text
        return "多次售假" in found, "<summary>设置变更</summary>" in found

    assert shown("") == (True, True)
    assert shown("kind=merchant") == (True, False)
    assert shown("kind=market") == (False, True)
    assert shown(f"merchant={cast.acme_id}") == (True, False)
    assert shown(f"who={cast.admin.account_id}") == (True, True)
    assert shown(f"who={cast.buyer.account_id}") == (False, False)
    assert shown("q=售假") == (True, False)
    assert shown("q=设置变") == (False, True)
    assert shown("q=market.settings") == (False, True)
    assert "没有符合条件的记录" in admin.get("/console/audit/?q=nothing-like-this").text


def test_the_trail_cannot_be_rewritten(ctx: Flask, admin: FlaskClient, cast: Cast) -> None:
    admin.post(f"/console/merchants/{cast.acme_id}/suspend", data={"reason": "多次售假"})
    for deed in ("update audit_events set reason = 'x'", "delete from audit_events"):
        with pytest.raises(Exception, match=r"permission denied|append-only"), unit_of_work():
            db.session.execute(text(deed))


def test_letters_can_be_read(app: Flask, admin: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post(
        "/register", data={"login": "weaver", "email": "weaver@example.com", "password": "loom harbour copper thursday"}
    )
    letter = letters_to(app, "weaver@example.com")[0]
    assert "weaver@example.com" in admin.get("/console/letters/").text
    assert "weaver@example.com" not in admin.get("/console/letters/?q=somebody-else").text
    page = admin.get(f"/console/letters/{letter.id}").text
    word = letter.text.split("/confirm/")[1].split()[0]
    assert word in page
    assert admin.get(f"/console/letters/{letter.id.hex[::-1]}").status_code == 404

    monkeypatch.setitem(app.config, "SETTINGS", dataclasses.replace(app.config["SETTINGS"], smtp_url="smtp://post.example"))
    assert word not in admin.get(f"/console/letters/{letter.id}").text


def test_long_lists_ask_no_more_than_short_ones(
    app: Flask, admin: FlaskClient, cast: Cast, statements: Callable[[], Any]
) -> None:
    def asked(path: str) -> int:
        with statements() as said:
            assert admin.get(path).status_code == 200
        return len(said)

    def write(times: int) -> None:
        with app.test_request_context(), unit_of_work():
            for n in range(times):
                audit.record("merchant.changed", subject=("merchant", cast.acme_id), merchant_id=cast.acme_id)
                mail.send(to=f"{n}@example.com", kind="market_team", locale="en", name="x", role="y", link="http://localhost/")

    write(1)
    for path in ("/console/audit/", "/console/letters/"):
        asked(path)
    short = [asked(path) for path in ("/console/audit/", "/console/letters/")]
    write(30)
    assert [asked(path) for path in ("/console/audit/", "/console/letters/")] == short


def test_the_second_of_two_tabs_is_told_what_the_first_set(cast: Cast) -> None:
    market, page = cast.admin.browser(), "/console/settings/"
    form = {"announcement_zh_Hans": "", "announcement_en": "", "unpaid_minutes": "60", "version": "0"}
    assert 'name="version" value="0"' in market.get(page).text
    assert market.post(page, data=form | {"unpaid_minutes": "90"}).status_code == 303
    refused = market.post(page, data=form | {"unpaid_minutes": "45"})
    assert refused.status_code == 409
    assert "当前内容：90" in refused.text
    assert 'value="45"' in refused.text
    assert 'value="90"' in market.get(page).text
