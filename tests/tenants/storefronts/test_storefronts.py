"""A shop per merchant, by path and by subdomain, arranged at the desk; the directory beside the goods (SF1, SF2, SF5)."""

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

from marketplace.kernel import clock, colours, memo
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.events import Event
from tenants.accounts.models import Audience
from tenants.merchants import scopes
from tenants.merchants import services as merchants
from tenants.merchants.models import MerchantKind, MerchantScope, Ownership
from tenants.merchants.records import Legal, Public
from tenants.scope import Purpose, acting_for, working_on
from tenants.storefronts import rules, seams
from tenants.storefronts.events import StorefrontChanged
from tests.cast import Cast
from tests.factories import tenants as make

SHOP = {
    "accent": "#1f4e8c",
    "announcement_zh_Hans": "秋冬新花型已上架",
    "announcement_en": "New designs are in",
    "introduction_zh_Hans": "专做印花十八年。\n\n花稿可改色。",
    "introduction_en": "Eighteen years of printing.",
    "phone": "0575-85556666",
    "wechat": "xinglong",
}


@pytest.fixture
def desk(cast: Cast) -> FlaskClient:
    return cast.owner.browser(Audience.DESK)


def picture(size: tuple[int, int] = (400, 400)) -> tuple[io.BytesIO, str]:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#a0453a").save(buffer, "PNG")
    buffer.seek(0)
    return buffer, "logo.png"


def arrange(desk: FlaskClient, **entries: Any) -> Any:
    return desk.post("/desk/acme/shop/", data=SHOP | entries, content_type="multipart/form-data")


def test_a_shop_is_arranged_and_shown(desk: FlaskClient, client: FlaskClient, announced: list[Event]) -> None:
    assert arrange(desk, logo=picture(), banner=picture((1600, 320))).status_code == 303
    assert any(isinstance(fact, StorefrontChanged) for fact in announced)
    page = client.get("/s/acme/").text
    for shown in ("兴隆布行", "秋冬新花型已上架", "<p>专做印花十八年。</p>", "<p>花稿可改色。</p>", "/media/", "市场已审核"):
        assert shown in page
    about = client.get("/s/acme/about").text
    for shown in ("0575-85556666", "xinglong", "厂家", "浙江省绍兴市柯桥区"):
        assert shown in about
    client.set_cookie("lang", "en", domain="localhost")
    page = client.get("/s/acme/").text
    for shown in ("Acme Textiles", "New designs are in", "Eighteen years of printing."):
        assert shown in page
    form = desk.get("/desk/acme/shop/").text
    assert "专做印花十八年。\n\n花稿可改色。" in form


def test_the_same_shop_has_an_address_of_its_own(client: FlaskClient, desk: FlaskClient) -> None:
    arrange(desk)
    page = client.get("/", base_url="http://acme.localhost")
    assert page.status_code == 200
    assert "兴隆布行" in page.text
    assert 'href="/theme.css"' in page.text, "a browser stays in the shop it came to"
    assert client.get("/theme.css", base_url="http://acme.localhost").mimetype == "text/css"
    assert client.get("/static/css/jishi.css", base_url="http://acme.localhost").status_code == 200
    assert client.get("/", base_url="http://nobody.localhost").status_code == 404


def test_the_colour_is_the_shops_own_and_readable(desk: FlaskClient, client: FlaskClient) -> None:
    arrange(desk)
    assert "--accent: light-dark(#1f4e8c" in client.get("/s/acme/theme.css").text
    answer = arrange(desk, accent="#ffe08a")
    assert answer.status_code == 422
    nearest = rules.suggestion("#ffe08a")
    assert nearest in answer.text
    assert "不易辨认" in answer.text
    assert colours.contrast(nearest, "#ffffff") >= 4.5
    assert arrange(desk, accent=nearest).status_code == 303
    assert "请选择颜色" in arrange(desk, accent="red; } body { display: none").text


@pytest.mark.parametrize("accent", ["#000000", "#24427f", "#7a2730", "#767676"])
def test_suggestions_are_accepted(ctx: Flask, accent: str) -> None:
    assert rules.accent_complaint(rules.suggestion(accent)) is None


