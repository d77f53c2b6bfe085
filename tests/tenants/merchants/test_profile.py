"""Tests of merchant profiles: changes by platform and merchant, direct admission, notifications (MA3, MA4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.db import unit_of_work
from marketplace.kernel.events import Event
from tenants.access.permissions import PlatformRole, StaffRole
from tenants.accounts.models import Realm
from tenants.accounts.queries import get_account
from tenants.merchants import queries
from tenants.merchants.events import MerchantChanged
from tests.actors import Actors
from tests.factories import tenant_factory
from tests.tenants.accounts.emails import emails_to, first_link

pytestmark = pytest.mark.usefixtures("categories")
PROFILE = {
    "kind": "agent",
    "ownership": "state",
    "name_zh": "兴隆布行",
    "name_en": "Acme Textiles",
    "founded_year": "２００６",
    "staff_size": "21-50",
    "company_name": "绍兴兴隆纺织有限公司",
    "credit_code": "9133 0621 MA2B CDEF 3F",
    "legal_person": "陈文慧",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "address": "轻纺城大道 318 号",
    "contact_name": "陈文慧",
    "contact_phone": "13800138000",
    "contact_email": "acme@example.com",
}
NEW_MERCHANT = {
    **PROFILE,
    "slug": "newcomer",
    "name_zh": "新来布行",
    "scopes": ["cotton"],
    "introduction": "专做人棉、雪纺和全棉印花十八年，自有圆网、平网与数码印花线。",
    "owner_email": "boss@example.com",
}


@pytest.fixture
def admin(actors: Actors) -> FlaskClient:
    return actors.admin.client()


def etag_of(page: str) -> str:
    """Return the etag in a profile form."""
    match = re.search(r'name="seen" value="(\w+)"', page)
    assert match
    return match[1]


def submit_profile(client: FlaskClient, path: str, **overrides: str) -> Any:
    """Open the profile form and submit it."""
    entries = {"seen": etag_of(client.get(path).text), "reason": "营业执照变更", **PROFILE, **overrides}
    return client.post(path, data=entries)


def company_names(superuser: Engine, cast: Actors) -> list[str]:
    with superuser.connect() as connection:
        stmt = text("select company_name from legal_profiles where merchant_id = :me order by valid_from")
        return list(connection.scalars(stmt, {"me": cast.acme_id}))


def test_update_profile_by_platform_notifies_merchant(
    app: Flask,
    admin: FlaskClient,
    actors: Actors,
    superuser: Engine,
    published_events: list[Event],
    drain_outbox: Callable[[], int],
) -> None:
    page = f"/console/merchants/{actors.acme_id}"
    assert submit_profile(admin, f"{page}/record").location == page
    with app.app_context(), unit_of_work():
        merchant = queries.get_merchant(actors.acme_id)
        assert (merchant.kind, merchant.ownership, merchant.founded_year) == ("agent", "state", 2006)
    assert submit_profile(admin, f"{page}/record", company_name="绍兴新兴隆纺织有限公司").status_code == 303
    assert company_names(superuser, actors) == ["绍兴兴隆纺织有限公司", "绍兴新兴隆纺织有限公司"]
    page_text = admin.get(page).text
    assert "91330621MA2BCDEF3F" in page_text
    assert "档案变更" in page_text
    assert "营业执照变更" in page_text
    assert [type(event) for event in published_events].count(MerchantChanged) == 2
    drain_outbox()
    emails = emails_to(app, "owner@example.com", "merchant_decision")
    assert len(emails) == 2
    assert "企业名称" in emails[1].text
    assert "营业执照变更" in emails[1].text
    assert not emails_to(app, "warehouse@example.com", "merchant_decision")


def test_update_profile_without_changes_sends_no_email(
    admin: FlaskClient, actors: Actors, app: Flask, drain_outbox: Callable[[], int]
) -> None:
    page = f"/console/merchants/{actors.acme_id}/record"
    submit_profile(admin, page)
    drain_outbox()
    assert submit_profile(admin, page).status_code == 303
    drain_outbox()
    assert len(emails_to(app, "owner@example.com", "merchant_decision")) == 1


def test_update_profile_invalid_input_shows_field_errors(admin: FlaskClient, actors: Actors, superuser: Engine) -> None:
    page = f"/console/merchants/{actors.acme_id}/record"
    response = submit_profile(admin, page, credit_code="91330621MA2BCDEF3A", kind="robber", address="路", reason="x")
    assert response.status_code == 422
    for message in ("校验位", "请选择商户类型", "请说明原因"):
        assert message in response.text
    assert "91330621MA2BCDEF3A" in response.text
    assert "绍兴兴隆纺织有限公司" in response.text
    assert company_names(superuser, actors) == []


def test_update_profile_stale_etag_returns_conflict(admin: FlaskClient, actors: Actors) -> None:
    page = f"/console/merchants/{actors.acme_id}/record"
    etag = etag_of(admin.get(page).text)
    assert submit_profile(admin, page, legal_person="王建国").status_code == 303
    conflict_response = admin.post(page, data={**PROFILE, "seen": etag, "reason": "晚了一步", "address": "新的地址 1 号"})
    assert conflict_response.status_code == 409
    assert "王建国" in conflict_response.text, "the stored value is shown beside the typed one"
    assert "新的地址 1 号" in conflict_response.text
    assert "晚了一步" in conflict_response.text
    retry_response = admin.post(
        page, data={**PROFILE, "seen": etag_of(conflict_response.text), "reason": "晚了一步", "address": "新的地址 1 号"}
    )
    assert retry_response.status_code == 303


def test_update_profile_by_merchant_limits_fields(app: Flask, actors: Actors, admin: FlaskClient, superuser: Engine) -> None:
    submit_profile(admin, f"/console/merchants/{actors.acme_id}/record")
    owner = actors.owner.client()
    assert "91330621MA2BCDEF3F" in owner.get("/desk/acme/record/").text
    overrides = {"name_zh": "兴隆家纺", "contact_phone": "13900139000", "kind": "manufacturer", "company_name": "冒名有限公司"}
    assert submit_profile(owner, "/desk/acme/record/", **overrides).status_code == 303
    with app.app_context(), unit_of_work():
        merchant = queries.get_merchant(actors.acme_id)
        assert (merchant.name["zh_Hans"], merchant.kind) == ("兴隆家纺", "agent")
    assert company_names(superuser, actors) == ["绍兴兴隆纺织有限公司"] * 2, "a new contact adds a row with the same company"
    invalid_response = submit_profile(owner, "/desk/acme/record/", name_zh="", contact_email="nowhere")
    assert invalid_response.status_code == 422
    assert "nowhere" in invalid_response.text


def test_profile_pages_permissions(app: Flask, actors: Actors, admin: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        tenant_factory.create_platform_staff(account=get_account(actors.other_buyer.account_id), role=PlatformRole.SUPPORT)
    support, page = actors.other_buyer.client(), f"/console/merchants/{actors.acme_id}/record"
    assert actors.clerk.client().get("/desk/acme/record/").status_code == 403
    assert actors.rival_owner.client().get("/desk/acme/record/").status_code == 404
    for path in (page, "/console/applications/new"):
        assert support.get(path).status_code == 403
        assert support.post(path, data=PROFILE).status_code == 403
        assert actors.owner.client().get(path).status_code == 404
    assert support.post(f"/console/merchants/{actors.acme_id}/owner", data={"email": "me@example.com"}).status_code == 403


def test_admit_without_application_invites_owner(app: Flask, admin: FlaskClient, actors: Actors, client: FlaskClient) -> None:
    assert "/console/applications/new" in admin.get("/console/merchants/").text
    assert admin.get("/console/applications/new").status_code == 200
    response = admin.post("/console/applications/new", data={**NEW_MERCHANT, "reason": "执照原件"})
    assert response.status_code == 303
    page_text = admin.get(response.location).text
    assert "执照原件" in page_text
    assert "boss@example.com" in page_text
    assert "邀请店主" in page_text
    assert client.get("/s/newcomer/").status_code == 200
    link = first_link(emails_to(app, "boss@example.com", "staff_invited")[-1])
    browser = actors.stranger.client(Realm.SHOP)
    assert browser.post(link).location == "/desk/newcomer/"
    assert browser.get("/desk/newcomer/record/").status_code == 200
    assert "邀请店主" not in admin.get(response.location).text


def test_admit_without_application_invalid_input_shows_field_errors(admin: FlaskClient, actors: Actors) -> None:
    invalid_form = {**NEW_MERCHANT, "slug": "acme", "scopes": [], "owner_email": "nowhere", "reason": ""}
    response = admin.post("/console/applications/new", data=invalid_form)
    assert response.status_code == 422
    for message in ("已被使用", "至少选择一个类目", "请说明核对了哪些证件"):
        assert message in response.text, message
    assert "新来布行" in response.text
    assert "nowhere" in response.text
    assert admin.post("/console/applications/new", data={}).status_code == 422


def test_invite_owner_again_when_desk_has_none(app: Flask, admin: FlaskClient, actors: Actors) -> None:
    page = admin.post("/console/applications/new", data={**NEW_MERCHANT, "reason": "执照原件"}).location
    invalid_response = admin.post(f"{page}/owner", data={"email": "nowhere"})
    assert invalid_response.status_code == 422
    assert 'value="nowhere"' in invalid_response.text
    assert admin.post(f"{page}/owner", data={"email": "boss2@example.com"}).status_code == 303
    assert emails_to(app, "boss2@example.com", "staff_invited")


def test_invite_owner_rejected_when_owner_exists(app: Flask, admin: FlaskClient, actors: Actors) -> None:
    response = admin.post(f"/console/merchants/{actors.acme_id}/owner", data={"email": "me@example.com"})
    assert response.status_code == 409
    assert not emails_to(app, "me@example.com")


@pytest.mark.parametrize(("action", "subject"), [("suspend", "您的店铺已暂停营业"), ("close", "您的店铺已关闭")])
def test_state_change_is_visible_at_desk_and_emailed(
    app: Flask, admin: FlaskClient, actors: Actors, drain_outbox: Callable[[], int], action: str, subject: str
) -> None:
    with app.app_context(), unit_of_work():
        merchant = queries.get_merchant(actors.acme_id)
        tenant_factory.create_staff(merchant=merchant, account=get_account(actors.stranger.account_id), role=StaffRole.MANAGER)
    admin.post(f"/console/merchants/{actors.acme_id}/{action}", data={"reason": "多次售假"})
    drain_outbox()
    for recipient in ("owner@example.com", "stranger@example.com"):
        (email,) = emails_to(app, recipient, "merchant_decision")
        assert email.subject == subject
        assert "多次售假" in email.text
    assert not emails_to(app, "clerk@example.com", "merchant_decision")
    desk = actors.clerk.client().get("/desk/acme/orders/").text
    assert ("市场已暂停本店营业：多次售假" if action == "suspend" else "市场已关闭本店") in desk
    reverse_action = "reinstate" if action == "suspend" else "reopen"
    admin.post(f"/console/merchants/{actors.acme_id}/{reverse_action}", data={"reason": "已整改"})
    drain_outbox()
    assert len(emails_to(app, "owner@example.com", "merchant_decision")) == 2
    assert "市场已" not in actors.clerk.client().get("/desk/acme/orders/").text


def test_scope_change_email_names_categories(
    app: Flask, admin: FlaskClient, actors: Actors, drain_outbox: Callable[[], int]
) -> None:
    admin.post(f"/console/merchants/{actors.acme_id}/scopes", data={"scopes": ["silk"], "scope_reason": "增加丝绸"})
    drain_outbox()
    (email,) = emails_to(app, "owner@example.com", "merchant_decision")
    assert "丝绸" in email.text
    assert "增加丝绸" in email.text
