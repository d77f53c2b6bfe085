"""Tests of the address book: ownership, the default address, validation errors (ME1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ValidationError
from marketplace.orders.numbering import phone_digits
from tenants.accounts.models import Realm
from tenants.accounts.validators import normalize_phone, validate_phone
from tenants.addresses import queries, services
from tenants.addresses.forms import MAX_ADDRESSES, AddressForm
from tenants.isolation import as_buyer
from tests.actors import Actors

ADDRESS = {
    "name": "王丽",
    "phone": "13800138000",
    "region_province": "33",
    "region_city": "3306",
    "region_district": "330603",
    "street": "轻纺城大道 1 号",
    "postcode": "312030",
}


@pytest.fixture
def buyer(actors: Actors) -> FlaskClient:
    return actors.buyer.client(Realm.SHOP)


def address_ids(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/account/addresses/([0-9a-f-]{36})\b", page)))


def test_address_create_update_remove(buyer: FlaskClient) -> None:
    assert "新增地址" in buyer.get("/account/addresses/").text
    assert buyer.post("/account/addresses/new", data=ADDRESS).location == "/account/addresses/"
    page = buyer.get("/account/addresses/").text
    assert "浙江省绍兴市柯桥区轻纺城大道 1 号" in page
    (address_id,) = address_ids(page)
    form = buyer.get(f"/account/addresses/{address_id}").text
    assert '<option value="330603" selected>柯桥区</option>' in form
    buyer.post(f"/account/addresses/{address_id}", data=ADDRESS | {"name": "李明"})
    assert "李明" in buyer.get("/account/addresses/").text
    buyer.post(f"/account/addresses/{address_id}/remove")
    assert address_ids(buyer.get("/account/addresses/").text) == []


def test_account_menu_highlights_current_page(buyer: FlaskClient) -> None:
    for path, label in (("addresses/", "收货地址"), ("addresses/new", "收货地址"), ("password", "密码")):
        menu = buyer.get(f"/account/{path}").text.partition('class="panel section-nav"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="page".*?</svg>([^<]*)', menu, re.DOTALL) == [label]


def test_default_address_is_unique_and_reassigned_on_removal(ctx: Flask, actors: Actors, buyer: FlaskClient) -> None:
    for name in ("甲先生", "乙先生", "丙先生"):
        buyer.post("/account/addresses/new", data=ADDRESS | {"name": name, "usual": "1" if name == "丙先生" else ""})

    def read_addresses() -> list[tuple[str, bool]]:
        with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
            return [(address.name, address.is_default) for address in queries.list_addresses()]

    assert read_addresses() == [("丙先生", True), ("乙先生", False), ("甲先生", False)]
    last_id = address_ids(buyer.get("/account/addresses/").text)[-1]
    buyer.post(f"/account/addresses/{last_id}/usual")
    assert read_addresses() == [("甲先生", True), ("丙先生", False), ("乙先生", False)]
    buyer.post(f"/account/addresses/{last_id}/remove")
    assert read_addresses() == [("丙先生", True), ("乙先生", False)]


@pytest.mark.parametrize(
    ("entries", "message"),
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
def test_add_address_invalid_input_shows_field_errors(buyer: FlaskClient, entries: dict[str, str], message: str) -> None:
    response = buyer.post("/account/addresses/new", data=ADDRESS | {"street": "海棠路 9 号"} | entries)
    assert response.status_code == 422
    assert message in response.text
    if "street" not in entries:
        assert "海棠路 9 号" in response.text


def test_address_of_other_buyer_returns_404(actors: Actors, buyer: FlaskClient) -> None:
    buyer.post("/account/addresses/new", data=ADDRESS)
    (address_id,) = address_ids(buyer.get("/account/addresses/").text)
    other = actors.other_buyer.client(Realm.SHOP)
    for response in (
        other.get(f"/account/addresses/{address_id}"),
        other.post(f"/account/addresses/{address_id}", data=ADDRESS),
        other.post(f"/account/addresses/{address_id}/usual"),
        other.post(f"/account/addresses/{address_id}/remove"),
    ):
        assert response.status_code == 404
    assert address_ids(other.get("/account/addresses/").text) == []
    assert address_ids(buyer.get("/account/addresses/").text) == [address_id]


def test_row_security_hides_addresses_of_other_buyers(ctx: Flask, actors: Actors, buyer: FlaskClient) -> None:
    buyer.post("/account/addresses/new", data=ADDRESS)
    stmt = text("update addresses set name = 'x'")
    with unit_of_work(), as_buyer(buyer_id=actors.other_buyer.buyer_id, account_id=actors.other_buyer.account_id):
        assert db.session.execute(text("select count(*) from addresses")).scalar() == 0
        assert db.session.execute(stmt).rowcount == 0  # type: ignore[attr-defined]


def test_address_book_limit_and_constant_query_count(
    ctx: Flask, actors: Actors, buyer: FlaskClient, record_statements: Callable[[], Any]
) -> None:
    def count_statements() -> int:
        with record_statements() as recorded:
            buyer.get("/account/addresses/")
        return len(recorded)

    buyer.post("/account/addresses/new", data=ADDRESS)
    count_statements()
    expected = count_statements()
    form = AddressForm(name="王丽", phone="13800138000", region_code="330603", street="轻纺城大道 1 号")
    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        for _ in range(MAX_ADDRESSES - 1):
            services.add_address(buyer_id=actors.buyer.buyer_id, form=form)
    assert count_statements() == expected
    page = buyer.get("/account/addresses/").text
    assert "地址簿已满" in page
    assert 'href="/account/addresses/new"' not in page
    assert "地址簿已满" in buyer.post("/account/addresses/new", data=ADDRESS).text


def test_add_address_redirects_to_safe_back_url_only(buyer: FlaskClient) -> None:
    assert 'value="/cart"' in buyer.get("/account/addresses/new?back=/cart").text
    assert buyer.post("/account/addresses/new", data=ADDRESS | {"back": "/cart"}).location == "/cart"
    assert buyer.post("/account/addresses/new", data=ADDRESS | {"back": "//evil.example"}).location == "/account/addresses/"


def test_add_address_converts_fullwidth_digits(buyer: FlaskClient) -> None:
    """Accept full-width digits, which a Chinese keyboard produces in its default mode."""
    typed = ADDRESS | {"phone": "１３８ ００１３ ８０００", "postcode": "３１２０３０"}
    assert buyer.post("/account/addresses/new", data=typed).status_code == 303
    page = buyer.get("/account/addresses/").text
    assert "13800138000" in page
    assert "312030" in page


@pytest.mark.parametrize(
    ("typed", "normalized"),
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
def test_normalize_phone(ctx: Flask, typed: str, normalized: str) -> None:
    assert (validate_phone(typed), normalize_phone(typed), normalize_phone(normalized)) == (None, normalized, normalized)
    assert phone_digits(typed) == phone_digits(normalized)  # so that the lookup of an order finds it


@pytest.mark.parametrize("typed", ["84123456", "12345678901", "1380013800", "+0123456789", "--", "0575-841", "+1-650-CALL-ME"])
def test_validate_phone_invalid_number_explains_formats(ctx: Flask, typed: str) -> None:
    error = validate_phone(typed)
    assert error
    assert "400" in error
    assert "0575-84123456" in error


@pytest.mark.parametrize("phone", ["+1٣٣٣٣٣٣٣", "1380013800०", "１３８００１３８００", "13800138000\n1"])
def test_add_address_rejects_non_ascii_digits_in_phone(buyer: FlaskClient, phone: str) -> None:
    response = buyer.post("/account/addresses/new", data=ADDRESS | {"phone": phone})
    assert response.status_code == 422
    assert 'id="f-phone-error"' in response.text


def test_resolve_shipping_address_deduplicates_and_tolerates_full_book(ctx: Flask, actors: Actors) -> None:
    def make_form(number: int) -> AddressForm:
        return AddressForm(name="王丽", phone="138 0013 8000", region_code="330603", street=f"轻纺城大道 {number} 号")

    with unit_of_work(), as_buyer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id):
        first = services.resolve_shipping_address(buyer_id=actors.buyer.buyer_id, form=make_form(0))
        assert first.is_default
        assert services.resolve_shipping_address(buyer_id=actors.buyer.buyer_id, form=make_form(0)).id == first.id
        for number in range(1, MAX_ADDRESSES):
            services.resolve_shipping_address(buyer_id=actors.buyer.buyer_id, form=make_form(number))
        assert (
            services.resolve_shipping_address(buyer_id=actors.buyer.buyer_id, form=make_form(MAX_ADDRESSES)).snapshot()[
                "street"
            ]
            == "轻纺城大道 50 号"
        )
        assert len(queries.list_addresses()) == MAX_ADDRESSES
        with pytest.raises(ValidationError):
            services.resolve_shipping_address(
                buyer_id=actors.buyer.buyer_id, form=AddressForm(name="", phone="", region_code="", street="")
            )
