"""Costs of stock: the moving weighted average, and who may see it (inventory management, IN1)."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.inventory import queries, services, valuation
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.money import Money
from tenants.access.permissions import StaffRole
from tenants.accounts.queries import get_account
from tenants.isolation import as_merchant
from tenants.merchants import queries as merchant_queries
from tests.actors import Actors
from tests.factories import product_factory, tenant_factory

STOCK_URL = "/desk/acme/stock"


@pytest.fixture
def cloth(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        return product_factory.create_product(actors.acme_id, on_hand=10)


def get_location_id(actors: Actors) -> UUID:
    with unit_of_work(), as_merchant(actors.acme_id):
        return UUID(str(queries.list_locations()[0].id))


def receive_stock(actors: Actors, variant: UUID, quantity: str, cost: int | None) -> None:
    unit_cost = None if cost is None else Money(cost, "CNY")
    location_id = get_location_id(actors)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.receive(variant_id=variant, location_id=location_id, quantity=Decimal(quantity), cost=unit_cost)


def get_average_cost(actors: Actors, variant: UUID) -> Decimal | None:
    db.session.remove()
    with unit_of_work(), as_merchant(actors.acme_id):
        stock_cost = queries.get_cost(variant)
        return stock_cost.average if stock_cost else None


@pytest.mark.parametrize(
    ("current_average", "on_hand", "cost", "quantity", "expected"),
    [
        (None, 0, 1200, 10, 1200),
        (None, 50, 1200, 10, 1200),  # the cost of the fifty is unknown
        (1000, 0, 1200, 10, 1200),
        (1000, 30, 2000, 10, 1250),
        (1000, 3, 1100, "0.5", "1014.285714"),
        (0, 10, 100, 10, 50),
    ],
)
def test_average_cost_is_moving_weighted_average(
    current_average: int | None, on_hand: int, cost: int, quantity: str, expected: str
) -> None:
    current = None if current_average is None else Decimal(current_average)
    result = valuation.average_cost(current_average=current, on_hand=Decimal(on_hand), cost=cost, quantity=Decimal(quantity))
    assert result == Decimal(expected)


def test_average_cost_changes_only_on_receipts_with_cost(cloth: Product, actors: Actors) -> None:
    variant, location_id = cloth.variants[0].id, get_location_id(actors)
    assert get_average_cost(actors, variant) is None
    receive_stock(actors, variant, "10", 1200)
    receive_stock(actors, variant, "20", 1800)
    assert get_average_cost(actors, variant) == Decimal(1500)
    receive_stock(actors, variant, "5", None)
    with unit_of_work(), as_merchant(actors.acme_id):
        services.write_off(variant_id=variant, location_id=location_id, quantity=Decimal(15), note="受潮")
        assert queries.get_stock_value() == [Money(30 * 1500, "CNY")]
    assert get_average_cost(actors, variant) == Decimal(1500)


def test_receive_negative_cost_is_rejected(cloth: Product, actors: Actors) -> None:
    with pytest.raises(ValidationError):
        receive_stock(actors, cloth.variants[0].id, "1", -1)
    assert get_average_cost(actors, cloth.variants[0].id) is None


def test_concurrent_receipts_update_average_cost(app: Flask, cloth: Product, actors: Actors) -> None:
    variant = cloth.variants[0].id
    receive_stock(actors, variant, "10", 1000)
    db.session.remove()

    def receive_in_thread() -> None:
        with app.app_context():
            receive_stock(actors, variant, "10", 2000)

    threads = [threading.Thread(target=receive_in_thread) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 20 are in stock at 1000; 40 more arrive at 2000.
    assert get_average_cost(actors, variant) == pytest.approx(Decimal("1666.6667"), abs=Decimal("0.001"))


def test_stock_pages_show_costs_only_with_permission(app: Flask, cloth: Product, actors: Actors) -> None:
    variant, location_id = cloth.variants[0].id, str(get_location_id(actors))
    owner_client, warehouse_client = actors.owner.client(), actors.warehouse.client()
    page, form = f"{STOCK_URL}/{variant}", {"quantity": "10", "location": location_id}
    error_response = owner_client.post(f"{page}/receive", data={**form, "cost": "zwölf"})
    assert error_response.status_code == 422
    assert "请填写金额" in error_response.text
    assert "zwölf" in error_response.text
    assert owner_client.post(f"{page}/receive", data={**form, "cost": "１２．５０"}).status_code == 303
    html = owner_client.get(page).text
    assert "¥12.50" in html
    assert "¥250.00" in html, "twenty are in stock"
    assert "库存成本 ¥250.00" in owner_client.get(f"{STOCK_URL}/?sort=worth").text
    assert warehouse_client.post(f"{page}/receive", data={**form, "cost": "99"}).status_code == 303, "recorded without its cost"
    for url in (page, f"{STOCK_URL}/", f"{STOCK_URL}/?sort=worth"):
        assert "¥" not in warehouse_client.get(url).text
    assert get_average_cost(actors, variant) == Decimal(1250)
    with unit_of_work():
        tenant_factory.create_staff(
            merchant=merchant_queries.get_merchant(actors.acme_id),
            account=get_account(actors.stranger.account_id),
            role=StaffRole.FINANCE,
        )
    assert "¥12.50" in actors.stranger.client().get(page).text
