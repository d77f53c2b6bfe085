"""The hall's pages: what visitors see, and how little is asked of the database for it (P4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.catalogue import search
from marketplace.catalogue import services as shelves
from marketplace.catalogue.services import VariantSheet
from marketplace.kernel import memo
from marketplace.kernel.db import unit_of_work
from marketplace.shipping import services as shipping
from marketplace.shipping.rules import Basis, FreightRules, Zone
from marketplace.showroom import rules
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import goods as make


@pytest.fixture
def hall(ctx: Flask, cast: Cast) -> list[str]:
    """Twelve products of two merchants in one category."""
    codes = []
    with unit_of_work():
        category = make.category("gingham", attributes=True)
        with working_on(Purpose.CONSOLE):
            brand_id = shelves.open_brand(slug="qimian", names={"zh_Hans": "齐棉", "en": "Qimian"}).id
    for number in range(12):
        with unit_of_work():
            merchant = cast.acme_id if number % 2 else cast.rival_id
            made = make.product(merchant, category.id, on_hand=100, brand_id=brand_id if number % 2 else None)
            codes.append(made.code)
    memo.forget_all()
    return codes


@pytest.fixture
def found(hall: list[str], drain: Callable[[], int]) -> None:
    """The same goods in the search index, and nothing of earlier tests."""
    drain()
    search.reindex()


def test_the_front_page_shows_goods_and_merchants(client: FlaskClient, hall: list[str], statements) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "兴隆布行" in page.text
    assert "南通百织" in page.text
    with statements() as said:
        assert client.get("/").status_code == 200
    assert len(said) <= 4


def test_the_front_page_of_an_empty_market_invites(client: FlaskClient) -> None:
    assert "市场即将开张" in client.get("/").text


def test_a_products_page_says_what_a_buyer_asks(client: FlaskClient, hall: list[str], statements) -> None:
    page = client.get(f"/p/{hall[0]}")
    assert page.status_code == 200
    assert "规格" in page.text
    with statements() as said:
        client.get(f"/p/{hall[0]}", headers={"Accept-Language": "en"})
    assert len(said) <= 6, said


@pytest.mark.parametrize(
    "change",
    [
        """update products set title = '{"zh_Hans": "忽然改名"}'""",
        """update products set description = '{"zh_Hans": "另一种说法"}'""",
        "update variants set sku = 'NEW-' || sku",
        "update price_tiers set price = price + 1",
        "delete from pictures",
        """update merchants set name = '{"zh_Hans": "改了招牌"}'""",
        "update merchants set suspended_at = now()",
        """insert into storefronts (merchant_id, accent, logo, announcement, introduction, contact, version)
           select id, '#123456', '{"key": "ab/cd", "colour": "#123456", "width": 9, "height": 9,
            "widths": [320]}', '{}', '{}', '{}', 1
           from merchants""",
        "update stock_levels set on_hand = 7",
        """update categories set names = '{"zh_Hans": "换了名字"}'""",
        """update brands set names = '{"zh_Hans": "换了牌子"}'""",
    ],
)
def test_a_products_page_follows_every_write(client: FlaskClient, hall: list[str], superuser: Engine, change: str) -> None:
    """What is kept of it is what the database says: whoever wrote it, and though nobody told this process."""

    def main() -> str:
        memo._kept.clear()  # what is remembered for some seconds may lag behind by these; what is kept by its writers may not
        answer = client.get(f"/p/{hall[1]}")
        assert answer.status_code == 200
        page = answer.text.partition("<main")[2].partition('class="tiles"')[0]
        return re.sub(r'name="csrf_token" value="[^"]+"', "", page)

    before = main()
    assert main() == before
    with superuser.begin() as connection:
        assert connection.execute(text(change)).rowcount > 0
    assert main() != before


def test_a_brand_is_said_and_leads_to_what_else_it_makes(client: FlaskClient, hall: list[str], found: None) -> None:
    page = client.get(f"/p/{hall[1]}").text
    assert re.search(r"品牌</dt>\s*<dd><a class=\"link\" href=\"/search\?brand=qimian\">齐棉</a>", page), "brand"
    assert "brand=qimian" not in client.get(f"/p/{hall[0]}").text
    named = client.get("/search?brand=qimian").text
    assert "6 款" in named
    assert ">齐棉<" in named
    searched = client.get("/search?q=府绸").text
    assert 'name="brand" value="qimian"' in searched
    assert 'name="brand"' not in client.get("/c/gingham").text  # a shelf counts no brands unless one is chosen


def test_what_was_never_published_cannot_be_seen(ctx: Flask, cast: Cast, client: FlaskClient) -> None:
    with unit_of_work():
        category = make.category("gingham", attributes=True)
    with unit_of_work():
        hidden = make.draft(cast.acme_id, category.id)
    assert client.get(f"/p/{hidden.code}").status_code == 404
    assert client.get("/p/no-such").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?page=99999", "?page=x&sort=nonsense&price_min=abc&view=3", "?colour=%F0%9F%91%8D&q=" + "x" * 900]
)
def test_no_address_breaks_a_category(client: FlaskClient, hall: list[str], query: str) -> None:
    assert client.get(f"/c/gingham{query}").status_code == 200
    assert client.get(f"/search{query}").status_code == 200


@pytest.mark.parametrize("address", ["/c/gingham", "/search", "/search?q=府绸", "/s/acme/goods", "/merchants/"])
def test_beyond_the_end_is_the_last_page(client: FlaskClient, hall: list[str], found: None, address: str) -> None:
    """An old address, or goods that are gone since: never an empty list under a number above zero."""
    usual = client.get(address).text
    more = "&" if "?" in address else "?"
    for number in ("2", "999", "99999999999999999999"):
        page = client.get(f"{address}{more}page={number}").text
        assert page.count('class="tile') == usual.count('class="tile') > 0
        assert 'class="empty"' not in page


def test_a_category_that_is_not_there(client: FlaskClient) -> None:
    assert client.get("/c/no-such").status_code == 404


def test_what_the_search_field_sends_is_no_filter() -> None:
    """Its choice of goods or merchants shares a word with the filter by kind of merchant."""
    wish = rules.read([("kind", "products"), ("q", "府绸"), ("kind", "trader")], facets=())
    assert wish.text == "府绸"
    assert wish.chosen == {"kind": ("trader",)}


def test_a_city_is_a_filter_with_its_name(client: FlaskClient, hall: list[str], found: None) -> None:
    page = client.get("/c/gingham").text
    assert "浙江绍兴" in page
    assert 'value="330603"' not in page
    assert len(client.get("/c/gingham?region=3306").text.split('class="tile"')) == 13
    assert "浙江绍兴" in client.get("/c/gingham?region=3306").text.split('class="chips"')[-1]


def test_flags_and_stock_are_said_in_words(client: FlaskClient, hall: list[str], found: None) -> None:
    page = client.get("/c/gingham").text
    assert ">现货<" in page
    assert ">in<" not in page
    assert ">yes<" not in page


def test_the_search_field_finds_goods_and_merchants(client: FlaskClient, hall: list[str], found: None) -> None:
    assert 'class="tile"' in client.get("/search?what=products&q=府绸").text
    assert "兴隆布行" in client.get("/search?what=merchants&q=兴隆").text


@pytest.mark.parametrize("address", ["/c/gingham?view=table", "/search?view=table"])
def test_the_table_says_what_goods_are_in_few_statements(
    client: FlaskClient, hall: list[str], found: None, statements, address: str
) -> None:
    page = client.get(address).text
    assert "规格表" in page
    assert "成分" in page
    with statements() as said:
        client.get(address)
    assert len(said) <= 4, said


def test_goods_stand_beside_each_other(client: FlaskClient, hall: list[str], statements) -> None:
    picked = "&".join(f"p={code}" for code in hall[:5])
    with statements() as said:
        page = client.get(f"/compare?{picked}&p={hall[0]}&p=no-such")
    assert len(said) <= 5, said
    assert page.status_code == 200
    assert page.text.count('scope="col"') == 4
    assert "一次最多对比 4 款" in page.text
    assert f"/compare?p={hall[1]}" in page.text.replace("&amp;", "&")


def test_every_line_in_which_goods_differ_is_marked(client: FlaskClient, hall: list[str]) -> None:
    """CA7: the first and the third are of one merchant, the second is another's."""

    def marked(*codes: str) -> set[str]:
        page = client.get("/compare?" + "&".join(f"p={code}" for code in codes), headers={"Accept-Language": "en"}).text
        return set(re.findall(r'<tr class="is-differing"><th scope="row">([^<]+)', page))

    assert "Merchant" in marked(hall[0], hall[1])
    assert not {"Merchant", "Minimum", "Price", "Stock", "Kind of merchant"} & marked(hall[0], hall[2])


