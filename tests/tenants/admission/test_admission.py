"""From an application to a merchant, with every turn on the way (MA1, MA2, MA5; behaviours 1 and 3)."""

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
from tenants.admission import rules
from tenants.admission.events import ApplicationDecided, ApplicationSubmitted
from tenants.admission.fields import Step
from tenants.merchants import queries as merchants
from tenants.merchants.events import MerchantAdmitted
from tenants.merchants.rules import is_credit_code
from tenants.scope import buying_as
from tests.cast import Cast
from tests.tenants.accounts.letters import letters_to
from tests.tenants.admission.story import BUSINESS, CONTACT, GOODS, IDENTITY, fill_in, hand_in, licence, waiting_id

pytestmark = pytest.mark.usefixtures("categories")


@pytest.fixture
def applicant(cast: Cast) -> FlaskClient:
    return cast.stranger.browser()


@pytest.fixture
def admin(cast: Cast) -> FlaskClient:
    return cast.admin.browser()


def deeds(superuser: Engine) -> list[str]:
    with superuser.connect() as connection:
        wanted = "select action from audit_events where subject_kind = 'application' order by at, id"
        return list(connection.execute(text(wanted)).scalars())


def test_an_application_becomes_a_merchant(
    applicant: FlaskClient, admin: FlaskClient, cast: Cast, announced: list[Event], app: Flask, superuser: Engine
) -> None:
    hand_in(applicant)
    assert "我们正在审核您的申请" in applicant.get("/apply/").text
    one = waiting_id(cast)
    page = admin.get(f"/console/applications/{one}").text
    for shown in (
        "锦澜印花",
        "绍兴柯桥锦澜印染织造有限公司",
        "91330621MA2BCDEF3F",
        "浙江省绍兴市柯桥区",
        "棉布",
        "丝绸",
        "licence.png",
    ):
        assert shown in page
    decision = {"round": "1", "decision": "approve", "scopes": ["cotton"], "said": "欢迎入驻"}
    assert admin.post(f"/console/applications/{one}", data=decision).location == "/console/applications/"
    admitted = next(fact for fact in announced if isinstance(fact, MerchantAdmitted))
    assert [type(fact) for fact in announced if isinstance(fact, ApplicationSubmitted | ApplicationDecided)] == [
        ApplicationSubmitted,
        ApplicationDecided,
    ]
    with app.app_context(), unit_of_work():
        merchant = merchants.by_slug("jinlan")
        assert (merchant.id, merchant.may_sell, merchant.region_code) == (admitted.merchant_id, True, "330603")
        assert merchant.name == {"zh_Hans": "锦澜印花", "en": "Jinlan Prints"}
        assert merchants.scope_codes(merchant.id) == {"cotton"}
    with superuser.connect() as connection:
        assert connection.execute(text("select credit_code from legal_profiles")).scalar() == "91330621MA2BCDEF3F"
    assert "欢迎您:店铺已开通".replace(":", "\uff1a") in applicant.get("/apply/").text
    assert applicant.get("/desk/jinlan/").status_code == 200
    assert deeds(superuser) == ["application.submitted", "application.approved"]
    kinds = [letter.kind for letter in letters_to(app, "stranger@example.com")]
    assert kinds == ["application_received", "application_approved"]


