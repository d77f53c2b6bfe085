"""The doors: who may come in, in which language, and what strangers are told."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.cast import Cast


def test_the_desk_opens_for_its_own_people_only(cast: Cast) -> None:
    assert cast.owner.browser().get("/desk/acme/").status_code == 200
    assert cast.clerk.browser().get("/desk/acme/").status_code == 200
    for person in (cast.rival_owner, cast.stranger, cast.buyer, cast.admin):
        assert person.browser().get("/desk/acme/").status_code == 404
        assert person.browser().get("/desk/no-such-merchant/").status_code == 404


def test_the_console_opens_for_the_market_only(cast: Cast) -> None:
    assert cast.admin.browser().get("/console/").status_code == 200
    assert cast.owner.browser().get("/console/").status_code == 404


@pytest.mark.parametrize(("accept", "lang"), [("zh-TW,zh;q=0.9", "zh-CN"), ("en-GB", "en"), ("fr", "zh-CN"), ("", "zh-CN")])
def test_a_page_speaks_the_readers_language(cast: Cast, accept: str, lang: str) -> None:
    page = cast.owner.browser().get("/desk/acme/", headers={"Accept-Language": accept}).text
    assert f'lang="{lang}"' in page


@pytest.mark.parametrize(
    ("address", "there"), [("/register", "/register"), ("/sign-in", "/sign-in"), ("/cart/lines", "/"), ("/nowhere", "/")]
)
def test_the_language_switch_of_a_refused_form_leads_to_the_form(client: FlaskClient, address: str, there: str) -> None:
    page = client.post(address, data={"variant": "x"}).text
    assert f'/language/en?back={quote(there, safe="/")}"' in page


@pytest.mark.parametrize(
    ("address", "shown"), [("/search?q=zzz", True), ("/merchants/?q=zzz", False), ("/orders?q=zzz", False)]
)
def test_the_search_field_of_the_head_holds_what_was_sought_with_it(cast: Cast, address: str, shown: bool) -> None:
    head = cast.buyer.browser().get(address).text.partition("<main")[0]
    assert ('name="q" value="zzz"' in head) is shown


def test_the_language_switch_stays_on_this_host(client: FlaskClient) -> None:
    for back in ("//evil.test", "/\\evil.test", "https://evil.test", "/%09/evil.test", "javascript:alert(1)"):
        answer = client.get("/language/en", query_string={"back": back})
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/", back
    assert client.get("/language/tlh").status_code == 404


def test_an_unknown_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/readyz", base_url="http://evil.test").status_code == 404
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/desk/acme/nowhere", "/api/v1/nowhere"])
def test_what_does_not_exist_is_said_politely(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "没有找到" in answer.text


def test_every_answer_carries_the_policies(client: FlaskClient) -> None:
    headers = client.get("/api/v1/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_desks_first_page_asks_little(cast: Cast, statements) -> None:
    browser = cast.owner.browser()
    with statements() as said:
        browser.get("/desk/acme/")
    assert len(said) <= 16