def test_words_cannot_carry_scripts(desk: FlaskClient, client: FlaskClient) -> None:
    evil = '<p onclick="x()">你好<script>alert(1)</script><a href="javascript:x()" hx-get="/x">链接</a></p>'
    arrange(desk, introduction_zh_Hans=evil, announcement_zh_Hans="<img src=x onerror=x()>")
    page = client.get("/s/acme/").text
    assert "<p>你好" in page
    for poison in ("alert(1)", "javascript:", "onclick", 'hx-get="/x"', "<img src=x"):
        assert poison not in page


def test_a_preview_saves_nothing(desk: FlaskClient, client: FlaskClient) -> None:
    arrange(desk)
    page = arrange(desk, go="preview", announcement_zh_Hans="试一试", accent="#7a2730")
    assert page.status_code == 200
    assert "试一试" in page.text
    assert "preview.css?accent=7a2730" in page.text
    assert ".shop-preview" in desk.get("/desk/acme/shop/preview.css?accent=7a2730").text
    assert desk.get("/desk/acme/shop/preview.css?accent=red}").status_code == 404
    assert "试一试" not in client.get("/s/acme/").text


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"phone": "12"}, "这不是电话号码"),
        ({"email": "x"}, "这不是邮箱地址"),
        ({"announcement_zh_Hans": "长" * 201}, "最多 200 个字"),
    ],
)
def test_bad_entries_are_said_and_the_rest_is_kept(desk: FlaskClient, entries: dict[str, str], sentence: str) -> None:
    answer = arrange(desk, **entries)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "New designs are in" in answer.text


def test_what_becomes_of_a_chosen_file_is_said_when_the_form_comes_back(desk: FlaskClient, superuser: Engine) -> None:
    kept = text("select count(*) from storefronts where logo is not null")
    shown = arrange(desk, go="preview", logo=picture()).text
    assert "该文件没有保留，保存前请重新选择。" in shown
    with superuser.connect() as connection:
        assert connection.execute(kept).scalar() == 0
    answer = arrange(desk, logo=picture(), email="x")
    assert answer.status_code == 422
    assert "店标已保存。下方标出的内容尚未保存。" in answer.text
    assert "这不是邮箱地址" in answer.text
    with superuser.connect() as connection:
        assert connection.execute(kept).scalar() == 1
    assert "已保存。下方" not in arrange(desk, logo=(io.BytesIO(b"<svg/>"), "logo.svg")).text


def test_a_bad_picture_is_refused_and_the_old_one_stays(desk: FlaskClient, superuser: Engine) -> None:
    arrange(desk, logo=picture())
    answer = arrange(desk, logo=(io.BytesIO(b"<svg/>"), "logo.svg"))
    assert "请选择 JPEG、PNG 或 WebP" in answer.text
    kept = text("select logo is not null from storefronts")
    with superuser.connect() as connection:
        assert connection.execute(kept).scalar() is True
    arrange(desk, remove_logo="1")
    with superuser.connect() as connection:
        assert connection.execute(kept).scalar() is False


def test_who_may_arrange(cast: Cast) -> None:
    assert cast.clerk.browser().get("/desk/acme/shop/").status_code == 403
    assert cast.clerk.browser().post("/desk/acme/shop/", data=SHOP).status_code == 403
    assert cast.rival_owner.browser().get("/desk/acme/shop/").status_code == 404
    assert cast.rival_owner.browser().post("/desk/acme/shop/", data=SHOP).status_code == 404


def test_a_rival_cannot_repaint_by_raw_sql(ctx: Flask, cast: Cast, desk: FlaskClient) -> None:
    arrange(desk)
    with unit_of_work(), acting_for(cast.rival_id):
        changed = db.session.execute(text("update storefronts set accent = '#000000'"))
        assert changed.rowcount == 0  # type: ignore[attr-defined]


