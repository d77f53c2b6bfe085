"""Pages of the storefront: content and query budgets."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from marketplace.catalogue import search_index
from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.inputs import VariantInput
from marketplace.kernel import cache
from marketplace.kernel.db import unit_of_work
from marketplace.shipping import services as shipping_services
from marketplace.shipping.rates import FreightRates, RateBasis, Zone
from marketplace.storefront import browse_criteria
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory


@pytest.fixture
def product_codes(ctx: Flask, actors: Actors) -> list[str]:
    """Create twelve products of two merchants in one category and return their codes."""
    codes = []
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
        with with_purpose(AccessPurpose.CONSOLE):
            brand_id = catalogue_services.create_brand(slug="qimian", names={"zh_Hans": "齐棉", "en": "Qimian"}).id
    for number in range(12):
        with unit_of_work():
            merchant = actors.acme_id if number % 2 else actors.rival_id
            product = product_factory.create_product(
                merchant, category.id, on_hand=100, brand_id=brand_id if number % 2 else None
            )
            codes.append(product.code)
    cache.clear_all()
    return codes


@pytest.fixture
def indexed_products(product_codes: list[str], drain_outbox: Callable[[], int]) -> None:
    """Index the products, without documents of earlier tests."""
    drain_outbox()
    search_index.reindex()


def test_home_shows_products_and_merchants(client: FlaskClient, product_codes: list[str], record_statements) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "兴隆布行" in page.text
    assert "南通百织" in page.text
    with record_statements() as executed:
        assert client.get("/").status_code == 200
    assert len(executed) <= 4


def test_home_empty_marketplace_shows_invitation(client: FlaskClient) -> None:
    assert "市场即将开张" in client.get("/").text


def test_product_page_shows_specification_within_query_budget(
    client: FlaskClient, product_codes: list[str], record_statements
) -> None:
    page = client.get(f"/p/{product_codes[0]}")
    assert page.status_code == 200
    assert "规格" in page.text
    with record_statements() as executed:
        client.get(f"/p/{product_codes[0]}", headers={"Accept-Language": "en"})
    assert len(executed) <= 6, executed


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
        """insert into merchant_shops (merchant_id, accent, logo, announcement, introduction, contact, version)
           select id, '#123456', '{"key": "ab/cd", "colour": "#123456", "width": 9, "height": 9,
            "widths": [320]}', '{}', '{}', '{}', 1
           from merchants""",
        "update stock_levels set on_hand = 7",
        """update categories set names = '{"zh_Hans": "换了名字"}'""",
        """update brands set names = '{"zh_Hans": "换了牌子"}'""",
    ],
)
def test_product_page_cache_invalidated_by_every_write(
    client: FlaskClient, product_codes: list[str], superuser: Engine, change: str
) -> None:
    """Verify that writes by other database roles, of which this process gets no event, invalidate the cached page."""

    def main_html() -> str:
        cache.clear_memoized()  # memoized values may be stale until their TTL; values cached by row version may not
        response = client.get(f"/p/{product_codes[1]}")
        assert response.status_code == 200
        page = response.text.partition("<main")[2].partition('class="tiles"')[0]
        return re.sub(r'name="csrf_token" value="[^"]+"', "", page)

    before = main_html()
    assert main_html() == before
    with superuser.begin() as connection:
        assert connection.execute(text(change)).rowcount > 0
    assert main_html() != before


def test_product_page_links_brand_to_brand_search(
    client: FlaskClient, product_codes: list[str], indexed_products: None
) -> None:
    page = client.get(f"/p/{product_codes[1]}").text
    assert re.search(r"品牌</dt>\s*<dd><a class=\"link\" href=\"/search\?brand=qimian\">齐棉</a>", page), "brand"
    assert "brand=qimian" not in client.get(f"/p/{product_codes[0]}").text
    brand_page = client.get("/search?brand=qimian").text
    assert "6 款" in brand_page
    assert ">齐棉<" in brand_page
    search_page = client.get("/search?q=府绸").text
    assert 'name="brand" value="qimian"' in search_page
    assert 'name="brand"' not in client.get("/c/gingham").text  # a category counts no brands unless one is selected


def test_product_page_unpublished_is_not_found(ctx: Flask, actors: Actors, client: FlaskClient) -> None:
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
    with unit_of_work():
        draft = product_factory.create_draft(actors.acme_id, category.id)
    assert client.get(f"/p/{draft.code}").status_code == 404
    assert client.get("/p/no-such").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?page=99999", "?page=x&sort=nonsense&price_min=abc&view=3", "?colour=%F0%9F%91%8D&q=" + "x" * 900]
)
def test_category_invalid_query_string_is_ignored(client: FlaskClient, product_codes: list[str], query: str) -> None:
    assert client.get(f"/c/gingham{query}").status_code == 200
    assert client.get(f"/search{query}").status_code == 200


@pytest.mark.parametrize("url", ["/c/gingham", "/search", "/search?q=府绸", "/s/acme/goods", "/merchants/"])
def test_listing_page_beyond_end_shows_last_page(
    client: FlaskClient, product_codes: list[str], indexed_products: None, url: str
) -> None:
    """Verify that an old link, or products removed since, never shows an empty list under a positive count."""
    first_page = client.get(url).text
    separator = "&" if "?" in url else "?"
    for number in ("2", "999", "99999999999999999999"):
        page = client.get(f"{url}{separator}page={number}").text
        assert page.count('class="tile') == first_page.count('class="tile') > 0
        assert 'class="empty"' not in page


def test_category_unknown_slug_is_not_found(client: FlaskClient) -> None:
    assert client.get("/c/no-such").status_code == 404


def test_parse_criteria_ignores_search_field_kind() -> None:
    """Verify that the search field's `kind` (products or merchants) is not taken for the filter by kind of merchant."""
    criteria = browse_criteria.parse_criteria([("kind", "products"), ("q", "府绸"), ("kind", "trader")], facets=())
    assert criteria.text == "府绸"
    assert criteria.chosen == {"kind": ("trader",)}


