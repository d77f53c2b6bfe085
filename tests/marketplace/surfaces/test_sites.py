"""Access to the sites, page language, unknown hosts and security headers."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.actors import Actors


def test_desk_accessible_to_own_staff_only(actors: Actors) -> None:
    assert actors.owner.client().get("/desk/acme/").status_code == 200
    assert actors.clerk.client().get("/desk/acme/").status_code == 200
    for person in (actors.rival_owner, actors.stranger, actors.buyer, actors.admin):
        assert person.client().get("/desk/acme/").status_code == 404
        assert person.client().get("/desk/no-such-merchant/").status_code == 404


def test_console_accessible_to_platform_staff_only(actors: Actors) -> None:
    assert actors.admin.client().get("/console/").status_code == 200
    assert actors.owner.client().get("/console/").status_code == 404


@pytest.mark.parametrize(("accept", "lang"), [("zh-TW,zh;q=0.9", "zh-CN"), ("en-GB", "en"), ("fr", "zh-CN"), ("", "zh-CN")])
def test_page_language_follows_accept_language(actors: Actors, accept: str, lang: str) -> None:
    page = actors.owner.client().get("/desk/acme/", headers={"Accept-Language": accept}).text
    assert f'lang="{lang}"' in page


@pytest.mark.parametrize(
    ("address", "expected_path"),
    [("/register", "/register"), ("/sign-in", "/sign-in"), ("/cart/lines", "/"), ("/nowhere", "/")],
)
def test_language_switch_after_form_error_returns_to_form(client: FlaskClient, address: str, expected_path: str) -> None:
    page = client.post(address, data={"variant": "x"}).text
    assert f'/language/en?back={quote(expected_path, safe="/")}"' in page


@pytest.mark.parametrize(
    ("address", "is_expected"), [("/search?q=zzz", True), ("/merchants/?q=zzz", False), ("/orders?q=zzz", False)]
)
def test_header_search_field_shows_only_site_search_text(actors: Actors, address: str, is_expected: bool) -> None:
    head = actors.buyer.client().get(address).text.partition("<main")[0]
    assert ('name="q" value="zzz"' in head) is is_expected


def test_language_switch_rejects_external_redirects(client: FlaskClient) -> None:
    for return_path in ("//evil.test", "/\\evil.test", "https://evil.test", "/%09/evil.test", "javascript:alert(1)"):
        response = client.get("/language/en", query_string={"back": return_path})
        assert response.status_code == 302
        assert response.headers["Location"] == "/", return_path
    assert client.get("/language/tlh").status_code == 404


def test_unknown_host_returns_404(client: FlaskClient) -> None:
    assert client.get("/readyz", base_url="http://evil.test").status_code == 404
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/desk/acme/nowhere", "/api/v1/nowhere"])
def test_unknown_path_returns_404_page(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "没有找到" in response.text


def test_responses_have_security_headers(client: FlaskClient) -> None:
    headers = client.get("/api/v1/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_desk_dashboard_within_query_budget(actors: Actors, record_statements) -> None:
    client = actors.owner.client()
    with record_statements() as executed:
        client.get("/desk/acme/")
    assert len(executed) <= 16