def test_holidays_are_announced_and_suspended_shops_closed(
    app: Flask, cast: Cast, desk: FlaskClient, client: FlaskClient
) -> None:
    today = clock.now()
    days = {"from": f"{today:%Y-%m-%d}", "until": f"{today + timedelta(days=7):%Y-%m-%d}"}
    assert desk.post("/desk/acme/shop/away", data={"from": days["until"], "until": days["from"]}).status_code == 422
    assert desk.post("/desk/acme/shop/away", data={}).status_code == 422
    gone = {"from": f"{today - timedelta(days=9):%Y-%m-%d}", "until": f"{today - timedelta(days=2):%Y-%m-%d}"}
    over = desk.post("/desk/acme/shop/away", data=gone)
    assert over.status_code == 422
    assert "这段休假已经过去" in over.text
    assert gone["from"] in over.text
    assert desk.post("/desk/acme/shop/away", data=days).status_code == 303
    with clock.shifted(timedelta(days=1)):
        assert "休假至" in client.get("/s/acme/").text
    assert desk.post("/desk/acme/shop/away", data={"go": "back"}).status_code == 303
    assert "休假至" not in client.get("/s/acme/").text
    with app.app_context(), unit_of_work(), working_on(Purpose.CONSOLE):
        merchants.suspend(merchant_id=cast.acme_id, reason="核查")
    for address in ("/s/acme/", "/s/acme/about", "/s/acme/goods"):
        shut = client.get(address)
        assert shut.status_code == 404
        assert "该店铺目前没有营业。" in shut.text
        assert "网址不对" not in shut.text
    assert "网址不对" in client.get("/s/no-such-shop/").text
    assert "兴隆布行" not in client.get("/merchants/").text


def test_features_hang_their_things_into_a_shop(cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "_sections", {})
    assert "店铺正在布置" in client.get("/s/acme/").text
    seams.register_section(
        seams.Section(name="goods", label="本店好货", endpoint="storefront.about", front=lambda _id: Markup("<h2>热卖</h2>"))
    )
    page = client.get("/s/acme/").text
    assert "<h2>热卖</h2>" in page
    assert "本店好货" in page
    assert "店铺正在布置" not in page


def test_every_admitted_merchant_has_a_shop_at_once(app: Flask, client: FlaskClient) -> None:
    public = Public(
        slug="newcomer",
        name={"zh_Hans": "新来的"},
        kind=MerchantKind.TRADER,
        ownership=Ownership.SOLE,
        introduction="刚刚入驻。",
    )
    words = {"company_name": "新来布行", "credit_code": "91330621MA2BCDEF3F", "legal_person": "王", "address": "柯桥"}
    legal = Legal(**words, region_code="330603", contact_name="王", contact_phone="13800138000", contact_email="w@example.com")
    with app.app_context(), unit_of_work(), working_on(Purpose.ADMISSION):
        merchants.admit(public=public, legal=legal, scopes=["cotton"])
    assert "刚刚入驻。" in client.get("/s/newcomer/").text