def test_prices_and_minimums_that_differ_are_marked(client: FlaskClient, cast: Cast, ctx: Flask) -> None:
    with unit_of_work():
        category = make.category("gingham", attributes=True)
        codes = []
        for price, least in ((1200, 2), (1300, 5)):
            tiers = [make.TierSheet(from_quantity=Decimal(least), price=price)]
            variant = make.VariantSheet(sku=f"V-{least}", weight_grams=220, min_quantity=Decimal(least))
            made = make.product(cast.acme_id, category.id, on_hand=100, tiers=tiers, variants=[variant])
            codes.append(made.code)
    memo.forget_all()
    page = client.get("/compare?" + "&".join(f"p={code}" for code in codes), headers={"Accept-Language": "en"}).text
    found = set(re.findall(r'<tr class="is-differing"><th scope="row">([^<]+)', page))
    assert {"Price", "Minimum"} <= found
    assert "Merchant" not in found


def test_nothing_to_compare_says_what_to_do(client: FlaskClient, ctx: Flask) -> None:
    assert "还没有要对比的货品" in client.get("/compare").text
    assert client.get("/compare?p=" + "x" * 900).status_code == 200


def test_delivery_is_priced_for_a_place(client: FlaskClient, cast: Cast, hall: list[str], statements) -> None:
    rules = FreightRules(basis=Basis.WEIGHT, zones=(Zone(first=1200, more=300), Zone(regions=("65",), refused=True)))
    with unit_of_work(), acting_for(cast.rival_id):
        shipping.save_freight(merchant_id=cast.rival_id, rules=rules)
    address = f"/p/{hall[0]}/delivery"
    assert "选择所在地区" in client.get(address).text
    with statements() as said:
        near = client.get(f"{address}?to_province=33&to_city=3306&quantity=10")
    assert len(said) <= 4, said
    assert "浙江绍兴" in near.text
    assert "18" in near.text  # 10 × 220 g is 2.2 kg: 12.00 for the first, twice 3.00 for what follows
    assert "不" in client.get(f"{address}?to_province=65").text
    assert "65" in client.get_cookie("place").value
    without_scripts = client.get(f"/p/{hall[0]}?to_province=33&to_city=3306")
    assert "送至 浙江绍兴" in without_scripts.text
    assert client.get("/p/no-such/delivery?to_province=33").status_code == 200


