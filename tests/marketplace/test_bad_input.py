"""Forms that are filled in wrongly answer with a sentence at the field, keep what was typed, and change nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.kernel.forms import narrow, place_in_order, plain, whole
from tests.cast import Cast
from tests.factories.trade import Street

ODD = ("²", "1e5", "-3", "９９９９", "99999999999999999999", "abc")
FREIGHT = {
    "basis": "weight", "zone-0-name": "全国", "zone-0-first": "12", "zone-0-first_units": "1", "zone-0-more": "2",
    "zone-0-more_units": "1", "zone-0-free_above": "", "minimum": "300",
}  # fmt: skip
WORKFLOW = {"payment": "at_once", "on": ["order_review", "shipping", "receipt"], "receipt_days": "10"}


@pytest.fixture
def owner(street: Street, cast: Cast) -> FlaskClient:
    return cast.owner.browser()


@pytest.fixture
def untouched(superuser: Engine, street: Street) -> Iterator[None]:
    """Nothing of what merchants arrange has changed at the end."""

    def rows() -> dict[str, list[Any]]:
        tables = ("freight_rules", "order_workflows", "locations", "staff", "staff_invitations", "stock_movements")
        with superuser.connect() as connection:
            return {one: [str(row) for row in connection.execute(text(f"select * from {one} order by 1"))] for one in tables}

    before = rows()
    yield
    assert rows() == before


def refused(answer: Any, *said: str) -> str:
    """A refusal that says this; its page."""
    assert answer.status_code == 422, answer.status_code
    page = str(answer.get_data(as_text=True))
    for words in said:
        assert words in page, words
    return page


def holds(page: str, name: str, value: str) -> bool:
    """Whether the field of this name shows this value."""
    return any(f'value="{value}"' in tag for tag in re.findall(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page))


def marked(page: str) -> set[str]:
    """The fields at which a sentence stands, each announced with its control."""
    found = set(re.findall(r'<p class="error" id="f-([\w-]+)-error"', page))
    for name in found:
        control = next(iter(re.findall(rf'<(?:input|select|fieldset)[^>]*id="f-{name}"[^>]*>', page)), "")
        assert f"f-{name}-error" in control, name
        assert 'aria-invalid="true"' in control or control.startswith("<fieldset"), name
    return found


@pytest.mark.parametrize("typed", ODD)
def test_whole_numbers_are_read_or_refused(app: Flask, typed: str) -> None:
    assert whole(typed, most=999) is None
    assert (whole("0", most=999), whole(" 999 ", most=999), whole("1000", most=1500)) == (0, 999, 1000)
    with app.test_request_context():
        assert place_in_order("") == 0


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("zone-0-first", "十二", "“十二”不是金额"),
        ("zone-0-first", "-5", "金额不能是负数"),
        ("zone-0-first_units", "0", "请填写 0.001 到 1,000,000 之间的数"),
        ("zone-0-more_units", "NaN", "“NaN”不是数字"),
        ("zone-0-free_above", "1.234", "“1.234”不是金额"),
        ("minimum", "many", "“many”不是金额"),
    ],
)
def test_freight(owner: FlaskClient, untouched: None, field: str, typed: str, said: str) -> None:
    page = refused(owner.post("/desk/acme/freight/", data={**FREIGHT, field: typed}), said)
    assert holds(page, field, typed)
    assert holds(page, "zone-0-more", "2")
    assert marked(page) == {field}


WRONG_ZONES = {
    "basis": "weight", "minimum": "-1",
    "zone-0-name": "江浙", "zone-0-regions": ["33", "32"], "zone-0-first": "-6", "zone-0-first_units": "1", "zone-0-more": "x",
    "zone-0-more_units": "1", "zone-0-free_above": "0",
    "zone-1-name": "", "zone-1-first": "",
    "zone-3-name": "浙江", "zone-3-regions": ["33"], "zone-3-first": "", "zone-3-first_units": "0", "zone-3-more": "",
    "zone-4-name": "全国", "zone-4-first": "9", "zone-5-name": "其他", "zone-5-first": "1", "zone-5-free_above": "much",
}  # fmt: skip


def test_everything_wrong_with_freight_is_said_at_once_each_at_its_field(owner: FlaskClient, untouched: None) -> None:
    page = refused(owner.post("/desk/acme/freight/", data=WRONG_ZONES), "浙江省已在区域 1 中", "区域 3 已作为“其他地区”")
    assert marked(page) == {
        "minimum", "zone-0-first", "zone-0-more", "zone-0-free_above", "zone-1-first", "zone-1-first_units", "zone-1-regions",
        "zone-3-regions", "zone-3-free_above",
    }  # fmt: skip
    for name, value in {
        "zone-0-first": "-6",
        "zone-0-free_above": "0",
        "zone-1-name": "浙江",
        "zone-3-free_above": "much",
    }.items():
        assert holds(page, name, value), name
    assert len(re.findall(r'name="zone-[01]-regions" value="33" checked', page)) == 2
    assert page.count("<details open><summary") == 2
    for field in marked(page):
        assert f'href="#f-{field}"' in page


def test_a_zone_of_which_only_a_part_is_typed_is_not_lost(owner: FlaskClient, untouched: None) -> None:
    page = refused(owner.post("/desk/acme/freight/", data={**FREIGHT, "zone-0-first": "", "zone-0-more": ""}), "请填写运费")
    assert marked(page) == {"zone-0-first"}
    assert holds(page, "zone-0-name", "全国")


@pytest.mark.parametrize("scripts", [True, False])
def test_trying_freight_says_what_is_wrong(owner: FlaskClient, untouched: None, scripts: bool) -> None:
    typed = {**FREIGHT, "zone-0-more": "x", "quantity": "0", "weight": "-1", "worth": "99,9x"}
    answer = owner.post("/desk/acme/freight/try", data=typed, headers={"HX-Request": "true"} if scripts else {})
    page = answer.get_data(as_text=True)
    for said in ("“x”不是金额", "数量：请填写 0.001", "总重量：请填写 0.001", "“99,9x”不是金额"):
        assert said in page
    if not scripts:
        assert marked(page) == {"zone-0-more", "quantity", "weight", "worth"}
        assert holds(page, "worth", "99,9x")


def test_freight_is_kept_zone_by_zone(owner: FlaskClient) -> None:
    more = {"zone-2-name": "西藏", "zone-2-regions": ["54"], "zone-2-refused": "1", "zone-2-first": ""}
    assert owner.post("/desk/acme/freight/", data={**FREIGHT, **more}).status_code == 303
    page = owner.get("/desk/acme/freight/").get_data(as_text=True)
    assert holds(page, "zone-1-name", "西藏")
    assert marked(page) == set()


def test_freight_without_a_way_of_counting(owner: FlaskClient, untouched: None) -> None:
    page = refused(owner.post("/desk/acme/freight/", data={**FREIGHT, "basis": "moon"}), "请选择运费的计算方式")
    assert holds(page, "zone-0-first", "12")


@pytest.mark.parametrize("days", [*ODD, "", "0", "400"])
def test_the_days_of_a_workflow(owner: FlaskClient, untouched: None, days: str) -> None:
    page = refused(owner.post("/desk/acme/workflow/", data={**WORKFLOW, "receipt_days": days}), "自动确认收货的天数")
    assert holds(page, "receipt_days", days)
    assert 'id="f-receipt_days-error"' in page


def test_a_workflow_that_would_hold_money_for_ever(owner: FlaskClient, untouched: None) -> None:
    page = refused(owner.post("/desk/acme/workflow/", data={**WORKFLOW, "on": ["order_review", "shipping"]}))
    assert "收货" in page
    assert holds(page, "receipt_days", "10")


@pytest.mark.parametrize(("name", "position"), [("", "1"), ("北仓", "²"), ("北仓", "-1"), ("北仓", "9" * 30)])
def test_a_warehouse(owner: FlaskClient, untouched: None, superuser: Engine, name: str, position: str) -> None:
    form = {"name": name, "address": "柯桥轻纺城北区", "position": position}
    page = refused(owner.post("/desk/acme/stock/places", data=form))
    assert holds(page, "address", "柯桥轻纺城北区")
    assert holds(page, "position", position)
    with superuser.connect() as connection:
        known: UUID = connection.scalar(text("select id from locations order by id limit 1"))
        merchant = connection.scalar(
            text("select m.slug from locations l join merchants m on m.id = l.merchant_id order by l.id limit 1")
        )
    if merchant == "acme":
        changed = refused(owner.post(f"/desk/acme/stock/places/{known}", data=form))
        assert changed.count('value="柯桥轻纺城北区"') == 1


@pytest.mark.parametrize("deed", ["receive", "correct", "write_off", "transfer"])
@pytest.mark.parametrize("quantity", ["", "²", "many", "Infinity", "1e40", "-4"])
def test_a_movement_of_stock(owner: FlaskClient, street: Street, untouched: None, deed: str, quantity: str) -> None:
    form = {"quantity": quantity, "note": "月末盘点", "location": "00000000-0000-7000-8000-000000000000"}
    page = refused(owner.post(f"/desk/acme/stock/{street.cloth}/{deed}", data=form))
    if deed != "transfer":  # with one warehouse there is nowhere to move to, and no form for it
        assert holds(page, "note", "月末盘点")


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 260 + "@example.com"])
def test_an_invitation(owner: FlaskClient, untouched: None, email: str) -> None:
    page = refused(owner.post("/desk/acme/staff/invite", data={"email": email, "role": "service"}))
    assert 'id="f-email-error"' in page
    assert holds(page, "email", email)


def test_a_role_that_is_none(owner: FlaskClient, untouched: None) -> None:
    page = refused(owner.post("/desk/acme/staff/invite", data={"email": "new@example.com", "role": "emperor"}))
    assert 'id="f-role-error"' in page
    assert holds(page, "email", "new@example.com")


def test_a_holiday(owner: FlaskClient) -> None:
    page = refused(owner.post("/desk/acme/shop/away", data={"from": "2030-02-10", "until": "2030-02-01"}))
    assert holds(page, "from", "2030-02-10")
    assert holds(page, "until", "2030-02-01")
    page = refused(owner.post("/desk/acme/shop/away", data={"from": "tomorrow", "until": "2030-02-01"}))
    assert 'id="f-from-error"' in page
    assert holds(page, "until", "2030-02-01")


UNREADABLE = {"1e99": "一次最多可订 9,999,999", "1.2345": "数量最多三位小数"}
UNREADABLE |= dict.fromkeys(("abc", "²", "Infinity", "", "12,50"), "请填写数字，例如 120 或 2.5。")


@pytest.mark.parametrize("typed", ["abc", "²", "-1", "0", "1e99", "Infinity", "1.2345", "", "12,50"])
def test_a_quantity_in_the_cart(cast: Cast, street: Street, superuser: Engine, typed: str) -> None:
    browser = cast.buyer.browser()
    browser.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "5"})
    field = f"quantity-{street.cloth}"
    said = UNREADABLE.get(typed, "请填写大于零的数量")
    page = refused(browser.post("/cart", data={field: typed, "pick": str(street.cloth)}), said)
    assert holds(page, field, typed)
    with superuser.connect() as connection:
        assert connection.scalar(text("select sum(quantity) from cart_lines")) == 5


def test_what_is_no_variant_cannot_be_put_into_the_cart(cast: Cast) -> None:
    answer = cast.buyer.browser().post("/cart/lines", data={"variant": "nonsense", "quantity": "1"})
    assert answer.status_code == 400
    assert "<h1" in answer.text


@pytest.mark.parametrize("typed", ["²", "", "-1", "1e99"])
def test_a_quantity_that_cannot_be_put_into_the_cart(cast: Cast, street: Street, superuser: Engine, typed: str) -> None:
    form = {"variant": str(street.cloth), "quantity": typed}
    answer = cast.buyer.browser().post("/cart/lines", data=form, follow_redirects=True)
    assert answer.request.path.startswith("/p/")
    assert UNREADABLE.get(typed, "请填写大于零的数量") in answer.text.partition('id="f-quantity-error"')[2][:80]
    assert holds(answer.text, "quantity", typed)
    with superuser.connect() as connection:
        assert connection.scalar(text("select count(*) from cart_lines")) == 0


def test_a_checkout_form_of_odd_numbers_is_no_accident(cast: Cast, street: Street) -> None:
    browser = cast.buyer.browser()
    browser.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "5"})
    answer = browser.post(
        "/checkout", data={"do": "place", "expected": "²", f"seen-{street.cloth}": "²", "key": "x", "address": "new"}
    )
    assert answer.status_code in (409, 422)


@pytest.mark.parametrize("typed", ["abc", "0", "61"])
def test_the_picture_of_a_workflow_says_what_is_wrong_once_and_invents_no_days(owner: FlaskClient, typed: str) -> None:
    answer = owner.post("/desk/acme/workflow/picture", data={**WORKFLOW, "receipt_days": typed})
    assert answer.status_code == 200
    assert answer.text.count("在 1 到 60 之间") == 1
    assert "最多 0 天" not in answer.text
    assert "“receipt”" not in answer.text


@pytest.mark.parametrize(
    ("typed", "kept"),
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
def test_text_is_kept_as_people_see_it(typed: str, kept: str) -> None:
    assert plain(typed) == kept


def test_what_is_too_long_is_refused_and_never_cut(owner: FlaskClient) -> None:
    before = owner.get("/account/").get_data(as_text=True)
    page = refused(owner.post("/account/", data={"name": "长" * 201, "phone": "", "locale": "zh_Hans"}), "这里最多写 200 个字")
    assert "长" * 20 + "…" in page
    assert "长" * 21 not in page
    assert owner.get("/account/").get_data(as_text=True) == before
    toast = owner.post("/account/", data={"name": "长" * 201}, headers={"HX-Request": "true"})
    assert (toast.status_code, toast.headers["HX-Retarget"]) == (422, "#toasts")


def test_full_width_is_narrowed_and_nothing_else() -> None:
    assert narrow("　ＡＢ－１２＠ｘ．ｃｎ　") == "AB-12@x.cn"
    assert narrow("² ½ ﬁ 中") == "² ½ ﬁ 中"


# An address of the shop, and the names of what it reads from its question.
QUESTIONS = {
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


def test_a_sign_that_no_text_holds_breaks_no_page(cast: Cast, street: Street, app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    words = [re.sub(r"<(?:\w+(?:\([^)]*\))?:)?\w+>", "%00", rule.rule) for rule in rules if "uuid:" not in rule.rule]
    asked = [f"{path}?{name}=%00" for path, names in QUESTIONS.items() for name in names.split()]
    for browser in (app.test_client(), cast.buyer.browser(), cast.owner.browser()):
        for address in [*asked, *words]:
            answer = browser.get(address)
            assert answer.status_code < 500, address


def test_a_sign_that_no_text_holds_is_refused_when_a_form_brings_it(cast: Cast, street: Street, superuser: Engine) -> None:
    browser = cast.buyer.browser()
    browser.post("/cart/lines", data={"variant": str(street.cloth), "quantity": "5"})
    note = {f"note-{cast.acme_id}": "a\0b", "do": "recount", "key": "\0", "address": "\0"}
    assert browser.post("/checkout", data=note).status_code == 200
    for address, data in {"/sign-in": {"name": "\0", "password": "\0"}, "/pay": {"reference": "\0"}}.items():
        assert 400 <= browser.post(address, data=data).status_code < 500, address


SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.mark.parametrize(
    ("page", "mine", "theirs"),
    [
        ("/desk/acme/freight/", {**FREIGHT, "zone-0-first": "11"}, {**FREIGHT, "zone-0-first": "99"}),
        ("/desk/acme/workflow/", {**WORKFLOW, "receipt_days": "11"}, {**WORKFLOW, "receipt_days": "9"}),
    ],
)
def test_who_was_slower_is_told_and_keeps_what_was_typed(
    owner: FlaskClient, page: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """Two tabs of one form: the second says that it is old, and saves when it is sent once more."""
    old = SEEN.findall(owner.get(page).get_data(as_text=True))
    assert owner.post(page, data={**theirs, "seen": old[0]}).status_code == 303
    assert owner.post(page, data={**theirs, "seen": old[0]}).status_code == 303  # a double click is no quarrel
    answer = owner.post(page, data={**mine, "seen": old[0]})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "刚才有同事保存了别的" in text
    assert 'value="11"' in text
    assert owner.post(page, data={**mine, "seen": SEEN.findall(text)[0]}).status_code == 303
    assert 'value="11"' in owner.get(page).get_data(as_text=True)
