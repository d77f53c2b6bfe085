"""A merchant's record: kept by the market, partly by the merchant; admitting at the counter; letters about it (MA3, MA4)."""

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
from tenants.access.permissions import MarketRole, StaffRole
from tenants.accounts.models import Audience
from tenants.accounts.queries import account_by_id
from tenants.merchants import queries
from tenants.merchants.events import MerchantChanged
from tests.cast import Cast
from tests.factories import tenants as make
from tests.tenants.accounts.letters import letters_to, link_in

pytestmark = pytest.mark.usefixtures("categories")
RECORD = {
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
NEW = {
    **RECORD,
    "slug": "newcomer",
    "name_zh": "新来布行",
    "scopes": ["cotton"],
    "introduction": "专做人棉、雪纺和全棉印花十八年，自有圆网、平网与数码印花线。",
    "owner_email": "boss@example.com",
}


@pytest.fixture
def admin(cast: Cast) -> FlaskClient:
    return cast.admin.browser()


def seen(page: str) -> str:
    """The mark of the record that a form was made from."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def change(browser: FlaskClient, form: str, **other: str) -> Any:
    """Open the form and send it."""
    entries = {"seen": seen(browser.get(form).text), "reason": "营业执照变更", **RECORD, **other}
    return browser.post(form, data=entries)


def profiles(superuser: Engine, cast: Cast) -> list[str]:
    with superuser.connect() as connection:
        wanted = text("select company_name from legal_profiles where merchant_id = :me order by valid_from")
        return list(connection.scalars(wanted, {"me": cast.acme_id}))


def test_the_market_changes_the_record_and_the_merchant_reads_why(
    app: Flask, admin: FlaskClient, cast: Cast, superuser: Engine, announced: list[Event], drain: Callable[[], int]
) -> None:
    page = f"/console/merchants/{cast.acme_id}"
    assert change(admin, f"{page}/record").location == page
    with app.app_context(), unit_of_work():
        merchant = queries.get(cast.acme_id)
        assert (merchant.kind, merchant.ownership, merchant.founded_year) == ("agent", "state", 2006)
    assert change(admin, f"{page}/record", company_name="绍兴新兴隆纺织有限公司").status_code == 303
    assert profiles(superuser, cast) == ["绍兴兴隆纺织有限公司", "绍兴新兴隆纺织有限公司"]
    shown = admin.get(page).text
    assert "91330621MA2BCDEF3F" in shown
    assert "档案变更" in shown
    assert "营业执照变更" in shown
    assert [type(fact) for fact in announced].count(MerchantChanged) == 2
    drain()
    letters = letters_to(app, "owner@example.com", "merchant_decided")
    assert len(letters) == 2
    assert "企业名称" in letters[1].text
    assert "营业执照变更" in letters[1].text
    assert not letters_to(app, "warehouse@example.com", "merchant_decided")


def test_nothing_changed_is_no_news(admin: FlaskClient, cast: Cast, app: Flask, drain: Callable[[], int]) -> None:
    page = f"/console/merchants/{cast.acme_id}/record"
    change(admin, page)
    drain()
    assert change(admin, page).status_code == 303
    drain()
    assert len(letters_to(app, "owner@example.com", "merchant_decided")) == 1


def test_a_wrong_record_is_refused_by_field_and_nothing_typed_is_lost(
    admin: FlaskClient, cast: Cast, superuser: Engine
) -> None:
    page = f"/console/merchants/{cast.acme_id}/record"
    answer = change(admin, page, credit_code="91330621MA2BCDEF3A", kind="robber", address="路", reason="x")
    assert answer.status_code == 422
    for said in ("校验位", "请选择商户类型", "请说明原因"):
        assert said in answer.text
    assert "91330621MA2BCDEF3A" in answer.text
    assert "绍兴兴隆纺织有限公司" in answer.text
    assert profiles(superuser, cast) == []


def test_two_who_change_it_at_once_do_not_overwrite_each_other(admin: FlaskClient, cast: Cast) -> None:
    page = f"/console/merchants/{cast.acme_id}/record"
    mark = seen(admin.get(page).text)
    assert change(admin, page, legal_person="王建国").status_code == 303
    late = admin.post(page, data={**RECORD, "seen": mark, "reason": "晚了一步", "address": "新的地址 1 号"})
    assert late.status_code == 409
    assert "王建国" in late.text, "what the other wrote stands beside"
    assert "新的地址 1 号" in late.text
    assert "晚了一步" in late.text
    again = admin.post(page, data={**RECORD, "seen": seen(late.text), "reason": "晚了一步", "address": "新的地址 1 号"})
    assert again.status_code == 303


def test_a_merchant_says_of_itself_what_it_may(app: Flask, cast: Cast, admin: FlaskClient, superuser: Engine) -> None:
    change(admin, f"/console/merchants/{cast.acme_id}/record")
    owner = cast.owner.browser()
    assert "91330621MA2BCDEF3F" in owner.get("/desk/acme/record/").text
    more = {"name_zh": "兴隆家纺", "contact_phone": "13900139000", "kind": "manufacturer", "company_name": "冒名有限公司"}
    assert change(owner, "/desk/acme/record/", **more).status_code == 303
    with app.app_context(), unit_of_work():
        merchant = queries.get(cast.acme_id)
        assert (merchant.name["zh_Hans"], merchant.kind) == ("兴隆家纺", "agent")
    assert profiles(superuser, cast) == ["绍兴兴隆纺织有限公司"] * 2, "a new contact, the same company"
    wrong = change(owner, "/desk/acme/record/", name_zh="", contact_email="nowhere")
    assert wrong.status_code == 422
    assert "nowhere" in wrong.text


def test_only_the_owner_and_only_the_market(app: Flask, cast: Cast, admin: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        make.market_staff(account=account_by_id(cast.other_buyer.account_id), role=MarketRole.SUPPORT)
    support, page = cast.other_buyer.browser(), f"/console/merchants/{cast.acme_id}/record"
    assert cast.clerk.browser().get("/desk/acme/record/").status_code == 403
    assert cast.rival_owner.browser().get("/desk/acme/record/").status_code == 404
    for address in (page, "/console/applications/new"):
        assert support.get(address).status_code == 403
        assert support.post(address, data=RECORD).status_code == 403
        assert cast.owner.browser().get(address).status_code == 404
    assert support.post(f"/console/merchants/{cast.acme_id}/owner", data={"email": "me@example.com"}).status_code == 403


def test_a_merchant_at_the_counter_is_admitted_and_its_owner_takes_the_desk(
    app: Flask, admin: FlaskClient, cast: Cast, client: FlaskClient
) -> None:
    assert "/console/applications/new" in admin.get("/console/merchants/").text
    assert admin.get("/console/applications/new").status_code == 200
    answer = admin.post("/console/applications/new", data={**NEW, "reason": "执照原件"})
    assert answer.status_code == 303
    shown = admin.get(answer.location).text
    assert "执照原件" in shown
    assert "boss@example.com" in shown
    assert "邀请店主" in shown
    assert client.get("/s/newcomer/").status_code == 200
    link = link_in(letters_to(app, "boss@example.com", "staff_invited")[-1])
    browser = cast.stranger.browser(Audience.SHOP)
    assert browser.post(link).location == "/desk/newcomer/"
    assert browser.get("/desk/newcomer/record/").status_code == 200
    assert "邀请店主" not in admin.get(answer.location).text


def test_what_is_missing_at_the_counter_is_said_at_the_field(admin: FlaskClient, cast: Cast) -> None:
    wrong = {**NEW, "slug": "acme", "scopes": [], "owner_email": "nowhere", "reason": ""}
    answer = admin.post("/console/applications/new", data=wrong)
    assert answer.status_code == 422
    for said in ("已被使用", "至少选择一个类目", "请说明核对了哪些证件"):
        assert said in answer.text, said
    assert "新来布行" in answer.text
    assert "nowhere" in answer.text
    assert admin.post("/console/applications/new", data={}).status_code == 422


def test_an_invitation_that_nobody_took_is_sent_again(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    page = admin.post("/console/applications/new", data={**NEW, "reason": "执照原件"}).location
    wrong = admin.post(f"{page}/owner", data={"email": "nowhere"})
    assert wrong.status_code == 422
    assert 'value="nowhere"' in wrong.text
    assert admin.post(f"{page}/owner", data={"email": "boss2@example.com"}).status_code == 303
    assert letters_to(app, "boss2@example.com", "staff_invited")


def test_the_market_puts_nobody_beside_an_owner(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    refused = admin.post(f"/console/merchants/{cast.acme_id}/owner", data={"email": "me@example.com"})
    assert refused.status_code == 409
    assert not letters_to(app, "me@example.com")


@pytest.mark.parametrize(("deed", "subject"), [("suspend", "您的店铺已暂停营业"), ("close", "您的店铺已关闭")])
def test_a_decision_is_read_at_the_desk_and_in_a_letter(
    app: Flask, admin: FlaskClient, cast: Cast, drain: Callable[[], int], deed: str, subject: str
) -> None:
    with app.app_context(), unit_of_work():
        merchant = queries.get(cast.acme_id)
        make.colleague(merchant=merchant, account=account_by_id(cast.stranger.account_id), role=StaffRole.MANAGER)
    admin.post(f"/console/merchants/{cast.acme_id}/{deed}", data={"reason": "多次售假"})
    drain()
    for reader in ("owner@example.com", "stranger@example.com"):
        (letter,) = letters_to(app, reader, "merchant_decided")
        assert letter.subject == subject
        assert "多次售假" in letter.text
    assert not letters_to(app, "clerk@example.com", "merchant_decided")
    desk = cast.clerk.browser().get("/desk/acme/orders/").text
    assert ("市场已暂停本店营业：多次售假" if deed == "suspend" else "市场已关闭本店") in desk
    back = "reinstate" if deed == "suspend" else "reopen"
    admin.post(f"/console/merchants/{cast.acme_id}/{back}", data={"reason": "已整改"})
    drain()
    assert len(letters_to(app, "owner@example.com", "merchant_decided")) == 2
    assert "市场已" not in cast.clerk.browser().get("/desk/acme/orders/").text


def test_other_categories_are_told_by_name(app: Flask, admin: FlaskClient, cast: Cast, drain: Callable[[], int]) -> None:
    admin.post(f"/console/merchants/{cast.acme_id}/scopes", data={"scopes": ["silk"], "scope_reason": "增加丝绸"})
    drain()
    (letter,) = letters_to(app, "owner@example.com", "merchant_decided")
    assert "丝绸" in letter.text
    assert "增加丝绸" in letter.text
