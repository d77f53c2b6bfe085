"""What goods on the shelf have cost: the moving weighted average, and who may see it (IN1)."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask

from marketplace.catalogue.models import Product
from marketplace.inventory import queries, rules, services
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money
from tenants.access.permissions import StaffRole
from tenants.accounts.queries import account_by_id
from tenants.merchants import queries as merchants
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import goods
from tests.factories import tenants as make

HOME = "/desk/acme/stock"


@pytest.fixture
def cloth(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        return goods.product(cast.acme_id, on_hand=10)


def place_of(cast: Cast) -> UUID:
    with unit_of_work(), acting_for(cast.acme_id):
        return UUID(str(queries.locations()[0].id))


def receive(cast: Cast, variant: UUID, quantity: str, cost: int | None) -> None:
    known = None if cost is None else Money(cost, "CNY")
    place = place_of(cast)
    with unit_of_work(), acting_for(cast.acme_id):
        services.receive(variant_id=variant, location_id=place, quantity=Decimal(quantity), cost=known)


def average(cast: Cast, variant: UUID) -> Decimal | None:
    db.session.remove()
    with unit_of_work(), acting_for(cast.acme_id):
        found = queries.cost(variant)
        return found.average if found else None


@pytest.mark.parametrize(
    ("known", "lying", "cost", "quantity", "expected"),
    [
        (None, 0, 1200, 10, 1200),
        (None, 50, 1200, 10, 1200),  # nobody has said what the fifty cost
        (1000, 0, 1200, 10, 1200),
        (1000, 30, 2000, 10, 1250),
        (1000, 3, 1100, "0.5", "1014.285714"),
        (0, 10, 100, 10, 50),
    ],
)
def test_the_moving_average(known: int | None, lying: int, cost: int, quantity: str, expected: str) -> None:
    start = None if known is None else Decimal(known)
    found = rules.average_cost(known=start, lying=Decimal(lying), cost=cost, quantity=Decimal(quantity))
    assert found == Decimal(expected)


def test_receipts_move_it_and_nothing_else_does(cloth: Product, cast: Cast) -> None:
    variant, place = cloth.variants[0].id, place_of(cast)
    assert average(cast, variant) is None
    receive(cast, variant, "10", 1200)
    receive(cast, variant, "20", 1800)
    assert average(cast, variant) == Decimal(1500)
    receive(cast, variant, "5", None)
    with unit_of_work(), acting_for(cast.acme_id):
        services.write_off(variant_id=variant, location_id=place, quantity=Decimal(15), note="受潮")
        assert queries.stock_worth() == [Money(30 * 1500, "CNY")]
    assert average(cast, variant) == Decimal(1500)


def test_a_cost_below_zero_is_none(cloth: Product, cast: Cast) -> None:
    with pytest.raises(Invalid):
        receive(cast, cloth.variants[0].id, "1", -1)
    assert average(cast, cloth.variants[0].id) is None


def test_two_receipts_at_once_are_both_counted(app: Flask, cloth: Product, cast: Cast) -> None:
    variant = cloth.variants[0].id
    receive(cast, variant, "10", 1000)
    db.session.remove()

    def arrive() -> None:
        with app.app_context():
            receive(cast, variant, "10", 2000)

    crowd = [threading.Thread(target=arrive) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    # 20 lie at 1000; 40 more at 2000.
    assert average(cast, variant) == pytest.approx(Decimal("1666.6667"), abs=Decimal("0.001"))


def test_at_the_desk_it_is_typed_and_seen_by_those_who_may(app: Flask, cloth: Product, cast: Cast) -> None:
    variant, place = cloth.variants[0].id, str(place_of(cast))
    owner, keeper = cast.owner.browser(), cast.warehouse.browser()
    page, form = f"{HOME}/{variant}", {"quantity": "10", "location": place}
    wrong = owner.post(f"{page}/receive", data={**form, "cost": "zwölf"})
    assert wrong.status_code == 422
    assert "请填写金额" in wrong.text
    assert "zwölf" in wrong.text
    assert owner.post(f"{page}/receive", data={**form, "cost": "１２．５０"}).status_code == 303
    shown = owner.get(page).text
    assert "¥12.50" in shown
    assert "¥250.00" in shown, "twenty lie there"
    assert "库存成本 ¥250.00" in owner.get(f"{HOME}/?sort=worth").text
    assert keeper.post(f"{page}/receive", data={**form, "cost": "99"}).status_code == 303, "booked, without its price"
    for address in (page, f"{HOME}/", f"{HOME}/?sort=worth"):
        assert "¥" not in keeper.get(address).text
    assert average(cast, variant) == Decimal(1250)
    with unit_of_work():
        make.colleague(
            merchant=merchants.get(cast.acme_id), account=account_by_id(cast.stranger.account_id), role=StaffRole.FINANCE
        )
    assert "¥12.50" in cast.stranger.browser().get(page).text