def test_category_region_filter_shows_city_name(client: FlaskClient, product_codes: list[str], indexed_products: None) -> None:
    page = client.get("/c/gingham").text
    assert "浙江绍兴" in page
    assert 'value="330603"' not in page
    assert len(client.get("/c/gingham?region=3306").text.split('class="tile"')) == 13
    assert "浙江绍兴" in client.get("/c/gingham?region=3306").text.split('class="chips"')[-1]


def test_category_filter_labels_are_localized(client: FlaskClient, product_codes: list[str], indexed_products: None) -> None:
    page = client.get("/c/gingham").text
    assert ">现货<" in page
    assert ">in<" not in page
    assert ">yes<" not in page


def test_search_finds_products_and_merchants(client: FlaskClient, product_codes: list[str], indexed_products: None) -> None:
    assert 'class="tile"' in client.get("/search?what=products&q=府绸").text
    assert "兴隆布行" in client.get("/search?what=merchants&q=兴隆").text


@pytest.mark.parametrize("url", ["/c/gingham?view=table", "/search?view=table"])
def test_spec_table_within_query_budget(
    client: FlaskClient, product_codes: list[str], indexed_products: None, record_statements, url: str
) -> None:
    page = client.get(url).text
    assert "规格表" in page
    assert "成分" in page
    with record_statements() as executed:
        client.get(url)
    assert len(executed) <= 4, executed


def test_compare_shows_first_four_within_query_budget(client: FlaskClient, product_codes: list[str], record_statements) -> None:
    query_string = "&".join(f"p={code}" for code in product_codes[:5])
    with record_statements() as executed:
        page = client.get(f"/compare?{query_string}&p={product_codes[0]}&p=no-such")
    assert len(executed) <= 5, executed
    assert page.status_code == 200
    assert page.text.count('scope="col"') == 4
    assert "一次最多对比 4 款" in page.text
    assert f"/compare?p={product_codes[1]}" in page.text.replace("&amp;", "&")


def test_compare_highlights_differing_rows(client: FlaskClient, product_codes: list[str]) -> None:
    """Compare the first and third product of one merchant with the second of another (comparison, CA7)."""

    def differing_rows(*codes: str) -> set[str]:
        page = client.get("/compare?" + "&".join(f"p={code}" for code in codes), headers={"Accept-Language": "en"}).text
        return set(re.findall(r'<tr class="is-differing"><th scope="row">([^<]+)', page))

    assert "Merchant" in differing_rows(product_codes[0], product_codes[1])
    assert not {"Merchant", "Minimum", "Price", "Stock", "Kind of merchant"} & differing_rows(
        product_codes[0], product_codes[2]
    )


