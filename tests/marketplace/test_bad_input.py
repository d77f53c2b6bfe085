"""Invalid form input: errors are shown at the fields, the typed values are kept, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.form_input import normalize_text, parse_int, parse_position, to_halfwidth
from tests.actors import Actors
from tests.factories.order_factory import SampleProducts

INVALID_NUMBERS = ("²", "1e5", "-3", "９９９９", "99999999999999999999", "abc")
RATES_FORM = {
    "basis": "weight", "zone-0-name": "全国", "zone-0-first": "12", "zone-0-first_units": "1", "zone-0-more": "2",
    "zone-0-more_units": "1", "zone-0-free_above": "", "minimum": "300",
}  # fmt: skip
WORKFLOW_FORM = {"payment": "at_once", "on": ["order_review", "shipping", "receipt"], "receipt_days": "10"}


@pytest.fixture
def owner_client(sample_products: SampleProducts, actors: Actors) -> FlaskClient:
    return actors.owner.client()


@pytest.fixture
def assert_unchanged(superuser: Engine, sample_products: SampleProducts) -> Iterator[None]:
    """Assert at the end of the test that the settings tables of merchants are unchanged."""

    def dump_tables() -> dict[str, list[Any]]:
        tables = ("freight_rates", "order_workflows", "locations", "staff", "staff_invitations", "stock_movements")
        with superuser.connect() as connection:
            return {
                table: [str(row) for row in connection.execute(text(f"select * from {table} order by 1"))] for table in tables
            }

    before = dump_tables()
    yield
    assert dump_tables() == before


def assert_rejected(response: Any, *messages: str) -> str:
    """Assert that the response has status 422 and contains the messages; return the page."""
    assert response.status_code == 422, response.status_code
    page = str(response.get_data(as_text=True))
    for message in messages:
        assert message in page, message
    return page


def has_field_value(page: str, name: str, value: str) -> bool:
    """Return whether the input of this name has this value."""
    return any(f'value="{value}"' in tag for tag in re.findall(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page))


def fields_with_errors(page: str) -> set[str]:
    """Return the names of the fields with an error message, and check that each control refers to its message."""
    names = set(re.findall(r'<p class="error" id="f-([\w-]+)-error"', page))
    for name in names:
        control = next(iter(re.findall(rf'<(?:input|select|fieldset)[^>]*id="f-{name}"[^>]*>', page)), "")
        assert f"f-{name}-error" in control, name
        assert 'aria-invalid="true"' in control or control.startswith("<fieldset"), name
    return names


@pytest.mark.parametrize("typed", INVALID_NUMBERS)
def test_parse_int_rejects_invalid_numbers(app: Flask, typed: str) -> None:
    assert parse_int(typed, max_value=999) is None
    assert (parse_int("0", max_value=999), parse_int(" 999 ", max_value=999), parse_int("1000", max_value=1500)) == (
        0,
        999,
        1000,
    )
    with app.test_request_context():
        assert parse_position("") == 0


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("zone-0-first", "十二", "“十二”不是金额"),
        ("zone-0-first", "-5", "金额不能是负数"),
        ("zone-0-first_units", "0", "请填写 0.001 到 1,000,000 之间的数"),
        ("zone-0-more_units", "NaN", "“NaN”不是数字"),
        ("zone-0-free_above", "1.234", "“1.234”不是金额"),
        ("minimum", "many", "“many”不是金额"),
    ],
)
def test_shipping_rates_invalid_field_shows_error(
    owner_client: FlaskClient, assert_unchanged: None, field: str, typed: str, message: str
) -> None:
    page = assert_rejected(owner_client.post("/desk/acme/freight/", data={**RATES_FORM, field: typed}), message)
    assert has_field_value(page, field, typed)
    assert has_field_value(page, "zone-0-more", "2")
    assert fields_with_errors(page) == {field}


INVALID_RATES_FORM = {
    "basis": "weight", "minimum": "-1",
    "zone-0-name": "江浙", "zone-0-regions": ["33", "32"], "zone-0-first": "-6", "zone-0-first_units": "1", "zone-0-more": "x",
    "zone-0-more_units": "1", "zone-0-free_above": "0",
    "zone-1-name": "", "zone-1-first": "",
    "zone-3-name": "浙江", "zone-3-regions": ["33"], "zone-3-first": "", "zone-3-first_units": "0", "zone-3-more": "",
    "zone-4-name": "全国", "zone-4-first": "9", "zone-5-name": "其他", "zone-5-first": "1", "zone-5-free_above": "much",
}  # fmt: skip


def test_shipping_rates_report_all_errors_at_fields(owner_client: FlaskClient, assert_unchanged: None) -> None:
    page = assert_rejected(
        owner_client.post("/desk/acme/freight/", data=INVALID_RATES_FORM), "浙江省已在区域 1 中", "区域 3 已作为“其他地区”"
    )
    assert fields_with_errors(page) == {
        "minimum", "zone-0-first", "zone-0-more", "zone-0-free_above", "zone-1-first", "zone-1-first_units", "zone-1-regions",
        "zone-3-regions", "zone-3-free_above",
    }  # fmt: skip
    for name, value in {
        "zone-0-first": "-6",
        "zone-0-free_above": "0",
        "zone-1-name": "浙江",
        "zone-3-free_above": "much",
    }.items():
        assert has_field_value(page, name, value), name
    assert len(re.findall(r'name="zone-[01]-regions" value="33" checked', page)) == 2
    assert page.count("<details open><summary") == 2
    for field in fields_with_errors(page):
        assert f'href="#f-{field}"' in page


def test_shipping_rates_preserve_incomplete_zone(owner_client: FlaskClient, assert_unchanged: None) -> None:
    page = assert_rejected(
        owner_client.post("/desk/acme/freight/", data={**RATES_FORM, "zone-0-first": "", "zone-0-more": ""}), "请填写运费"
    )
    assert fields_with_errors(page) == {"zone-0-first"}
    assert has_field_value(page, "zone-0-name", "全国")


@pytest.mark.parametrize("scripts", [True, False])
def test_shipping_rates_trial_reports_errors(owner_client: FlaskClient, assert_unchanged: None, scripts: bool) -> None:
    typed = {**RATES_FORM, "zone-0-more": "x", "quantity": "0", "weight": "-1", "worth": "99,9x"}
    response = owner_client.post("/desk/acme/freight/try", data=typed, headers={"HX-Request": "true"} if scripts else {})
    page = response.get_data(as_text=True)
    for message in ("“x”不是金额", "数量：请填写 0.001", "总重量：请填写 0.001", "“99,9x”不是金额"):
        assert message in page
    if not scripts:
        assert fields_with_errors(page) == {"zone-0-more", "quantity", "weight", "worth"}
        assert has_field_value(page, "worth", "99,9x")


def test_shipping_rates_save_zones(owner_client: FlaskClient) -> None:
    extra_zone = {"zone-2-name": "西藏", "zone-2-regions": ["54"], "zone-2-refused": "1", "zone-2-first": ""}
    assert owner_client.post("/desk/acme/freight/", data={**RATES_FORM, **extra_zone}).status_code == 303
    page = owner_client.get("/desk/acme/freight/").get_data(as_text=True)
    assert has_field_value(page, "zone-1-name", "西藏")
    assert fields_with_errors(page) == set()


def test_shipping_rates_invalid_basis_shows_error(owner_client: FlaskClient, assert_unchanged: None) -> None:
    page = assert_rejected(
        owner_client.post("/desk/acme/freight/", data={**RATES_FORM, "basis": "moon"}), "请选择运费的计算方式"
    )
    assert has_field_value(page, "zone-0-first", "12")


@pytest.mark.parametrize("days", [*INVALID_NUMBERS, "", "0", "400"])
def test_workflow_invalid_days_show_error(owner_client: FlaskClient, assert_unchanged: None, days: str) -> None:
    page = assert_rejected(
        owner_client.post("/desk/acme/workflow/", data={**WORKFLOW_FORM, "receipt_days": days}), "自动确认收货的天数"
    )
    assert has_field_value(page, "receipt_days", days)
    assert 'id="f-receipt_days-error"' in page


def test_workflow_without_receipt_is_rejected(owner_client: FlaskClient, assert_unchanged: None) -> None:
    page = assert_rejected(
        owner_client.post("/desk/acme/workflow/", data={**WORKFLOW_FORM, "on": ["order_review", "shipping"]})
    )
    assert "收货" in page
    assert has_field_value(page, "receipt_days", "10")


@pytest.mark.parametrize(("name", "position"), [("", "1"), ("北仓", "²"), ("北仓", "-1"), ("北仓", "9" * 30)])
def test_warehouse_invalid_form_preserves_input(
    owner_client: FlaskClient, assert_unchanged: None, superuser: Engine, name: str, position: str
) -> None:
    form = {"name": name, "address": "柯桥轻纺城北区", "position": position}
    page = assert_rejected(owner_client.post("/desk/acme/stock/places", data=form))
    assert has_field_value(page, "address", "柯桥轻纺城北区")
    assert has_field_value(page, "position", position)
    with superuser.connect() as connection:
        location_id: UUID = connection.scalar(text("select id from locations order by id limit 1"))
        merchant = connection.scalar(
            text("select m.slug from locations l join merchants m on m.id = l.merchant_id order by l.id limit 1")
        )
    if merchant == "acme":
        changed = assert_rejected(owner_client.post(f"/desk/acme/stock/places/{location_id}", data=form))
        assert changed.count('value="柯桥轻纺城北区"') == 1


@pytest.mark.parametrize("action", ["receive", "correct", "write_off", "transfer"])
@pytest.mark.parametrize("quantity", ["", "²", "many", "Infinity", "1e40", "-4"])
def test_stock_movement_invalid_quantity_is_rejected(
    owner_client: FlaskClient, sample_products: SampleProducts, assert_unchanged: None, action: str, quantity: str
) -> None:
    form = {"quantity": quantity, "note": "月末盘点", "location": "00000000-0000-7000-8000-000000000000"}
    page = assert_rejected(owner_client.post(f"/desk/acme/stock/{sample_products.cloth}/{action}", data=form))
    if action != "transfer":  # there is no transfer form with a single warehouse
        assert has_field_value(page, "note", "月末盘点")


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 260 + "@example.com"])
def test_invitation_invalid_email_shows_error(owner_client: FlaskClient, assert_unchanged: None, email: str) -> None:
    page = assert_rejected(owner_client.post("/desk/acme/staff/invite", data={"email": email, "role": "service"}))
    assert 'id="f-email-error"' in page
    assert has_field_value(page, "email", email)


def test_invitation_unknown_role_shows_error(owner_client: FlaskClient, assert_unchanged: None) -> None:
    page = assert_rejected(owner_client.post("/desk/acme/staff/invite", data={"email": "new@example.com", "role": "emperor"}))
    assert 'id="f-role-error"' in page
    assert has_field_value(page, "email", "new@example.com")


def test_absence_invalid_dates_preserve_input(owner_client: FlaskClient) -> None:
    page = assert_rejected(owner_client.post("/desk/acme/shop/away", data={"from": "2030-02-10", "until": "2030-02-01"}))
    assert has_field_value(page, "from", "2030-02-10")
    assert has_field_value(page, "until", "2030-02-01")
    page = assert_rejected(owner_client.post("/desk/acme/shop/away", data={"from": "tomorrow", "until": "2030-02-01"}))
    assert 'id="f-from-error"' in page
    assert has_field_value(page, "until", "2030-02-01")


MESSAGE_BY_QUANTITY = {"1e99": "一次最多可订 9,999,999", "1.2345": "数量最多三位小数"}
MESSAGE_BY_QUANTITY |= dict.fromkeys(("abc", "²", "Infinity", "", "12,50"), "请填写数字，例如 120 或 2.5。")


@pytest.mark.parametrize("typed", ["abc", "²", "-1", "0", "1e99", "Infinity", "1.2345", "", "12,50"])
def test_cart_invalid_quantity_shows_error(
    actors: Actors, sample_products: SampleProducts, superuser: Engine, typed: str
) -> None:
    client = actors.buyer.client()
    client.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "5"})
    field = f"quantity-{sample_products.cloth}"
    message = MESSAGE_BY_QUANTITY.get(typed, "请填写大于零的数量")
    page = assert_rejected(client.post("/cart", data={field: typed, "pick": str(sample_products.cloth)}), message)
    assert has_field_value(page, field, typed)
    with superuser.connect() as connection:
        assert connection.scalar(text("select sum(quantity) from cart_lines")) == 5


def test_cart_add_invalid_variant_returns_400(actors: Actors) -> None:
    response = actors.buyer.client().post("/cart/lines", data={"variant": "nonsense", "quantity": "1"})
    assert response.status_code == 400
    assert "<h1" in response.text


@pytest.mark.parametrize("typed", ["²", "", "-1", "1e99"])
def test_cart_add_invalid_quantity_shows_error_on_product_page(
    actors: Actors, sample_products: SampleProducts, superuser: Engine, typed: str
) -> None:
    form = {"variant": str(sample_products.cloth), "quantity": typed}
    response = actors.buyer.client().post("/cart/lines", data=form, follow_redirects=True)
    assert response.request.path.startswith("/p/")
    assert MESSAGE_BY_QUANTITY.get(typed, "请填写大于零的数量") in response.text.partition('id="f-quantity-error"')[2][:80]
    assert has_field_value(response.text, "quantity", typed)
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from cart_lines")) == 0


def test_checkout_invalid_numbers_return_client_error(actors: Actors, sample_products: SampleProducts) -> None:
    client = actors.buyer.client()
    client.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "5"})
    response = client.post(
        "/checkout", data={"do": "place", "expected": "²", f"seen-{sample_products.cloth}": "²", "key": "x", "address": "new"}
    )
    assert response.status_code in (409, 422)


@pytest.mark.parametrize("typed", ["abc", "0", "61"])
def test_workflow_diagram_reports_invalid_days_once(owner_client: FlaskClient, typed: str) -> None:
    response = owner_client.post("/desk/acme/workflow/picture", data={**WORKFLOW_FORM, "receipt_days": typed})
    assert response.status_code == 200
    assert response.text.count("在 1 到 60 之间") == 1
    assert "最多 0 天" not in response.text
    assert "“receipt”" not in response.text


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("  王 丽\r\n", "王 丽"),
        ("\u202emoc.elpmaxe", "moc.elpmaxe"),
        ("a\u2066b\u2069", "ab"),
        ("\u200b\ufeff", ""),
        ("a\0b\x1f", "ab"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("e\u0301", "é"),
    ],
)
def test_normalize_text_removes_invisible_characters(typed: str, normalized: str) -> None:
    assert normalize_text(typed) == normalized


def test_profile_too_long_name_is_rejected(owner_client: FlaskClient) -> None:
    before = owner_client.get("/account/").get_data(as_text=True)
    page = assert_rejected(
        owner_client.post("/account/", data={"name": "长" * 201, "phone": "", "locale": "zh_Hans"}), "这里最多写 200 个字"
    )
    assert "长" * 20 + "…" in page
    assert "长" * 21 not in page
    assert owner_client.get("/account/").get_data(as_text=True) == before
    toast = owner_client.post("/account/", data={"name": "长" * 201}, headers={"HX-Request": "true"})
    assert (toast.status_code, toast.headers["HX-Retarget"]) == (422, "#toasts")


def test_to_halfwidth_converts_fullwidth_only() -> None:
    assert to_halfwidth("　ＡＢ－１２＠ｘ．ｃｎ　") == "AB-12@x.cn"
    assert to_halfwidth("² ½ ﬁ 中") == "² ½ ﬁ 中"


# Paths of the shop and the query parameters that they read.
QUERY_PARAMETERS = {
    "/search": "q sort view page what kind c price_from",
    "/suggest": "q what",
    "/merchants/": "q kind sort page region category",
    "/c/cotton": "q sort page",
    "/orders": "tab q page",
    "/orders/find": "number phone",
    "/pay/back": "reference",
    "/compare": "p",
    "/apply/": "step",
    "/sign-in": "next door",
    "/regions": "parent",
    "/cart": "q",
    "/checkout": "key",
    "/account/addresses/": "back",
}


def test_nul_byte_in_url_causes_no_server_error(actors: Actors, sample_products: SampleProducts, app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    paths_with_nul = [re.sub(r"<(?:\w+(?:\([^)]*\))?:)?\w+>", "%00", rule.rule) for rule in rules if "uuid:" not in rule.rule]
    urls_with_nul = [f"{path}?{name}=%00" for path, names in QUERY_PARAMETERS.items() for name in names.split()]
    for client in (app.test_client(), actors.buyer.client(), actors.owner.client()):
        for url in [*urls_with_nul, *paths_with_nul]:
            response = client.get(url)
            assert response.status_code < 500, url


def test_nul_byte_in_form_returns_client_error(actors: Actors, sample_products: SampleProducts, superuser: Engine) -> None:
    client = actors.buyer.client()
    client.post("/cart/lines", data={"variant": str(sample_products.cloth), "quantity": "5"})
    checkout_form = {f"note-{actors.acme_id}": "a\0b", "do": "recount", "key": "\0", "address": "\0"}
    assert client.post("/checkout", data=checkout_form).status_code == 200
    for url, data in {"/sign-in": {"name": "\0", "password": "\0"}, "/pay": {"reference": "\0"}}.items():
        assert 400 <= client.post(url, data=data).status_code < 500, url


VERSION_FIELD = re.compile(r'name="seen" value="([^"]*)"')


@pytest.mark.parametrize(
    ("page", "own_form", "concurrent_form"),
    [
        ("/desk/acme/freight/", {**RATES_FORM, "zone-0-first": "11"}, {**RATES_FORM, "zone-0-first": "99"}),
        ("/desk/acme/workflow/", {**WORKFLOW_FORM, "receipt_days": "11"}, {**WORKFLOW_FORM, "receipt_days": "9"}),
    ],
)
def test_stale_form_returns_409_and_preserves_input(
    owner_client: FlaskClient, page: str, own_form: dict[str, Any], concurrent_form: dict[str, Any]
) -> None:
    """Submit one form from two tabs: the second gets a conflict, and saves when it is submitted again."""
    version = VERSION_FIELD.findall(owner_client.get(page).get_data(as_text=True))
    assert owner_client.post(page, data={**concurrent_form, "seen": version[0]}).status_code == 303
    assert (
        owner_client.post(page, data={**concurrent_form, "seen": version[0]}).status_code == 303
    )  # a double submission is no conflict
    response = owner_client.post(page, data={**own_form, "seen": version[0]})
    text = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "刚才有同事保存了别的" in text
    assert 'value="11"' in text
    assert owner_client.post(page, data={**own_form, "seen": VERSION_FIELD.findall(text)[0]}).status_code == 303
    assert 'value="11"' in owner_client.get(page).get_data(as_text=True)
