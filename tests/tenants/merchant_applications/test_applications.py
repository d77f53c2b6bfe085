"""Tests of merchant applications from the first answer to the decision (MA1, MA2, MA5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import Event
from tenants.isolation import as_buyer
from tenants.merchant_applications import validators
from tenants.merchant_applications.events import ApplicationDecided, ApplicationSubmitted
from tenants.merchant_applications.fields import Step
from tenants.merchants import queries as merchant_queries
from tenants.merchants.events import MerchantAdmitted
from tenants.merchants.validators import is_valid_credit_code
from tests.actors import Actors
from tests.tenants.accounts.emails import emails_to
from tests.tenants.merchant_applications.scenario import (
    BUSINESS,
    CONTACT,
    IDENTITY,
    PRODUCTS,
    fill_in_application,
    first_pending_id,
    licence_upload,
    submit_application,
)

pytestmark = pytest.mark.usefixtures("categories")


@pytest.fixture
def applicant(actors: Actors) -> FlaskClient:
    return actors.stranger.client()


@pytest.fixture
def admin(actors: Actors) -> FlaskClient:
    return actors.admin.client()


def audit_actions(superuser: Engine) -> list[str]:
    with superuser.connect() as connection:
        sql = "select action from audit_events where subject_kind = 'application' order by at, id"
        return list(connection.execute(text(sql)).scalars())


def test_approve_creates_merchant(
    applicant: FlaskClient, admin: FlaskClient, actors: Actors, published_events: list[Event], app: Flask, superuser: Engine
) -> None:
    submit_application(applicant)
    assert "我们正在审核您的申请" in applicant.get("/apply/").text
    application_id = first_pending_id(actors)
    page = admin.get(f"/console/applications/{application_id}").text
    for expected in (
        "锦澜印花",
        "绍兴柯桥锦澜印染织造有限公司",
        "91330621MA2BCDEF3F",
        "浙江省绍兴市柯桥区",
        "棉布",
        "丝绸",
        "licence.png",
    ):
        assert expected in page
    decision = {"round": "1", "decision": "approve", "scopes": ["cotton"], "decision_note": "欢迎入驻"}
    assert admin.post(f"/console/applications/{application_id}", data=decision).location == "/console/applications/"
    admitted = next(event for event in published_events if isinstance(event, MerchantAdmitted))
    assert [type(event) for event in published_events if isinstance(event, ApplicationSubmitted | ApplicationDecided)] == [
        ApplicationSubmitted,
        ApplicationDecided,
    ]
    with app.app_context(), unit_of_work():
        merchant = merchant_queries.get_merchant_by_slug("jinlan")
        assert (merchant.id, merchant.may_sell, merchant.region_code) == (admitted.merchant_id, True, "330603")
        assert merchant.name == {"zh_Hans": "锦澜印花", "en": "Jinlan Prints"}
        assert merchant_queries.get_scope_codes(merchant.id) == {"cotton"}
    with superuser.connect() as connection:
        assert connection.execute(text("select credit_code from legal_profiles")).scalar() == "91330621MA2BCDEF3F"
    assert "欢迎您:店铺已开通".replace(":", "\uff1a") in applicant.get("/apply/").text
    assert applicant.get("/desk/jinlan/").status_code == 200
    assert audit_actions(superuser) == ["application.submitted", "application.approved"]
    kinds = [email.kind for email in emails_to(app, "stranger@example.com")]
    assert kinds == ["application_received", "application_approved"]


def test_request_changes_and_resubmit(
    applicant: FlaskClient, admin: FlaskClient, actors: Actors, app: Flask, superuser: Engine
) -> None:
    submit_application(applicant)
    application_id = first_pending_id(actors)
    empty_response = admin.post(f"/console/applications/{application_id}", data={"round": "1", "decision": "changes"})
    assert empty_response.status_code == 422
    comments = {"comment-company_name": "与营业执照不一致", "comment-licence": "照片看不清"}
    for decision in ("approve", "reject"):
        form = {"round": "1", "decision": decision, "scopes": "cotton", "decision_note": "好"}
        rejected_response = admin.post(f"/console/applications/{application_id}", data=comments | form)
        assert (rejected_response.status_code, "只随“要求修改”发出" in rejected_response.text) == (422, True)
    assert "与营业执照不一致" in rejected_response.text
    response = admin.post(f"/console/applications/{application_id}", data=comments | {"round": "1", "decision": "changes"})
    assert response.status_code == 303
    status = applicant.get("/apply/").text
    assert "与营业执照不一致" in status
    assert "照片看不清" in status
    assert "与营业执照不一致" in applicant.get("/apply/identity").text
    email = emails_to(app, "stranger@example.com")[-1]
    assert "- 企业名称：与营业执照不一致\n- 营业执照：照片看不清\n\nhttp" in email.text
    applicant.post("/apply/identity", data=IDENTITY | {"company_name": "绍兴锦澜织造有限公司"})
    applicant.post(
        "/apply/papers", data={"licence": licence_upload("clear.png"), "agreement": "1"}, content_type="multipart/form-data"
    )
    assert applicant.post("/apply/check").status_code == 303
    page = admin.get(f"/console/applications/{application_id}").text
    assert "绍兴锦澜织造有限公司" in page
    assert "绍兴柯桥锦澜印染织造有限公司" in page, "the reviewer sees the previous answer"
    stale_response = admin.post(
        f"/console/applications/{application_id}", data={"round": "1", "decision": "approve", "scopes": "cotton"}
    )
    assert stale_response.status_code == 409, "the decision refers to an older submission"
    admin.post(f"/console/applications/{application_id}", data={"round": "2", "decision": "approve", "scopes": "cotton"})
    assert audit_actions(superuser) == [
        "application.submitted",
        "application.changes_requested",
        "application.submitted",
        "application.approved",
    ]
    with superuser.connect() as connection:
        sql = "select answers ->> 'company_name' from application_submissions order by number"
        assert list(connection.execute(text(sql)).scalars()) == ["绍兴柯桥锦澜印染织造有限公司", "绍兴锦澜织造有限公司"]


def test_reject_shows_note_and_allows_reapply(applicant: FlaskClient, admin: FlaskClient, actors: Actors) -> None:
    submit_application(applicant)
    application_id = first_pending_id(actors)
    admin.post(
        f"/console/applications/{application_id}",
        data={"round": "1", "decision": "reject", "decision_note": "经营范围与市场不符"},
    )
    assert "经营范围与市场不符" in applicant.get("/apply/").text
    assert applicant.post("/apply/again").location == "/apply/business"
    assert 'value="锦澜印花"' in applicant.get("/apply/business").text
    applicant.post("/apply/papers", data={"agreement": "1"}, content_type="multipart/form-data")
    assert applicant.post("/apply/check").status_code == 303
    assert first_pending_id(actors) != application_id


def test_withdraw_only_before_decision(applicant: FlaskClient, admin: FlaskClient, actors: Actors) -> None:
    submit_application(applicant)
    application_id = first_pending_id(actors)
    applicant.post("/apply/withdraw")
    assert "您已撤回申请" in applicant.get("/apply/").text
    decision = {"round": "1", "decision": "approve", "scopes": "cotton"}
    assert admin.post(f"/console/applications/{application_id}", data=decision).status_code == 409
    assert applicant.post("/apply/withdraw").status_code == 409


@pytest.mark.parametrize(
    ("page", "entries", "message"),
    [
        ("business", BUSINESS | {"kind": ""}, "请选择商户类型"),
        ("business", BUSINESS | {"kind": "trader"}, "个体商户的所有制为个体工商户"),
        ("business", BUSINESS | {"name_zh": ""}, "请填写此项"),
        ("business", BUSINESS | {"slug": "-x"}, "3 到 40 个小写字母"),
        ("business", BUSINESS | {"slug": "admin"}, "由市场保留"),
        ("business", BUSINESS | {"slug": "acme"}, "店铺网址已被使用"),
        ("business", BUSINESS | {"founded_year": "3006"}, "请填写年份"),
        ("identity", IDENTITY | {"credit_code": "123"}, "统一社会信用代码为 18 位"),
        ("identity", IDENTITY | {"credit_code": "91330621MA2BCDEF3G"}, "校验位不符"),
        ("identity", IDENTITY | {"region_district": ""}, "请选择省、市、区"),
        ("contact", CONTACT | {"contact_phone": "1"}, "这不是电话号码"),
        ("contact", CONTACT | {"contact_email": "x"}, "这不是邮箱地址"),
        ("goods", PRODUCTS | {"scopes": ["gold"]}, "请至少选择一个类目"),
        ("goods", PRODUCTS | {"introduction": "短"}, "请至少填写 20 个字"),
    ],
)
def test_save_invalid_answers_shows_field_errors(
    applicant: FlaskClient, page: str, entries: dict[str, Any], message: str
) -> None:
    applicant.post("/apply/start")
    response = applicant.post(f"/apply/{page}", data=entries)
    assert response.status_code == 422
    assert message in response.text
    reloaded = applicant.get(f"/apply/{page}").text
    for value in entries.values():
        if isinstance(value, str) and len(value) > 3 and not value.isdecimal():
            assert value in reloaded


def test_submit_incomplete_application_is_rejected(applicant: FlaskClient, superuser: Engine) -> None:
    applicant.post("/apply/start")
    assert applicant.get("/apply/").location == "/apply/business"
    assert applicant.post("/apply/check").status_code == 422
    applicant.post("/apply/business", data=BUSINESS | {"go": "later"})
    assert applicant.get("/apply/").location == "/apply/identity"
    assert audit_actions(superuser) == []


def test_agent_requires_brand_authorisation(applicant: FlaskClient) -> None:
    applicant.post("/apply/start")
    applicant.post("/apply/business", data=BUSINESS | {"kind": "agent"})
    response = applicant.post(
        "/apply/papers", data={"licence": licence_upload(), "agreement": "1"}, content_type="multipart/form-data"
    )
    assert "代理商需要品牌授权书" in response.text


def test_quality_document_is_visible_to_reviewer(applicant: FlaskClient, admin: FlaskClient, actors: Actors) -> None:
    fill_in_application(applicant)
    page = applicant.get("/apply/papers").text
    assert "质量或信用证明" in page
    assert "标价即成交价" in page  # the agreement contains promises about price and service
    assert "按承诺的时间发货" in page
    report = {"quality": licence_upload("检测报告.png"), "agreement": "1"}
    assert applicant.post("/apply/papers", data=report, content_type="multipart/form-data").status_code == 303
    assert applicant.post("/apply/check").status_code == 303
    application_id = first_pending_id(actors)
    assert "检测报告.png" in admin.get(f"/console/applications/{application_id}").text
    assert admin.get(f"/console/applications/{application_id}/papers/quality").status_code == 200


def test_invalid_document_is_rejected_and_stored_one_remains(applicant: FlaskClient) -> None:
    fill_in_application(applicant)
    bad = {"licence": licence_upload("virus.exe"), "agreement": "1"}
    response = applicant.post("/apply/papers", data=bad, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "请选择 PDF 文件" in response.text
    assert applicant.get("/apply/papers/licence").mimetype == "image/webp"


def test_documents_visible_to_applicant_and_reviewer_only(applicant: FlaskClient, admin: FlaskClient, actors: Actors) -> None:
    submit_application(applicant)
    application_id = first_pending_id(actors)
    assert admin.get(f"/console/applications/{application_id}/papers/licence").status_code == 200
    assert admin.get(f"/console/applications/{application_id}/papers/authorisation").status_code == 404
    other = actors.buyer.client()
    assert other.get("/apply/papers/licence").status_code == 404
    assert other.get(f"/console/applications/{application_id}").status_code == 404
    assert other.get("/apply/business").status_code == 404


def test_review_requires_permission(applicant: FlaskClient, actors: Actors, app: Flask) -> None:
    from tenants.access.permissions import PlatformRole
    from tenants.accounts.queries import get_account
    from tests.factories import tenant_factory

    with app.app_context(), unit_of_work():
        tenant_factory.create_platform_staff(account=get_account(actors.other_buyer.account_id), role=PlatformRole.ACCOUNTANT)
    for browser, code in ((actors.other_buyer.client(), 403), (actors.owner.client(), 404)):
        assert browser.get("/console/applications/").status_code == code
        assert browser.post(f"/console/applications/{actors.acme_id}", data={"decision": "approve"}).status_code == code


def test_row_security_prevents_self_approval(ctx: Flask, applicant: FlaskClient, actors: Actors) -> None:
    submit_application(applicant)
    as_applicant = as_buyer(buyer_id=actors.stranger.buyer_id, account_id=actors.stranger.account_id)
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), as_applicant:
        db.session.execute(text("update applications set state = 'approved'"))
    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        assert db.session.execute(text("select count(*) from applications")).scalar() == 0


def test_review_queue_query_count_is_constant(
    actors: Actors, admin: FlaskClient, record_statements: Callable[[], Any], superuser: Engine
) -> None:
    def count_statements() -> int:
        with record_statements() as recorded:
            assert admin.get("/console/applications/").status_code == 200
        return len(recorded)

    submit_application(actors.stranger.client())
    expected = count_statements()
    for person in (actors.buyer, actors.other_buyer, actors.clerk):
        submit_application(person.client(), slug=f"shop-{person.login.replace('_', '-')}")
    assert count_statements() == expected


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("91330621MA2BCDEF3F", True),
        ("91330621MA2BCDEF4F", False),
        ("91330612MA2BCDEF3F", False),
        ("9133062IMA2BCDEF3F", False),
        ("", False),
    ],
)
def test_is_valid_credit_code(code: str, fits: bool) -> None:
    assert is_valid_credit_code(code) is fits


def test_every_step_is_validated(ctx: Flask) -> None:
    for step in Step:
        assert bool(validators.validate_step(step, {}, year=2026)) is (step is not Step.CHECK)


def test_application_pages_in_english(applicant: FlaskClient, admin: FlaskClient, actors: Actors) -> None:
    submit_application(applicant)
    application_id = first_pending_id(actors)
    applicant.get("/apply/")
    for browser, path in (
        (applicant, "/apply/"),
        (admin, "/console/applications/"),
        (admin, f"/console/applications/{application_id}"),
    ):
        browser.set_cookie("lang", "en", domain="localhost")
        page = browser.get(path).text
        assert re.search(r"Jinlan Prints|We are reading", page)
        assert "申请" not in page