def test_compare_highlights_differing_prices_and_minimums(client: FlaskClient, actors: Actors, ctx: Flask) -> None:
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
        codes = []
        for price, min_quantity in ((1200, 2), (1300, 5)):
            tiers = [product_factory.TierInput(from_quantity=Decimal(min_quantity), price=price)]
            variant = product_factory.VariantInput(
                sku=f"V-{min_quantity}", weight_grams=220, min_quantity=Decimal(min_quantity)
            )
            product = product_factory.create_product(actors.acme_id, category.id, on_hand=100, tiers=tiers, variants=[variant])
            codes.append(product.code)
    cache.clear_all()
    page = client.get("/compare?" + "&".join(f"p={code}" for code in codes), headers={"Accept-Language": "en"}).text
    differing_rows = set(re.findall(r'<tr class="is-differing"><th scope="row">([^<]+)', page))
    assert {"Price", "Minimum"} <= differing_rows
    assert "Merchant" not in differing_rows


def test_compare_without_products_shows_empty_state(client: FlaskClient, ctx: Flask) -> None:
    assert "还没有要对比的货品" in client.get("/compare").text
    assert client.get("/compare?p=" + "x" * 900).status_code == 200


def test_shipping_estimate_for_region(client: FlaskClient, actors: Actors, product_codes: list[str], record_statements) -> None:
    rates = FreightRates(
        basis=RateBasis.WEIGHT, zones=(Zone(base_minor=1200, step_minor=300), Zone(regions=("65",), excluded=True))
    )
    with unit_of_work(), as_merchant(actors.rival_id):
        shipping_services.save_freight_rates(merchant_id=actors.rival_id, rates=rates)
    url = f"/p/{product_codes[0]}/delivery"
    assert "选择所在地区" in client.get(url).text
    with record_statements() as executed:
        response = client.get(f"{url}?to_province=33&to_city=3306&quantity=10")
    assert len(executed) <= 4, executed
    assert "浙江绍兴" in response.text
    assert "18" in response.text  # 10 × 220 g is 2.2 kg: 12.00 for the first kilogram and twice 3.00 for the rest
    assert "不" in client.get(f"{url}?to_province=65").text
    assert "65" in client.get_cookie("region").value
    no_js_response = client.get(f"/p/{product_codes[0]}?to_province=33&to_city=3306")
    assert "送至 浙江绍兴" in no_js_response.text
    assert client.get("/p/no-such/delivery?to_province=33").status_code == 200


def test_product_page_two_axes_show_two_option_groups(client: FlaskClient, actors: Actors, ctx: Flask) -> None:
    with unit_of_work():
        category = product_factory.create_category("gingham", attributes=True)
    with unit_of_work():
        product = product_factory.create_product(actors.acme_id, category.id, on_hand=100, **_two_axes())
    page = client.get(f"/p/{product.code}?v=RED-150").text
    assert page.count('class="choice') == 4
    red_index, narrow_index = page.index(">红"), page.index(">90 cm")
    assert 'aria-current="true"' in page[red_index - 300 : red_index]
    assert "v=RED-90" in page[narrow_index - 600 : narrow_index]


def _two_axes() -> dict[str, Any]:
    colours, widths = {"red": "红", "blue": "蓝"}, {"150": "150 cm", "90": "90 cm"}
    axes = [
        {"code": "colour", "names": {"zh_Hans": "颜色"}, "values": _values(colours)},
        {"code": "width", "names": {"zh_Hans": "门幅"}, "values": _values(widths)},
    ]
    variants = [
        VariantInput(sku=f"{colour.upper()}-{width}", options={"colour": colour, "width": width}, weight_grams=200)
        for colour in colours
        for width in widths
    ]
    return {"axes": axes, "variants": variants}


def _values(names: dict[str, str]) -> list[dict[str, Any]]:
    return [{"value": value, "names": {"zh_Hans": name}} for value, name in names.items()]


def test_merchant_shop_shows_own_products_within_query_budget(
    client: FlaskClient, actors: Actors, product_codes: list[str], indexed_products: None, record_statements
) -> None:
    front_page, page = client.get("/s/acme/"), client.get("/s/acme/goods")
    assert "本店热销" in front_page.text
    assert page.text.count('class="tile"') == 6
    assert client.get("/s/acme/goods?q=府绸&view=table&sort=newest").status_code == 200
    assert client.get("/s/no-such/goods").status_code == 404
    with record_statements() as executed:
        client.get("/s/acme/goods")
    assert len(executed) <= 4, executed
