"""The address book: the buyer's own, one usual address, sentences at the fields (ME1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Invalid
from marketplace.orders.rules import digits
from tenants.accounts.models import Audience
from tenants.accounts.rules import phone_complaint, phone_of
from tenants.addresses import queries, services
from tenants.addresses.rules import MOST, Entries
from tenants.scope import buying_as
from tests.cast import Cast

HERE = {
    "name": "王丽",
    "phone": "13800138000",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "street": "轻纺城大道 1 号",
    "postcode": "312030",
}


@pytest.fixture
def buyer(cast: Cast) -> FlaskClient:
    return cast.buyer.browser(Audience.SHOP)


def ids(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/account/addresses/([0-9a-f-]{36})\b", page)))


def test_an_address_is_saved_shown_changed_and_removed(buyer: FlaskClient) -> None:
    assert "新增地址" in buyer.get("/account/addresses/").text
    assert buyer.post("/account/addresses/new", data=HERE).location == "/account/addresses/"
    page = buyer.get("/account/addresses/").text
    assert "浙江省绍兴市柯桥区轻纺城大道 1 号" in page
    (one,) = ids(page)
    form = buyer.get(f"/account/addresses/{one}").text
    assert '<option value="330603" selected>柯桥区</option>' in form
    buyer.post(f"/account/addresses/{one}", data=HERE | {"name": "李明"})
    assert "李明" in buyer.get("/account/addresses/").text
    buyer.post(f"/account/addresses/{one}/remove")
    assert ids(buyer.get("/account/addresses/").text) == []


def test_the_menu_says_where_one_is(buyer: FlaskClient) -> None:
    for address, here in (("addresses/", "收货地址"), ("addresses/new", "收货地址"), ("password", "密码")):
        menu = buyer.get(f"/account/{address}").text.partition('class="panel in-menu"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="page".*?</svg>([^<]*)', menu, re.DOTALL) == [here]


def test_one_is_the_usual_one(ctx: Flask, cast: Cast, buyer: FlaskClient) -> None:
    for name in ("甲先生", "乙先生", "丙先生"):
        buyer.post("/account/addresses/new", data=HERE | {"name": name, "usual": "1" if name == "丙先生" else ""})

    def book() -> list[tuple[str, bool]]:
        with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
            return [(one.name, one.usual) for one in queries.listed()]

    assert book() == [("丙先生", True), ("乙先生", False), ("甲先生", False)]
    last = ids(buyer.get("/account/addresses/").text)[-1]
    buyer.post(f"/account/addresses/{last}/usual")
    assert book() == [("甲先生", True), ("丙先生", False), ("乙先生", False)]
    buyer.post(f"/account/addresses/{last}/remove")
    assert book() == [("丙先生", True), ("乙先生", False)]


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"name": ""}, "请填写收货人"),
        ({"phone": ""}, "请填写电话"),
        ({"phone": "123"}, "这不是电话号码"),
        ({"region_district": ""}, "请选择省、市、区"),
        ({"region_province": "99", "region_city": "", "region_district": ""}, "请选择省、市、区"),
        ({"street": "x"}, "请填写街道和门牌号"),
        ({"postcode": "31203"}, "邮政编码为六位数字"),
    ],
)
def test_bad_entries_are_said_and_kept(buyer: FlaskClient, entries: dict[str, str], sentence: str) -> None:
    answer = buyer.post("/account/addresses/new", data=HERE | {"street": "海棠路 9 号"} | entries)
    assert answer.status_code == 422
    assert sentence in answer.text
    if "street" not in entries:
        assert "海棠路 9 号" in answer.text


def test_strangers_never_learn_of_an_address(cast: Cast, buyer: FlaskClient) -> None:
    buyer.post("/account/addresses/new", data=HERE)
    (one,) = ids(buyer.get("/account/addresses/").text)
    other = cast.other_buyer.browser(Audience.SHOP)
    for answer in (
        other.get(f"/account/addresses/{one}"),
        other.post(f"/account/addresses/{one}", data=HERE),
        other.post(f"/account/addresses/{one}/usual"),
        other.post(f"/account/addresses/{one}/remove"),
    ):
        assert answer.status_code == 404
    assert ids(other.get("/account/addresses/").text) == []
    assert ids(buyer.get("/account/addresses/").text) == [one]


def test_the_wall_holds_without_our_own_scoping(ctx: Flask, cast: Cast, buyer: FlaskClient) -> None:
    buyer.post("/account/addresses/new", data=HERE)
    steal = text("update addresses set name = 'x'")
    with unit_of_work(), buying_as(buyer_id=cast.other_buyer.buyer_id, account_id=cast.other_buyer.account_id):
        assert db.session.execute(text("select count(*) from addresses")).scalar() == 0
        assert db.session.execute(steal).rowcount == 0  # type: ignore[attr-defined]


def test_a_full_book_says_so_and_asks_no_more_than_a_short_one(
    ctx: Flask, cast: Cast, buyer: FlaskClient, statements: Callable[[], Any]
) -> None:
    def asked() -> int:
        with statements() as said:
            buyer.get("/account/addresses/")
        return len(said)

    buyer.post("/account/addresses/new", data=HERE)
    asked()
    short = asked()
    entries = Entries(name="王丽", phone="13800138000", region_code="330603", street="轻纺城大道 1 号")
    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        for _ in range(MOST - 1):
            services.add(buyer_id=cast.buyer.buyer_id, entries=entries)
    assert asked() == short
    page = buyer.get("/account/addresses/").text
    assert "地址簿已满" in page
    assert 'href="/account/addresses/new"' not in page
    assert "地址簿已满" in buyer.post("/account/addresses/new", data=HERE).text


def test_one_goes_back_to_where_one_came_from(buyer: FlaskClient) -> None:
    assert 'value="/cart"' in buyer.get("/account/addresses/new?back=/cart").text
    assert buyer.post("/account/addresses/new", data=HERE | {"back": "/cart"}).location == "/cart"
    assert buyer.post("/account/addresses/new", data=HERE | {"back": "//evil.example"}).location == "/account/addresses/"


def test_numbers_typed_in_full_width_are_kept_in_half_width(buyer: FlaskClient) -> None:
    """A Chinese keyboard that nobody has switched over types them so."""
    typed = HERE | {"phone": "１３８ ００１３ ８０００", "postcode": "３１２０３０"}
    assert buyer.post("/account/addresses/new", data=typed).status_code == 303
    page = buyer.get("/account/addresses/").text
    assert "13800138000" in page
    assert "312030" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("(+86)13800138000", "+8613800138000"),
        ("+1-650-253-0000", "+16502530000"),
        ("+1 (650) 253.0000", "+16502530000"),
        ("(0575) 84123456", "0575-84123456"),
        ("（０５７５）８４１２３４５６", "0575-84123456"),
        ("0575-84123456", "0575-84123456"),
        ("0575 8412 3456-12", "0575-84123456-12"),
        ("01062345678", "010-62345678"),
        ("021-5888 1234", "021-58881234"),
        ("400-800-1234", "4008001234"),
        ("800 820 5555", "8008205555"),
    ],
)
def test_a_telephone_is_read_as_people_write_it(ctx: Flask, typed: str, kept: str) -> None:
    assert (phone_complaint(typed), phone_of(typed), phone_of(kept)) == (None, kept, kept)
    assert digits(typed) == digits(kept)  # so that who looks an order up finds it


@pytest.mark.parametrize("typed", ["84123456", "12345678901", "1380013800", "+0123456789", "--", "0575-841", "+1-650-CALL-ME"])
def test_what_is_no_telephone_is_refused_with_the_rule(ctx: Flask, typed: str) -> None:
    said = phone_complaint(typed)
    assert said
    assert "400" in said
    assert "0575-84123456" in said


@pytest.mark.parametrize("phone", ["+1٣٣٣٣٣٣٣", "1380013800०", "１３８００１３８００", "13800138000\n1"])
def test_digits_of_other_scripts_are_no_telephone(buyer: FlaskClient, phone: str) -> None:
    answer = buyer.post("/account/addresses/new", data=HERE | {"phone": phone})
    assert answer.status_code == 422
    assert 'id="f-phone-error"' in answer.text


def test_an_address_typed_for_an_order_is_in_the_book_once_and_a_full_book_keeps_nobody_from_ordering(
    ctx: Flask, cast: Cast
) -> None:
    def entries(number: int) -> Entries:
        return Entries(name="王丽", phone="138 0013 8000", region_code="330603", street=f"轻纺城大道 {number} 号")

    with unit_of_work(), buying_as(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id):
        first = services.send_to(buyer_id=cast.buyer.buyer_id, entries=entries(0))
        assert first.usual
        assert services.send_to(buyer_id=cast.buyer.buyer_id, entries=entries(0)).id == first.id
        for number in range(1, MOST):
            services.send_to(buyer_id=cast.buyer.buyer_id, entries=entries(number))
        assert services.send_to(buyer_id=cast.buyer.buyer_id, entries=entries(MOST)).snapshot()["street"] == "轻纺城大道 50 号"
        assert len(queries.listed()) == MOST
        with pytest.raises(Invalid):
            services.send_to(buyer_id=cast.buyer.buyer_id, entries=Entries(name="", phone="", region_code="", street=""))
