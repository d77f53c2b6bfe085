"""Tests of the platform's staff, settings, audit log and sent e-mails (RO5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from demo.registry import SEEDERS
from marketplace.kernel import audit, mail
from marketplace.kernel.db import db, unit_of_work
from tenants.access.permissions import PlatformRole
from tenants.accounts.models import Realm
from tenants.accounts.queries import get_account
from tenants.platform_admin import audit_labels, queries
from tests.actors import Actors, Person
from tests.factories import tenant_factory
from tests.tenants.accounts.emails import emails_to

PATHS = ("/console/team/", "/console/settings/", "/console/audit/", "/console/letters/")


@pytest.fixture
def admin(actors: Actors) -> FlaskClient:
    return actors.admin.client()


def add_platform_staff(app: Flask, person: Person, role: PlatformRole) -> FlaskClient:
    with app.app_context(), unit_of_work():
        tenant_factory.create_platform_staff(account=get_account(person.account_id), role=role)
    return person.client()


@pytest.mark.parametrize("path", PATHS)
def test_platform_admin_pages_permissions(app: Flask, actors: Actors, admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 200
    assert actors.owner.client().get(path).status_code == 404
    assert app.test_client().get(path).location == "/console/sign-in"
    assert add_platform_staff(app, actors.buyer, PlatformRole.REVIEWER).get(path).status_code == 403


def test_platform_staff_add_promote_remove(app: Flask, admin: FlaskClient, actors: Actors) -> None:
    assert admin.post("/console/team/", data={"name": "buyer@example.com", "role": "support"}).status_code == 303
    assert [email.kind for email in emails_to(app, "buyer@example.com")] == ["platform_staff_added"]
    colleague = actors.buyer.client(Realm.CONSOLE)
    assert colleague.get("/console/letters/").status_code == 200
    assert colleague.get("/console/team/").status_code == 403
    admin.post(f"/console/team/{actors.buyer.account_id}/role", data={"role": "administrator"})
    assert colleague.get("/console/team/").status_code == 200
    admin.post(f"/console/team/{actors.buyer.account_id}/remove")
    assert colleague.get("/console/").location == "/console/sign-in"
    assert actors.buyer.client(Realm.CONSOLE).get("/console/").status_code == 404
    assert admin.post("/console/team/", data={"name": "buyer", "role": "accountant"}).status_code == 303


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"name": "nobody", "role": "support"}, "没有这个账号"),
        ({"name": "", "role": "support"}, "没有这个账号"),
        ({"name": "admin", "role": "support"}, "已在市场团队中"),
        ({"name": "buyer", "role": "emperor"}, "请选择角色"),
    ],
)
def test_add_platform_staff_invalid_input_shows_errors(admin: FlaskClient, entries: dict[str, str], message: str) -> None:
    response = admin.post("/console/team/", data=entries)
    assert response.status_code == 422
    assert message in response.text


def test_last_administrator_cannot_be_removed_or_demoted(admin: FlaskClient, actors: Actors) -> None:
    member_url = f"/console/team/{actors.admin.account_id}"
    assert admin.post(f"{member_url}/remove").status_code == 409
    assert admin.post(f"{member_url}/role", data={"role": "support"}).status_code == 409
    assert admin.post(f"/console/team/{actors.buyer.account_id}/remove").status_code == 404


def test_settings_apply_platform_wide(app: Flask, admin: FlaskClient, client: FlaskClient) -> None:
    with app.test_request_context():
        assert queries.get_settings() == queries.PlatformSettingsValues(announcement={}, unpaid_minutes=60)
    form = {"announcement_zh_Hans": "国庆假期照常发货", "announcement_en": "We ship on holidays", "unpaid_minutes": "30"}
    assert admin.post("/console/settings/", data=form).status_code == 303
    assert "国庆假期照常发货" in client.get("/").text
    with app.test_request_context():
        assert queries.get_settings().unpaid_minutes == 30
    assert 'value="30"' in admin.get("/console/settings/").text
    assert "设置变更" in admin.get("/console/audit/").text


@pytest.mark.parametrize("minutes", ["", "0", "4", "10081", "1.5", "many"])
def test_change_settings_invalid_minutes_shows_error(admin: FlaskClient, minutes: str) -> None:
    response = admin.post("/console/settings/", data={"unpaid_minutes": minutes, "announcement_zh_Hans": "你好"})
    assert response.status_code == 422
    assert "请填写整数分钟" in response.text
    assert "你好" in response.text
    assert f'value="{minutes}"' in response.text


def test_change_settings_announcement_too_long_shows_error(admin: FlaskClient) -> None:
    response = admin.post("/console/settings/", data={"unpaid_minutes": "9" * 5_000, "announcement_zh_Hans": "长" * 5_000})
    assert response.status_code == 422
    assert "最多 300 个字" in response.text
    assert "长" * 5_000 in response.text


def test_demo_seed_actions_have_translated_labels(app: Flask) -> None:
    seeder_names = [seeder.name for seeder in SEEDERS]
    assert set(seeder_names) == set(audit_labels.DEMO_FEATURE_LABELS)
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        labels = [str(audit_labels.action_label(f"demo.seeded.{name}")) for name in seeder_names]
    assert "已植入演示数据：商品" in labels
    assert not [label for label in labels if label.isascii() or any("a" <= char <= "z" for char in label)]


def test_audit_log_filters(app: Flask, admin: FlaskClient, actors: Actors) -> None:
    page = f"/console/merchants/{actors.acme_id}"
    admin.post(f"{page}/suspend", data={"reason": "多次售假"})
    admin.post("/console/settings/", data={"unpaid_minutes": "45"})

    def visible_entries(query: str) -> tuple[bool, bool]:
        page_text = admin.get(f"/console/audit/?{query}").text
        return "多次售假" in page_text, "<summary>设置变更</summary>" in page_text

    assert visible_entries("") == (True, True)
    assert visible_entries("kind=merchant") == (True, False)
    assert visible_entries("kind=market") == (False, True)
    assert visible_entries(f"merchant={actors.acme_id}") == (True, False)
    assert visible_entries(f"who={actors.admin.account_id}") == (True, True)
    assert visible_entries(f"who={actors.buyer.account_id}") == (False, False)
    assert visible_entries("q=售假") == (True, False)
    assert visible_entries("q=设置变") == (False, True)
    assert visible_entries("q=market.settings") == (False, True)
    assert "没有符合条件的记录" in admin.get("/console/audit/?q=nothing-like-this").text


def test_audit_log_is_append_only(ctx: Flask, admin: FlaskClient, actors: Actors) -> None:
    admin.post(f"/console/merchants/{actors.acme_id}/suspend", data={"reason": "多次售假"})
    for sql in ("update audit_events set reason = 'x'", "delete from audit_events"):
        with pytest.raises(Exception, match=r"permission denied|append-only"), unit_of_work():
            db.session.execute(text(sql))


def test_emails_are_listed_and_tokens_masked(
    app: Flask, admin: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post(
        "/register", data={"login": "weaver", "email": "weaver@example.com", "password": "loom harbour copper thursday"}
    )
    email = emails_to(app, "weaver@example.com")[0]
    assert "weaver@example.com" in admin.get("/console/letters/").text
    assert "weaver@example.com" not in admin.get("/console/letters/?q=somebody-else").text
    page = admin.get(f"/console/letters/{email.id}").text
    token = email.text.split("/confirm/")[1].split()[0]
    assert token in page
    assert admin.get(f"/console/letters/{email.id.hex[::-1]}").status_code == 404

    monkeypatch.setitem(app.config, "SETTINGS", dataclasses.replace(app.config["SETTINGS"], smtp_url="smtp://post.example"))
    assert token not in admin.get(f"/console/letters/{email.id}").text


def test_audit_and_email_list_query_count_is_constant(
    app: Flask, admin: FlaskClient, actors: Actors, record_statements: Callable[[], Any]
) -> None:
    def count_statements(path: str) -> int:
        with record_statements() as recorded:
            assert admin.get(path).status_code == 200
        return len(recorded)

    def create_entries(times: int) -> None:
        with app.test_request_context(), unit_of_work():
            for n in range(times):
                audit.record("merchant.changed", subject=("merchant", actors.acme_id), merchant_id=actors.acme_id)
                mail.queue_email(
                    to=f"{n}@example.com",
                    kind="platform_staff_added",
                    locale="en",
                    name="x",
                    role="y",
                    link="http://localhost/",
                )

    create_entries(1)
    for path in ("/console/audit/", "/console/letters/"):
        count_statements(path)
    expected = [count_statements(path) for path in ("/console/audit/", "/console/letters/")]
    create_entries(30)
    assert [count_statements(path) for path in ("/console/audit/", "/console/letters/")] == expected


def test_change_settings_stale_version_returns_conflict(actors: Actors) -> None:
    admin, page = actors.admin.client(), "/console/settings/"
    form = {"announcement_zh_Hans": "", "announcement_en": "", "unpaid_minutes": "60", "version": "0"}
    assert 'name="version" value="0"' in admin.get(page).text
    assert admin.post(page, data=form | {"unpaid_minutes": "90"}).status_code == 303
    conflict_response = admin.post(page, data=form | {"unpaid_minutes": "45"})
    assert conflict_response.status_code == 409
    assert "当前内容：90" in conflict_response.text
    assert 'value="45"' in conflict_response.text
    assert 'value="90"' in admin.get(page).text