def test_changes_are_requested_by_field_and_made(
    applicant: FlaskClient, admin: FlaskClient, cast: Cast, app: Flask, superuser: Engine
) -> None:
    hand_in(applicant)
    one = waiting_id(cast)
    nothing = admin.post(f"/console/applications/{one}", data={"round": "1", "decision": "changes"})
    assert nothing.status_code == 422
    remark = {"comment-company_name": "与营业执照不一致", "comment-licence": "照片看不清"}
    for decision in ("approve", "reject"):
        whole = {"round": "1", "decision": decision, "scopes": "cotton", "said": "好"}
        kept = admin.post(f"/console/applications/{one}", data=remark | whole)
        assert (kept.status_code, "只随“要求修改”发出" in kept.text) == (422, True)
    assert "与营业执照不一致" in kept.text
    answer = admin.post(f"/console/applications/{one}", data=remark | {"round": "1", "decision": "changes"})
    assert answer.status_code == 303
    status = applicant.get("/apply/").text
    assert "与营业执照不一致" in status
    assert "照片看不清" in status
    assert "与营业执照不一致" in applicant.get("/apply/identity").text
    letter = letters_to(app, "stranger@example.com")[-1]
    assert "- 企业名称：与营业执照不一致\n- 营业执照：照片看不清\n\nhttp" in letter.text
    applicant.post("/apply/identity", data=IDENTITY | {"company_name": "绍兴锦澜织造有限公司"})
    applicant.post(
        "/apply/papers", data={"licence": licence("clear.png"), "agreement": "1"}, content_type="multipart/form-data"
    )
    assert applicant.post("/apply/check").status_code == 303
    page = admin.get(f"/console/applications/{one}").text
    assert "绍兴锦澜织造有限公司" in page
    assert "绍兴柯桥锦澜印染织造有限公司" in page, "the reviewer sees what it was before"
    late = admin.post(f"/console/applications/{one}", data={"round": "1", "decision": "approve", "scopes": "cotton"})
    assert late.status_code == 409, "the decision was about the round that was read"
    admin.post(f"/console/applications/{one}", data={"round": "2", "decision": "approve", "scopes": "cotton"})
    assert deeds(superuser) == [
        "application.submitted",
        "application.changes_requested",
        "application.submitted",
        "application.approved",
    ]
    with superuser.connect() as connection:
        wanted = "select answers ->> 'company_name' from application_rounds order by number"
        assert list(connection.execute(text(wanted)).scalars()) == ["绍兴柯桥锦澜印染织造有限公司", "绍兴锦澜织造有限公司"]


