"""Tests of merchant shops by path and by subdomain, their settings at the desk, and the merchant directory (SF1, SF2, SF5)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from PIL import Image
from sqlalchemy import Engine, text

from marketplace.kernel import cache, clock, colors
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import Event
from tenants.accounts.models import Realm
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.merchant_shops import extensions, forms
from tenants.merchant_shops.events import MerchantShopChanged
from tenants.merchants import business_scopes
from tenants.merchants import services as merchants
from tenants.merchants.models import MerchantKind, MerchantScope, Ownership
from tenants.merchants.profile_form import LegalIdentity, PublicProfile
from tests.actors import Actors
from tests.factories import tenant_factory

SHOP_FORM = {
    "accent": "#1f4e8c",
    "announcement_zh_Hans": "秋冬新花型已上架",
    "announcement_en": "New designs are in",
    "introduction_zh_Hans": "专做印花十八年。\n\n花稿可改色。",
    "introduction_en": "Eighteen years of printing.",
    "phone": "0575-85556666",
    "wechat": "xinglong",
}


@pytest.fixture
def desk(actors: Actors) -> FlaskClient:
    return actors.owner.client(Realm.DESK)


def image_upload(size: tuple[int, int] = (400, 400)) -> tuple[io.BytesIO, str]:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#a0453a").save(buffer, "PNG")
    buffer.seek(0)
    return buffer, "logo.png"


def submit_shop_form(desk: FlaskClient, **entries: Any) -> Any:
    return desk.post("/desk/acme/shop/", data=SHOP_FORM | entries, content_type="multipart/form-data")


def test_update_shop_is_visible_to_buyers(desk: FlaskClient, client: FlaskClient, published_events: list[Event]) -> None:
    assert submit_shop_form(desk, logo=image_upload(), banner=image_upload((1600, 320))).status_code == 303
    assert any(isinstance(event, MerchantShopChanged) for event in published_events)
    page = client.get("/s/acme/").text
    for expected in ("兴隆布行", "秋冬新花型已上架", "<p>专做印花十八年。</p>", "<p>花稿可改色。</p>", "/media/", "市场已审核"):
        assert expected in page
    about = client.get("/s/acme/about").text
    for expected in ("0575-85556666", "xinglong", "厂家", "浙江省绍兴市柯桥区"):
        assert expected in about
    client.set_cookie("lang", "en", domain="localhost")
    page = client.get("/s/acme/").text
    for expected in ("Acme Textiles", "New designs are in", "Eighteen years of printing."):
        assert expected in page
    form = desk.get("/desk/acme/shop/").text
    assert "专做印花十八年。\n\n花稿可改色。" in form


def test_shop_is_served_by_subdomain(client: FlaskClient, desk: FlaskClient) -> None:
    submit_shop_form(desk)
    page = client.get("/", base_url="http://acme.localhost")
    assert page.status_code == 200
    assert "兴隆布行" in page.text
    assert 'href="/theme.css"' in page.text, "links stay on the subdomain"
    assert client.get("/theme.css", base_url="http://acme.localhost").mimetype == "text/css"
    assert client.get("/static/css/jishi.css", base_url="http://acme.localhost").status_code == 200
    assert client.get("/", base_url="http://nobody.localhost").status_code == 404


def test_accent_must_have_readable_contrast(desk: FlaskClient, client: FlaskClient) -> None:
    submit_shop_form(desk)
    assert "--accent: light-dark(#1f4e8c" in client.get("/s/acme/theme.css").text
    response = submit_shop_form(desk, accent="#ffe08a")
    assert response.status_code == 422
    nearest = forms.suggest_accent("#ffe08a")
    assert nearest in response.text
    assert "不易辨认" in response.text
    assert colors.contrast_ratio(nearest, "#ffffff") >= 4.5
    assert submit_shop_form(desk, accent=nearest).status_code == 303
    assert "请选择颜色" in submit_shop_form(desk, accent="red; } body { display: none").text


@pytest.mark.parametrize("accent", ["#000000", "#24427f", "#7a2730", "#767676"])
def test_suggest_accent_is_valid(ctx: Flask, accent: str) -> None:
    assert forms.validate_accent(forms.suggest_accent(accent)) is None


def test_shop_texts_are_sanitized(desk: FlaskClient, client: FlaskClient) -> None:
    malicious_html = '<p onclick="x()">你好<script>alert(1)</script><a href="javascript:x()" hx-get="/x">链接</a></p>'
    submit_shop_form(desk, introduction_zh_Hans=malicious_html, announcement_zh_Hans="<img src=x onerror=x()>")
    page = client.get("/s/acme/").text
    assert "<p>你好" in page
    for fragment in ("alert(1)", "javascript:", "onclick", 'hx-get="/x"', "<img src=x"):
        assert fragment not in page


def test_preview_does_not_save(desk: FlaskClient, client: FlaskClient) -> None:
    submit_shop_form(desk)
    page = submit_shop_form(desk, go="preview", announcement_zh_Hans="试一试", accent="#7a2730")
    assert page.status_code == 200
    assert "试一试" in page.text
    assert "preview.css?accent=7a2730" in page.text
    assert ".shop-preview" in desk.get("/desk/acme/shop/preview.css?accent=7a2730").text
    assert desk.get("/desk/acme/shop/preview.css?accent=red}").status_code == 404
    assert "试一试" not in client.get("/s/acme/").text


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"phone": "12"}, "这不是电话号码"),
        ({"email": "x"}, "这不是邮箱地址"),
        ({"announcement_zh_Hans": "长" * 201}, "最多 200 个字"),
    ],
)
def test_update_shop_invalid_input_shows_errors(desk: FlaskClient, entries: dict[str, str], message: str) -> None:
    response = submit_shop_form(desk, **entries)
    assert response.status_code == 422
    assert message in response.text
    assert "New designs are in" in response.text


def test_update_shop_reports_saved_and_unsaved_files(desk: FlaskClient, superuser: Engine) -> None:
    count_stmt = text("select count(*) from merchant_shops where logo is not null")
    preview_text = submit_shop_form(desk, go="preview", logo=image_upload()).text
    assert "该文件没有保留，保存前请重新选择。" in preview_text
    with superuser.connect() as connection:
        assert connection.execute(count_stmt).scalar() == 0
    response = submit_shop_form(desk, logo=image_upload(), email="x")
    assert response.status_code == 422
    assert "店标已保存。下方标出的内容尚未保存。" in response.text
    assert "这不是邮箱地址" in response.text
    with superuser.connect() as connection:
        assert connection.execute(count_stmt).scalar() == 1
    assert "已保存。下方" not in submit_shop_form(desk, logo=(io.BytesIO(b"<svg/>"), "logo.svg")).text


def test_invalid_image_is_rejected_and_stored_one_remains(desk: FlaskClient, superuser: Engine) -> None:
    submit_shop_form(desk, logo=image_upload())
    response = submit_shop_form(desk, logo=(io.BytesIO(b"<svg/>"), "logo.svg"))
    assert "请选择 JPEG、PNG 或 WebP" in response.text
    has_logo_stmt = text("select logo is not null from merchant_shops")
    with superuser.connect() as connection:
        assert connection.execute(has_logo_stmt).scalar() is True
    submit_shop_form(desk, remove_logo="1")
    with superuser.connect() as connection:
        assert connection.execute(has_logo_stmt).scalar() is False


def test_shop_form_permissions(actors: Actors) -> None:
    assert actors.clerk.client().get("/desk/acme/shop/").status_code == 403
    assert actors.clerk.client().post("/desk/acme/shop/", data=SHOP_FORM).status_code == 403
    assert actors.rival_owner.client().get("/desk/acme/shop/").status_code == 404
    assert actors.rival_owner.client().post("/desk/acme/shop/", data=SHOP_FORM).status_code == 404


def test_row_security_prevents_update_of_other_shop(ctx: Flask, actors: Actors, desk: FlaskClient) -> None:
    submit_shop_form(desk)
    with unit_of_work(), as_merchant(actors.rival_id):
        changed = db.session.execute(text("update merchant_shops set accent = '#000000'"))
        assert changed.rowcount == 0  # type: ignore[attr-defined]


def test_absence_notice_and_suspended_shop_returns_404(
    app: Flask, actors: Actors, desk: FlaskClient, client: FlaskClient
) -> None:
    today = clock.now()
    days = {"from": f"{today:%Y-%m-%d}", "until": f"{today + timedelta(days=7):%Y-%m-%d}"}
    assert desk.post("/desk/acme/shop/away", data={"from": days["until"], "until": days["from"]}).status_code == 422
    assert desk.post("/desk/acme/shop/away", data={}).status_code == 422
    past_days = {"from": f"{today - timedelta(days=9):%Y-%m-%d}", "until": f"{today - timedelta(days=2):%Y-%m-%d}"}
    past_response = desk.post("/desk/acme/shop/away", data=past_days)
    assert past_response.status_code == 422
    assert "这段休假已经过去" in past_response.text
    assert past_days["from"] in past_response.text
    assert desk.post("/desk/acme/shop/away", data=days).status_code == 303
    with clock.shift_time(timedelta(days=1)):
        assert "休假至" in client.get("/s/acme/").text
    assert desk.post("/desk/acme/shop/away", data={"go": "back"}).status_code == 303
    assert "休假至" not in client.get("/s/acme/").text
    with app.app_context(), unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        merchants.suspend_merchant(merchant_id=actors.acme_id, reason="核查")
    for path in ("/s/acme/", "/s/acme/about", "/s/acme/goods"):
        closed_response = client.get(path)
        assert closed_response.status_code == 404
        assert "该店铺目前没有营业。" in closed_response.text
        assert "网址不对" not in closed_response.text
    assert "网址不对" in client.get("/s/no-such-shop/").text
    assert "兴隆布行" not in client.get("/merchants/").text


def test_register_section_adds_tab_and_front_section(
    actors: Actors, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "_sections", {})
    assert "店铺正在布置" in client.get("/s/acme/").text
    extensions.register_section(
        extensions.MerchantShopSection(
            name="goods", label="本店好货", endpoint="merchant_shops.about", render_front=lambda _id: Markup("<h2>热卖</h2>")
        )
    )
    page = client.get("/s/acme/").text
    assert "<h2>热卖</h2>" in page
    assert "本店好货" in page
    assert "店铺正在布置" not in page


def test_admit_creates_shop(app: Flask, client: FlaskClient) -> None:
    public = PublicProfile(
        slug="newcomer",
        name={"zh_Hans": "新来的"},
        kind=MerchantKind.TRADER,
        ownership=Ownership.SOLE,
        introduction="刚刚入驻。",
    )
    legal_fields = {"company_name": "新来布行", "credit_code": "91330621MA2BCDEF3F", "legal_person": "王", "address": "柯桥"}
    legal = LegalIdentity(
        **legal_fields, region_code="330603", contact_name="王", contact_phone="13800138000", contact_email="w@example.com"
    )
    with app.app_context(), unit_of_work(), with_purpose(AccessPurpose.ADMISSION):
        merchants.admit_merchant(public=public, legal=legal, scopes=["cotton"])
    assert "刚刚入驻。" in client.get("/s/newcomer/").text


@pytest.mark.usefixtures("categories")
def test_directory_filters(app: Flask, actors: Actors, client: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        trader = tenant_factory.create_merchant(
            owner=tenant_factory.create_account(),
            slug="danzhai",
            name="丹寨蜡染",
            kind=MerchantKind.TRADER,
            ownership=Ownership.SOLE,
            region_code="522636",
        )
        with with_purpose(AccessPurpose.ADMISSION):
            db.session.add(MerchantScope(merchant_id=trader.id, code="silk"))
            db.session.flush()

    def listed_names(query: str) -> set[str]:
        page = client.get(f"/merchants/?{query}").text
        return {name for name in ("兴隆布行", "南通百织", "丹寨蜡染") if f">{name}</a>" in page}

    all_names = {"兴隆布行", "南通百织", "丹寨蜡染"}
    assert listed_names("") == all_names
    assert listed_names("kind=trader") == {"丹寨蜡染"}
    assert listed_names("kind=trader&kind=manufacturer") == all_names
    assert listed_names("ownership=sole") == {"丹寨蜡染"}
    assert listed_names("province=52") == {"丹寨蜡染"}
    assert listed_names("scope=silk") == {"丹寨蜡染"}
    assert listed_names("scope=silk&kind=manufacturer") == set()
    assert listed_names("q=百织") == {"南通百织"}
    assert listed_names("q=%25") == all_names
    assert listed_names("kind=nonsense") == set()
    assert "没有符合条件的商户" in client.get("/merchants/?kind=nonsense").text


def test_directory_scope_filter_includes_ancestors_and_descendants(
    app: Flask, actors: Actors, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = [
        ("cotton", {"zh_Hans": "棉布"}, ("cotton",)),
        ("dyed", {"zh_Hans": "棉布 / 染色"}, ("cotton", "dyed")),
        ("corduroy", {"zh_Hans": "棉布 / 染色 / 灯芯绒"}, ("cotton", "dyed", "corduroy")),
        ("silk", {"zh_Hans": "丝绸"}, ("silk",)),
    ]
    monkeypatch.setattr(business_scopes, "_sources", [lambda: tree])
    code_by_merchant = {"甲行": "cotton", "乙行": "corduroy", "丙行": "silk"}
    with app.app_context(), unit_of_work():
        for number, (name, code) in enumerate(code_by_merchant.items()):
            merchant = tenant_factory.create_merchant(owner=tenant_factory.create_account(), slug=f"zone-{number}", name=name)
            with with_purpose(AccessPurpose.ADMISSION):
                db.session.add(MerchantScope(merchant_id=merchant.id, code=code))
                db.session.flush()

    def listed_names(code: str) -> tuple[set[str], str]:
        page = client.get(f"/merchants/?scope={code}").text
        match = re.search(rf'value="{code}" checked><span>[^<]+</span><span class="n">(\d+)<', page)
        return {name for name in code_by_merchant if f">{name}</a>" in page}, match[1] if match else ""

    assert listed_names("cotton") == ({"甲行", "乙行"}, "2")
    assert listed_names("dyed") == ({"甲行", "乙行"}, "2")
    assert listed_names("corduroy") == ({"甲行", "乙行"}, "2")
    assert listed_names("silk") == ({"丙行"}, "1")


def test_directory_staff_size_filter(app: Flask, actors: Actors, client: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        tenant_factory.create_merchant(
            owner=tenant_factory.create_account(), slug="big-mill", name="大织厂", staff_size="201-500"
        )
    page = client.get("/merchants/?size=201-500").text
    assert ">大织厂</a>" in page
    assert "兴隆布行" not in page
    assert "201–500 人" in client.get("/s/big-mill/").text


def test_update_shop_stale_version_returns_conflict(app: Flask, actors: Actors) -> None:
    desk = actors.owner.client()

    def read_version() -> str:
        return re.search(r'name="version" value="(\d*)"', desk.get("/desk/acme/shop/").text)[1]  # type: ignore[index]

    form = {"accent": "#24427f", "announcement_zh_Hans": "第一版", "phone": "0571-86001234"}
    assert desk.post("/desk/acme/shop/", data=form).status_code == 303
    version = read_version()
    first = form | {"version": version, "announcement_zh_Hans": "同事写的"}
    assert desk.post("/desk/acme/shop/", data=first).status_code == 303
    second = form | {"version": version, "announcement_zh_Hans": "我写的"}
    assert desk.post("/desk/acme/shop/", data=second | {"go": "preview"}).status_code == 200
    conflict_response = desk.post("/desk/acme/shop/", data=second)
    assert conflict_response.status_code == 409
    assert "我写的" in conflict_response.text
    assert "当前内容：同事写的" in conflict_response.text
    assert "同事写的" in desk.get("/s/acme/").text
    version_match = re.search(r'name="version" value="(\d+)"', conflict_response.text)
    assert version_match
    assert desk.post("/desk/acme/shop/", data=second | {"version": version_match[1]}).status_code == 303
    assert "我写的" in desk.get("/s/acme/").text


def test_directory_query_count_is_constant(
    app: Flask, actors: Actors, client: FlaskClient, record_statements: Callable[[], Any]
) -> None:
    def count_statements(path: str) -> int:
        cache.clear_all()
        with record_statements() as recorded:
            assert client.get(path).status_code == 200
        return len(recorded)

    count_statements("/merchants/")
    expected = count_statements("/merchants/")
    with app.app_context(), unit_of_work():
        for n in range(20):
            tenant_factory.create_merchant(owner=tenant_factory.create_account(), slug=f"more-{n}", name=f"更多{n}")
    assert count_statements("/merchants/") == expected
    assert count_statements("/s/acme/") <= 6
