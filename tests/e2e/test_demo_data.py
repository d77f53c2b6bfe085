"""Demo data: complete, deterministic, in both languages, with items in every queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from demo.registry import SEEDERS, list_demo_logins
from demo.seed_marketplace import seed_marketplace
from demo.seeding import SeedContext, seed_all
from demo.seeds.accounts import PASSWORD
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import search_index, services
from marketplace.catalogue.models import ProductState
from marketplace.inventory.services import update_in_stock_flags
from marketplace.kernel import outbox
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.localized_text import LANGUAGES
from marketplace.media.uploads import WIDTHS
from search import PUBLIC_AUDIENCE, Query
from tenants.accounts.validators import validate_password
from tenants.merchant_applications.models import ApplicationState
from tenants.merchants.models import MerchantKind
from tests.conftest import empty_tables
from tests.factories.demo_market import ADMIN, BUYER, OWNER, PERSON, WAREHOUSE, DemoMarket, seed_demo_data

SHARED_DATABASE = True
QueryRows = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def demo_market(app: Flask, superuser: Engine) -> Iterator[DemoMarket]:
    yield seed_demo_data(app)
    empty_tables(superuser)


@pytest.fixture
def query_rows(superuser: Engine, demo_market: DemoMarket) -> Iterator[QueryRows]:
    """Return a function that queries rows without row-level security; single columns are unpacked."""
    with superuser.connect() as connection:

        def execute(sql: str) -> list[Any]:
            result_rows = connection.execute(text(sql)).all()
            return [row[0] if len(row) == 1 else tuple(row) for row in result_rows]

        yield execute


def test_products_cover_every_state_and_merchant_kind(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    states = Counter(query_rows("select state from products"))
    assert states.total() == demo_market.seed_context.product_count == 60
    assert set(states) == {state.value for state in ProductState} - {"deleted"}
    assert states["on_sale"] >= 50
    assert set(query_rows("select distinct m.kind from merchants m join products p on p.merchant_id = m.id")) == set(
        MerchantKind
    )


def test_every_queue_has_items(query_rows: QueryRows) -> None:
    assert {state.value for state in ApplicationState} == set(query_rows("select distinct state from applications"))
    assert query_rows("select count(*) from products where state = 'in_review'")[0] >= 2
    jinlan = "from products p join merchants m on m.id = p.merchant_id where m.slug = 'jinlan'"
    assert set(query_rows(f"select distinct p.state {jinlan}")) >= {"on_sale", "rejected"}
    below = """select count(*) from low_stock_thresholds a
        where a.quantity >= (select sum(l.on_hand - l.reserved) from stock_levels l where l.variant_id = a.variant_id)"""
    assert query_rows(below)[0] > 0


def test_commission_rates_apply_by_category_and_merchant(query_rows: QueryRows) -> None:
    assert query_rows("select count(*) from commission_rate_sets") == [2]
    rate_targets = query_rows("select merchant_id is not null, category <> '' from commission_rates where set_number = 2")
    assert {(True, False), (False, True)} <= set(rate_targets)
    assert len(query_rows("select distinct basis_points from commission_entries")) >= 3


def test_texts_exist_in_both_languages(query_rows: QueryRows) -> None:
    localized_columns = {
        "products": ("title", "description"),
        "variants": ("label",),
        "pictures": ("alt",),
        "categories": ("names",),
        "attributes": ("names",),
        "brands": ("names",),
        "merchants": ("name",),
    }
    for table, columns in localized_columns.items():
        for column in columns:
            missing = " or ".join(f"coalesce({column} ->> '{language}', '') = ''" for language in LANGUAGES)
            query = f"select count(*) from {table} where {missing}"
            assert (table, column, query_rows(query)[0]) == (table, column, 0)
            assert query_rows(f"select count(*) from {table} where {column} ->> 'en' ~ '[一-龥]'")[0] == 0, table


def test_every_picture_rendition_is_stored(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    keys = query_rows("select key from pictures union select cover_key from products union select picture from categories")
    storage = demo_market.app.extensions["storage"]
    assert len(keys) > 150
    missing = [f"{key}-{width}" for key in keys for width in WIDTHS if not storage.get(f"{key}-{width}.webp")]
    assert missing == []


def test_published_products_meet_listing_requirements(demo_market: DemoMarket) -> None:
    with demo_market.app.app_context(), unit_of_work(read_only=True):
        for product_id in demo_market.on_sale.values():
            assert services.list_missing_requirements(product=catalogue.get_product(product_id)) == {}


def test_products_within_merchant_business_scope(query_rows: QueryRows) -> None:
    query = """select p.reference from products p join categories c on c.id = p.category_id
        where not exists (select 1 from merchant_scopes s where s.merchant_id = p.merchant_id and c.path ? s.code)"""
    assert query_rows(query) == []


def test_published_products_are_searchable(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    with demo_market.app.app_context():
        versions = dict(search_index.get_engine().versions(search_index.PRODUCTS))
        assert set(versions) == {str(product_id) for product_id in demo_market.on_sale.values()}
        for title in query_rows("select title ->> 'zh_Hans' from products where state = 'on_sale' order by code limit 8"):
            result = search_index.get_engine().search(search_index.PRODUCTS, Query(audience=(PUBLIC_AUDIENCE,), text=title))
            assert result.total, title


def test_stock_levels_match_movements_and_flags(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    assert {"received", "counted", "written_off"} <= set(query_rows("select distinct kind from stock_movements"))
    query = """select count(*) from stock_levels l where l.on_hand <>
        coalesce((select sum(m.quantity) from stock_movements m
            where (m.variant_id, m.location_id) = (l.variant_id, l.location_id)), 0)"""
    assert query_rows(query)[0] == 0
    assert (
        query_rows("select count(*) from variants v where not exists (select 1 from stock_levels l where l.variant_id = v.id)")[
            0
        ]
        == 0
    )
    assert query_rows("select count(*) from stock_levels where on_hand = 0")[0] > 0
    with demo_market.app.app_context():
        outbox.process_all()
    with demo_market.app.app_context(), unit_of_work():
        assert update_in_stock_flags(variant_ids=query_rows("select id from variants")) == 0


def test_product_dates_spread_and_after_merchant_admission(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    days = [
        (demo_market.seed_context.moment - moment) / timedelta(days=1)
        for moment in query_rows("select published_at from products where published_at is not null")
    ]
    assert min(days) < 15
    assert max(days) > 90
    assert len({int(day) for day in days}) > 30
    early = "select p.code from products p join merchants m on m.id = p.merchant_id where p.created_at < m.admitted_at"
    assert query_rows(early) == []
    assert query_rows("select count(*) from products where updated_at > now() or created_at > updated_at")[0] == 0
    assert len(set(query_rows("select sales_count from products where state = 'on_sale'"))) > 10


def test_demo_accounts_share_one_password(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    assert len(set(query_rows("select password_hash from accounts"))) == 1
    assert query_rows("select count(*) from accounts where email_confirmed_at is null")[0] == 0
    with demo_market.app.app_context():
        assert validate_password(PASSWORD) is None
        lines = list_demo_logins()
    for login in (OWNER, WAREHOUSE, BUYER, PERSON, ADMIN):
        assert any(line.split()[:1] == [login] for line in lines), login
        client = demo_market.app.test_client()
        response = client.post("/sign-in", data={"name": login, "password": PASSWORD})
        assert response.status_code in (302, 303), login


def test_main_pages_show_demo_content(demo_market: DemoMarket) -> None:
    assert "锦澜" in demo_market.client(OWNER).get("/desk/jinlan/").text
    assert demo_market.client(OWNER).get("/desk/jinlan/products").status_code in (200, 308)
    assert demo_market.client(ADMIN).get("/console/").status_code == 200
    for path in ("/", "/c/cotton", "/search?q=牛仔"):
        assert demo_market.app.test_client().get(path).status_code == 200, path


def test_seeding_twice_changes_nothing(demo_market: DemoMarket, query_rows: QueryRows) -> None:
    before = query_rows("select count(*) from audit_events")
    with demo_market.app.app_context():
        assert seed_marketplace(size="demo", log=lambda _message: None).size == "small"
        assert seed_all(SEEDERS, SeedContext(size="small")) == []
    assert query_rows("select count(*) from audit_events") == before


def test_seeding_is_deterministic_except_ids(app: Flask, superuser: Engine, demo_market: DemoMarket) -> None:
    """Seed again after emptying the database; runs last."""
    first = dump_rows(superuser)
    empty_tables(superuser)
    with app.app_context():
        seed_marketplace(size="small", log=lambda _message: None)
    second = dump_rows(superuser)
    assert {table: len(rows) for table, rows in first.items()} == {table: len(rows) for table, rows in second.items()}
    assert first == second


COMPARED_COLUMNS = {
    "products": "code, reference, title, description, attributes, axes, unit, state, price_low, cover_key",
    "variants": "sku, options, label, weight_grams, min_quantity, max_quantity, step, position",
    "price_tiers": "from_quantity, price",
    "pictures": "key, colour, alt, position",
    "categories": "slug, path, names, summary, picture, position",
    "attributes": "code, names, kind, unit, options, required, facet, position",
    "merchant_shops": "accent, logo, banner, announcement, introduction, contact",
    "merchants": "slug, name, kind, ownership, region_code, founded_year, staff_size",
    "staff": "role, name, email",
    "accounts": "login, email, name, phone, locale",
    "addresses": "name, phone, region_code, street, is_default",
    "applications": "state, title, submission_count, field_comments, decision_note",
    "locations": "name, region_code, address, position",
    "low_stock_thresholds": "quantity",
}


# Sales depend on the weekday of the seeding, so only these movements are compared.
RECEIVED_MOVEMENTS = "stock_movements where kind in ('received', 'counted', 'written_off')"


def dump_rows(superuser: Engine) -> dict[str, list[str]]:
    """Return the compared columns of the rows, without ids and times."""
    with superuser.connect() as connection:
        return {
            table: sorted(str(tuple(row)) for row in connection.execute(text(f"select {columns} from {table}")))
            for table, columns in (COMPARED_COLUMNS | {RECEIVED_MOVEMENTS: "quantity, note"}).items()
        }