def test_a_refusal_is_explained_and_one_may_apply_again(applicant: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    hand_in(applicant)
    one = waiting_id(cast)
    admin.post(f"/console/applications/{one}", data={"round": "1", "decision": "reject", "said": "经营范围与市场不符"})
    assert "经营范围与市场不符" in applicant.get("/apply/").text
    assert applicant.post("/apply/again").location == "/apply/business"
    assert 'value="锦澜印花"' in applicant.get("/apply/business").text
    applicant.post("/apply/papers", data={"agreement": "1"}, content_type="multipart/form-data")
    assert applicant.post("/apply/check").status_code == 303
    assert waiting_id(cast) != one


def test_an_application_can_be_withdrawn_until_it_is_decided(applicant: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    hand_in(applicant)
    one = waiting_id(cast)
    applicant.post("/apply/withdraw")
    assert "您已撤回申请" in applicant.get("/apply/").text
    decision = {"round": "1", "decision": "approve", "scopes": "cotton"}
    assert admin.post(f"/console/applications/{one}", data=decision).status_code == 409
    assert applicant.post("/apply/withdraw").status_code == 409


@pytest.mark.parametrize(
    ("page", "entries", "sentence"),
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
        ("goods", GOODS | {"scopes": ["gold"]}, "请至少选择一个类目"),
        ("goods", GOODS | {"introduction": "短"}, "请至少填写 20 个字"),
    ],
)
def test_bad_answers_are_said_at_the_field_and_kept(
    applicant: FlaskClient, page: str, entries: dict[str, Any], sentence: str
) -> None:
    applicant.post("/apply/start")
    answer = applicant.post(f"/apply/{page}", data=entries)
    assert answer.status_code == 422
    assert sentence in answer.text
    again = applicant.get(f"/apply/{page}").text
    for value in entries.values():
        if isinstance(value, str) and len(value) > 3 and not value.isdecimal():
            assert value in again


def test_an_unfinished_application_is_not_handed_in(applicant: FlaskClient, superuser: Engine) -> None:
    applicant.post("/apply/start")
    assert applicant.get("/apply/").location == "/apply/business"
    assert applicant.post("/apply/check").status_code == 422
    applicant.post("/apply/business", data=BUSINESS | {"go": "later"})
    assert applicant.get("/apply/").location == "/apply/identity"
    assert deeds(superuser) == []


def test_an_agent_needs_the_brands_authorisation(applicant: FlaskClient) -> None:
    applicant.post("/apply/start")
    applicant.post("/apply/business", data=BUSINESS | {"kind": "agent"})
    answer = applicant.post("/apply/papers", data={"licence": licence(), "agreement": "1"}, content_type="multipart/form-data")
    assert "代理商需要品牌授权书" in answer.text


def test_proof_of_quality_is_asked_for_and_read_by_the_reviewer(applicant: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    fill_in(applicant)
    page = applicant.get("/apply/papers").text
    assert "质量或信用证明" in page
    assert "标价即成交价" in page  # promises about price and service are part of what is agreed
    assert "按承诺的时间发货" in page
    report = {"quality": licence("检测报告.png"), "agreement": "1"}
    assert applicant.post("/apply/papers", data=report, content_type="multipart/form-data").status_code == 303
    assert applicant.post("/apply/check").status_code == 303
    one = waiting_id(cast)
    assert "检测报告.png" in admin.get(f"/console/applications/{one}").text
    assert admin.get(f"/console/applications/{one}/papers/quality").status_code == 200


def test_a_paper_that_is_none_is_refused_and_the_kept_one_stays(applicant: FlaskClient) -> None:
    fill_in(applicant)
    bad = {"licence": licence("virus.exe"), "agreement": "1"}
    answer = applicant.post("/apply/papers", data=bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选择 PDF 文件" in answer.text
    assert applicant.get("/apply/papers/licence").mimetype == "image/webp"


def test_only_the_three_who_may_see_the_papers(applicant: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    hand_in(applicant)
    one = waiting_id(cast)
    assert admin.get(f"/console/applications/{one}/papers/licence").status_code == 200
    assert admin.get(f"/console/applications/{one}/papers/authorisation").status_code == 404
    other = cast.buyer.browser()
    assert other.get("/apply/papers/licence").status_code == 404
    assert other.get(f"/console/applications/{one}").status_code == 404
    assert other.get("/apply/business").status_code == 404


def test_who_may_review(applicant: FlaskClient, cast: Cast, app: Flask) -> None:
    from tenants.access.permissions import MarketRole
    from tenants.accounts.queries import account_by_id
    from tests.factories import tenants as make

    with app.app_context(), unit_of_work():
        make.market_staff(account=account_by_id(cast.other_buyer.account_id), role=MarketRole.ACCOUNTANT)
    for browser, code in ((cast.other_buyer.browser(), 403), (cast.owner.browser(), 404)):
        assert browser.get("/console/applications/").status_code == code
        assert browser.post(f"/console/applications/{cast.acme_id}", data={"decision": "approve"}).status_code == code


def test_the_applicant_cannot_approve_itself_by_raw_sql(ctx: Flask, applicant: FlaskClient, cast: Cast) -> None:
    hand_in(applicant)
    me = buying_as(buyer_id=cast.stranger.buyer_id, account_id=cast.stranger.account_id)
    with pytest.raises(Exception, match="row-level security"), unit_of_work(), me:
        db.session.execute(text("update applications set state = 'approved'"))
    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        assert db.session.execute(text("select count(*) from applications")).scalar() == 0


def test_the_queue_asks_the_same_whether_short_or_long(
    cast: Cast, admin: FlaskClient, statements: Callable[[], Any], superuser: Engine
) -> None:
    def asked() -> int:
        with statements() as said:
            assert admin.get("/console/applications/").status_code == 200
        return len(said)

    hand_in(cast.stranger.browser())
    short = asked()
    for person in (cast.buyer, cast.other_buyer, cast.clerk):
        hand_in(person.browser(), slug=f"shop-{person.login.replace('_', '-')}")
    assert asked() == short


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
def test_credit_codes_are_checked_sign_by_sign(code: str, fits: bool) -> None:
    assert is_credit_code(code) is fits


def test_no_step_without_its_rules(ctx: Flask) -> None:
    for step in Step:
        assert bool(rules.complaints(step, {}, year=2026)) is (step is not Step.CHECK)


def test_pages_speak_english(applicant: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    hand_in(applicant)
    one = waiting_id(cast)
    applicant.get("/apply/")
    for browser, path in ((applicant, "/apply/"), (admin, "/console/applications/"), (admin, f"/console/applications/{one}")):
        browser.set_cookie("lang", "en", domain="localhost")
        page = browser.get(path).text
        assert re.search(r"Jinlan Prints|We are reading", page)
        assert "申请" not in page
