"""The demo market as it is planted: full, the same every time, in both languages, with something in every queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import search, services
from marketplace.catalogue.models import ProductState
from marketplace.demo.planting import plant_market
from marketplace.inventory.services import refresh_flags
from marketplace.kernel import outbox
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.seeding import Plan, plant_all
from marketplace.kernel.texts import LANGUAGES
from marketplace.kernel.uploads import WIDTHS
from search import EVERYBODY, Query
from tenants.accounts.rules import password_complaint
from tenants.accounts.seeds import PASSWORD
from tenants.admission.models import ApplicationState
from tenants.merchants.models import MerchantKind
from tests.conftest import empty
from tests.factories.market import ADMIN, BUYER, OWNER, PERSON, WAREHOUSE, Planted, planted

ONE_WORLD = True
Ask = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def market(app: Flask, superuser: Engine) -> Iterator[Planted]:
    yield planted(app)
    empty(superuser)


@pytest.fixture
def ask(superuser: Engine, market: Planted) -> Iterator[Ask]:
    """Rows as they are seen from above the wall; the first column alone where there is but one."""
    with superuser.connect() as connection:

        def rows(statement: str) -> list[Any]:
            found = connection.execute(text(statement)).all()
            return [row[0] if len(row) == 1 else tuple(row) for row in found]

        yield rows


def test_goods_stand_in_every_state_at_merchants_of_every_kind(market: Planted, ask: Ask) -> None:
    states = Counter(ask("select state from products"))
    assert states.total() == market.plan.products == 60
    assert set(states) == {state.value for state in ProductState} - {"deleted"}
    assert states["on_sale"] >= 50
    assert set(ask("select distinct m.kind from merchants m join products p on p.merchant_id = m.id")) == set(MerchantKind)


def test_something_waits_in_every_queue(ask: Ask) -> None:
    assert {state.value for state in ApplicationState} == set(ask("select distinct state from applications"))
    assert ask("select count(*) from products where state = 'in_review'")[0] >= 2
    jinlan = "from products p join merchants m on m.id = p.merchant_id where m.slug = 'jinlan'"
    assert set(ask(f"select distinct p.state {jinlan}")) >= {"on_sale", "rejected"}
    below = """select count(*) from stock_alert_lines a
        where a.quantity >= (select sum(l.on_hand - l.held) from stock_levels l where l.variant_id = a.variant_id)"""
    assert ask(below)[0] > 0


def test_rates_were_set_by_category_and_merchant_and_sales_pay_by_them(ask: Ask) -> None:
    assert ask("select count(*) from commission_rate_sets") == [2]
    kinds = ask("select merchant_id is not null, category <> '' from commission_rates where set_number = 2")
    assert {(True, False), (False, True)} <= set(kinds)
    assert len(ask("select distinct basis_points from fee_lines")) >= 3


def test_everything_is_said_in_both_languages(ask: Ask) -> None:
    said = {
        "products": ("title", "description"),
        "variants": ("label",),
        "pictures": ("alt",),
        "categories": ("names",),
        "attributes": ("names",),
        "brands": ("names",),
        "merchants": ("name",),
    }
    for table, columns in said.items():
        for column in columns:
            lacking = " or ".join(f"coalesce({column} ->> '{language}', '') = ''" for language in LANGUAGES)
            silent = f"select count(*) from {table} where {lacking}"
            assert (table, column, ask(silent)[0]) == (table, column, 0)
            assert ask(f"select count(*) from {table} where {column} ->> 'en' ~ '[一-龥]'")[0] == 0, table


def test_every_picture_is_in_storage(market: Planted, ask: Ask) -> None:
    keys = ask("select key from pictures union select cover_key from products union select picture from categories")
    storage = market.app.extensions["storage"]
    assert len(keys) > 150
    missing = [f"{key}-{width}" for key in keys for width in WIDTHS if not storage.get(f"{key}-{width}.webp")]
    assert missing == []


def test_what_is_on_sale_meets_the_listing_standard(market: Planted) -> None:
    with market.app.app_context(), unit_of_work(read_only=True):
        for product_id in market.on_sale.values():
            assert services.checklist(product=catalogue.get(product_id)) == {}


def test_goods_stand_within_their_merchants_contract(ask: Ask) -> None:
    outside = """select p.reference from products p join categories c on c.id = p.category_id
        where not exists (select 1 from merchant_scopes s where s.merchant_id = p.merchant_id and c.path ? s.code)"""
    assert ask(outside) == []


def test_every_product_on_sale_is_found(market: Planted, ask: Ask) -> None:
    with market.app.app_context():
        versions = dict(search.engine().versions(search.PRODUCTS))
        assert set(versions) == {str(product_id) for product_id in market.on_sale.values()}
        for title in ask("select title ->> 'zh_Hans' from products where state = 'on_sale' order by code limit 8"):
            found = search.engine().find(search.PRODUCTS, Query(audience=(EVERYBODY,), text=title))
            assert found.total, title


def test_stock_came_through_the_book_and_cards_agree(market: Planted, ask: Ask) -> None:
    assert {"received", "counted", "written_off"} <= set(ask("select distinct kind from stock_movements"))
    off = """select count(*) from stock_levels l where l.on_hand <>
        coalesce((select sum(m.quantity) from stock_movements m
            where (m.variant_id, m.location_id) = (l.variant_id, l.location_id)), 0)"""
    assert ask(off)[0] == 0
    assert (
        ask("select count(*) from variants v where not exists (select 1 from stock_levels l where l.variant_id = v.id)")[0] == 0
    )
    assert ask("select count(*) from stock_levels where on_hand = 0")[0] > 0
    with market.app.app_context():
        outbox.deliver_all()
    with market.app.app_context(), unit_of_work():
        assert refresh_flags(variant_ids=ask("select id from variants")) == 0


def test_goods_came_over_months_and_after_their_merchants(market: Planted, ask: Ask) -> None:
    days = [
        (market.plan.moment - moment) / timedelta(days=1)
        for moment in ask("select published_at from products where published_at is not null")
    ]
    assert min(days) < 15
    assert max(days) > 90
    assert len({int(day) for day in days}) > 30
    early = "select p.code from products p join merchants m on m.id = p.merchant_id where p.created_at < m.admitted_at"
    assert ask(early) == []
    assert ask("select count(*) from products where updated_at > now() or created_at > updated_at")[0] == 0
    assert len(set(ask("select sales_count from products where state = 'on_sale'"))) > 10


def test_everybody_signs_in_with_the_one_password(market: Planted, ask: Ask) -> None:
    assert len(set(ask("select password_hash from accounts"))) == 1
    assert ask("select count(*) from accounts where email_confirmed_at is null")[0] == 0
    with market.app.app_context():
        assert password_complaint(PASSWORD) is None
        lines = [line for feature in market.app.extensions["features"] if feature.sign_ins for line in feature.sign_ins()]
    for login in (OWNER, WAREHOUSE, BUYER, PERSON, ADMIN):
        assert any(line.split()[:1] == [login] for line in lines), login
        visitor = market.app.test_client()
        answer = visitor.post("/sign-in", data={"name": login, "password": PASSWORD})
        assert answer.status_code in (302, 303), login


def test_the_doors_open_and_are_full(market: Planted) -> None:
    assert "锦澜" in market.browser(OWNER).get("/desk/jinlan/").text
    assert market.browser(OWNER).get("/desk/jinlan/products").status_code in (200, 308)
    assert market.browser(ADMIN).get("/console/").status_code == 200
    for path in ("/", "/c/cotton", "/search?q=牛仔"):
        assert market.app.test_client().get(path).status_code == 200, path


def test_a_second_planting_changes_nothing(market: Planted, ask: Ask) -> None:
    before = ask("select count(*) from audit_events")
    with market.app.app_context():
        assert plant_market(size="demo", say=lambda _line: None).size == "small"
        assert plant_all(market.app.extensions["features"], Plan(size="small")) == []
    assert ask("select count(*) from audit_events") == before


def test_two_plantings_give_equal_rows_but_for_ids(app: Flask, superuser: Engine, market: Planted) -> None:
    """Runs last: it empties the market and plants it again."""
    first = told(superuser)
    empty(superuser)
    with app.app_context():
        plant_market(size="small", say=lambda _line: None)
    second = told(superuser)
    assert {table: len(rows) for table, rows in first.items()} == {table: len(rows) for table, rows in second.items()}
    assert first == second


COMPARED = {
    "products": "code, reference, title, description, attributes, axes, unit, state, price_low, cover_key",
    "variants": "sku, options, label, weight_grams, min_quantity, max_quantity, step, position",
    "price_tiers": "from_quantity, price",
    "pictures": "key, colour, alt, position",
    "categories": "slug, path, names, summary, picture, position",
    "attributes": "code, names, kind, unit, options, required, facet, position",
    "storefronts": "accent, logo, banner, announcement, introduction, contact",
    "merchants": "slug, name, kind, ownership, region_code, founded_year, staff_size",
    "staff": "role, name, email",
    "accounts": "login, email, name, phone, locale",
    "addresses": "name, phone, region_code, street, usual",
    "applications": "state, title, rounds, remarks, said",
    "locations": "name, region_code, address, position",
    "stock_alert_lines": "quantity",
}


# What was sold since hangs on the weekday of the planting.
RECEIVED = "stock_movements where kind in ('received', 'counted', 'written_off')"


def told(superuser: Engine) -> dict[str, list[str]]:
    """What the rows say, without their names and moments."""
    with superuser.connect() as connection:
        return {
            table: sorted(str(tuple(row)) for row in connection.execute(text(f"select {columns} from {table}")))
            for table, columns in (COMPARED | {RECEIVED: "quantity, note"}).items()
        }