def test_two_axes_are_two_choices(client: FlaskClient, cast: Cast, ctx: Flask) -> None:
    with unit_of_work():
        category = make.category("gingham", attributes=True)
    with unit_of_work():
        product = make.product(cast.acme_id, category.id, on_hand=100, **_two_axes())
    page = client.get(f"/p/{product.code}?v=RED-150").text
    assert page.count('class="choice') == 4
    red, narrow = page.index(">红"), page.index(">90 cm")
    assert 'aria-current="true"' in page[red - 300 : red]
    assert "v=RED-90" in page[narrow - 600 : narrow]


def _two_axes() -> dict[str, Any]:
    colours, widths = {"red": "红", "blue": "蓝"}, {"150": "150 cm", "90": "90 cm"}
    axes = [
        {"code": "colour", "names": {"zh_Hans": "颜色"}, "values": _values(colours)},
        {"code": "width", "names": {"zh_Hans": "门幅"}, "values": _values(widths)},
    ]
    variants = [
        VariantSheet(sku=f"{colour.upper()}-{width}", options={"colour": colour, "width": width}, weight_grams=200)
        for colour in colours
        for width in widths
    ]
    return {"axes": axes, "variants": variants}


def _values(names: dict[str, str]) -> list[dict[str, Any]]:
    return [{"value": value, "names": {"zh_Hans": name}} for value, name in names.items()]


def test_a_shop_shows_its_own_goods_alone(client: FlaskClient, cast: Cast, hall: list[str], found: None, statements) -> None:
    front, page = client.get("/s/acme/"), client.get("/s/acme/goods")
    assert "本店热销" in front.text
    assert page.text.count('class="tile"') == 6
    assert client.get("/s/acme/goods?q=府绸&view=table&sort=newest").status_code == 200
    assert client.get("/s/no-such/goods").status_code == 404
    with statements() as said:
        client.get("/s/acme/goods")
    assert len(said) <= 4, said