@pytest.mark.usefixtures("categories")
def test_the_directory_is_narrowed(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        trader = make.merchant(
            owner=make.account(), slug="danzhai", name="丹寨蜡染", kind=MerchantKind.TRADER, ownership=Ownership.SOLE,
            region_code="522636",
        )  # fmt: skip
        with working_on(Purpose.ADMISSION):
            db.session.add(MerchantScope(merchant_id=trader.id, code="silk"))
            db.session.flush()

    def shown(query: str) -> set[str]:
        page = client.get(f"/merchants/?{query}").text
        return {name for name in ("兴隆布行", "南通百织", "丹寨蜡染") if f">{name}</a>" in page}

    everybody = {"兴隆布行", "南通百织", "丹寨蜡染"}
    assert shown("") == everybody
    assert shown("kind=trader") == {"丹寨蜡染"}
    assert shown("kind=trader&kind=manufacturer") == everybody
    assert shown("ownership=sole") == {"丹寨蜡染"}
    assert shown("province=52") == {"丹寨蜡染"}
    assert shown("scope=silk") == {"丹寨蜡染"}
    assert shown("scope=silk&kind=manufacturer") == set()
    assert shown("q=百织") == {"南通百织"}
    assert shown("q=%25") == everybody
    assert shown("kind=nonsense") == set()
    assert "没有符合条件的商户" in client.get("/merchants/?kind=nonsense").text


def test_a_zone_shows_who_trades_in_it_in_a_part_of_it_or_in_what_is_around_it(
    app: Flask, cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = [
        ("cotton", {"zh_Hans": "棉布"}, ("cotton",)),
        ("dyed", {"zh_Hans": "棉布 / 染色"}, ("cotton", "dyed")),
        ("corduroy", {"zh_Hans": "棉布 / 染色 / 灯芯绒"}, ("cotton", "dyed", "corduroy")),
        ("silk", {"zh_Hans": "丝绸"}, ("silk",)),
    ]
    monkeypatch.setattr(scopes, "_sources", [lambda: tree])
    held = {"甲行": "cotton", "乙行": "corduroy", "丙行": "silk"}
    with app.app_context(), unit_of_work():
        for number, (name, code) in enumerate(held.items()):
            merchant = make.merchant(owner=make.account(), slug=f"zone-{number}", name=name)
            with working_on(Purpose.ADMISSION):
                db.session.add(MerchantScope(merchant_id=merchant.id, code=code))
                db.session.flush()

    def shown(code: str) -> tuple[set[str], str]:
        page = client.get(f"/merchants/?scope={code}").text
        counted = re.search(rf'value="{code}" checked><span>[^<]+</span><span class="n">(\d+)<', page)
        return {name for name in held if f">{name}</a>" in page}, counted[1] if counted else ""

    assert shown("cotton") == ({"甲行", "乙行"}, "2")
    assert shown("dyed") == ({"甲行", "乙行"}, "2")
    assert shown("corduroy") == ({"甲行", "乙行"}, "2")
    assert shown("silk") == ({"丙行"}, "1")


def test_how_many_people_work_there_is_said_and_narrows(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        make.merchant(owner=make.account(), slug="big-mill", name="大织厂", staff_size="201-500")
    page = client.get("/merchants/?size=201-500").text
    assert ">大织厂</a>" in page
    assert "兴隆布行" not in page
    assert "201–500 人" in client.get("/s/big-mill/").text


def test_the_second_of_two_tabs_is_told_what_the_first_wrote(app: Flask, cast: Cast) -> None:
    desk = cast.owner.browser()

    def version() -> str:
        return re.search(r'name="version" value="(\d*)"', desk.get("/desk/acme/shop/").text)[1]  # type: ignore[index]

    form = {"accent": "#24427f", "announcement_zh_Hans": "第一版", "phone": "0571-86001234"}
    assert desk.post("/desk/acme/shop/", data=form).status_code == 303
    seen = version()
    first = form | {"version": seen, "announcement_zh_Hans": "同事写的"}
    assert desk.post("/desk/acme/shop/", data=first).status_code == 303
    second = form | {"version": seen, "announcement_zh_Hans": "我写的"}
    assert desk.post("/desk/acme/shop/", data=second | {"go": "preview"}).status_code == 200
    refused = desk.post("/desk/acme/shop/", data=second)
    assert refused.status_code == 409
    assert "我写的" in refused.text
    assert "当前内容：同事写的" in refused.text
    assert "同事写的" in desk.get("/s/acme/").text
    again = re.search(r'name="version" value="(\d+)"', refused.text)
    assert again
    assert desk.post("/desk/acme/shop/", data=second | {"version": again[1]}).status_code == 303
    assert "我写的" in desk.get("/s/acme/").text


def test_the_directory_asks_the_same_for_few_and_many(
    app: Flask, cast: Cast, client: FlaskClient, statements: Callable[[], Any]
) -> None:
    def asked(path: str) -> int:
        memo.forget_all()
        with statements() as said:
            assert client.get(path).status_code == 200
        return len(said)

    asked("/merchants/")
    few = asked("/merchants/")
    with app.app_context(), unit_of_work():
        for n in range(20):
            make.merchant(owner=make.account(), slug=f"more-{n}", name=f"更多{n}")
    assert asked("/merchants/") == few
    assert asked("/s/acme/") <= 6
