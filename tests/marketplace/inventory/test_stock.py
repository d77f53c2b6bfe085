"""Reservations, sales, adjustments and movements (inventory management IN1, stocktake IN2, movement log IN4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.catalogue.models import Product
from marketplace.inventory import queries, services
from marketplace.inventory.errors import InsufficientAvailable, OutOfStock, ReservationExpired, StockNotFound
from marketplace.inventory.models import MovementKind
from marketplace.inventory.services import ReservationLine
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from tenants.isolation import AccessPurpose, as_anonymous, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import product_factory


def reserve_items(reference: str, *items: tuple[UUID, int]) -> None:
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        lines = [ReservationLine(variant_id=variant, quantity=Decimal(quantity)) for variant, quantity in items]
        services.reserve(reference=reference, lines=lines, expires_at=product_factory.in_fifteen_minutes())


def get_available(variant_id: UUID) -> int:
    with unit_of_work(), as_anonymous():
        return int(queries.get_available([variant_id])[variant_id])


@pytest.fixture
def cloth(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        return product_factory.create_product(actors.acme_id, on_hand=10)


@pytest.fixture
def silk(ctx: Flask, actors: Actors) -> Product:
    with unit_of_work():
        return product_factory.create_product(actors.rival_id, on_hand=5)


def test_reserve_two_merchants_is_atomic(cloth: Product, silk: Product) -> None:
    variant_id, other_variant_id = cloth.variants[0].id, silk.variants[0].id
    with pytest.raises(OutOfStock) as exc_info:
        reserve_items("one", (variant_id, 3), (other_variant_id, 6))
    assert exc_info.value.variants == {other_variant_id}
    assert (get_available(variant_id), get_available(other_variant_id)) == (10, 5)
    reserve_items("two", (variant_id, 3), (other_variant_id, 5))
    assert (get_available(variant_id), get_available(other_variant_id)) == (7, 0)


def test_reserve_same_reference_adjusts_by_difference(cloth: Product) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("one", (variant_id, 4))
    reserve_items("one", (variant_id, 4))
    assert get_available(variant_id) == 6
    reserve_items("one", (variant_id, 10))
    assert get_available(variant_id) == 0
    reserve_items("one", (variant_id, 2))
    assert get_available(variant_id) == 8


def test_expired_reservation_is_available_before_cleanup(cloth: Product) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("slow", (variant_id, 10))
    assert get_available(variant_id) == 0
    with clock.shift_time(timedelta(minutes=16)):
        assert get_available(variant_id) == 10
        reserve_items("quick", (variant_id, 10))
        assert get_available(variant_id) == 0
        with pytest.raises(ReservationExpired), unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
            services.consume(reference="slow")


def test_release_expired_is_idempotent(cloth: Product) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("slow", (variant_id, 4))
    with clock.shift_time(timedelta(minutes=16)):
        for expected in (1, 0):
            with unit_of_work(), with_purpose(AccessPurpose.SWEEP):
                assert services.release_expired() == expected
    reserve_items("all", (variant_id, 10))


def test_extend_reservation_moves_expiry(cloth: Product) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("slow", (variant_id, 4))
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        assert services.extend_reservation(reference="slow", expires_at=clock.now() + timedelta(hours=1)) == 1
    with clock.shift_time(timedelta(minutes=16)):
        assert get_available(variant_id) == 6


def test_consume_and_restock_are_idempotent(cloth: Product, actors: Actors) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("order", (variant_id, 4))
    for expected in (1, 0):
        with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
            assert services.consume(reference="order", note="F-1") == expected
    assert get_available(variant_id) == 6
    for expected in (1, 0):
        with unit_of_work(), with_purpose(AccessPurpose.FULFILMENT):
            assert services.restock(reference="order") == expected
    assert get_available(variant_id) == 10
    with unit_of_work(), as_merchant(actors.acme_id):
        history = queries.get_variant_history(variant_id)
    assert [(movement.kind, int(movement.quantity), int(movement.total)) for movement in history] == [
        (MovementKind.RETURNED, 4, 10),
        (MovementKind.SOLD, -4, 6),
        (MovementKind.RECEIVED, 10, 10),
    ]


def test_release_is_idempotent(cloth: Product) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("cart", (variant_id, 4))
    for expected in (1, 0):
        with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
            assert services.release(reference="cart") == expected
    assert get_available(variant_id) == 10


def test_reserve_splits_locations_only_when_needed(cloth: Product, actors: Actors) -> None:
    variant_id = cloth.variants[0].id
    with unit_of_work():
        second_location = product_factory.create_warehouse(actors.acme_id, position=5)
        with as_merchant(actors.acme_id):
            services.receive(variant_id=variant_id, location_id=second_location.id, quantity=Decimal(7))
    reserve_items("small", (variant_id, 6))
    reserve_items("large", (variant_id, 10))
    with unit_of_work(), as_merchant(actors.acme_id):
        levels = queries.list_levels([variant_id])
    assert [(int(level.on_hand), int(level.reserved)) for level in levels] == [(10, 9), (7, 7)] or [
        (int(level.on_hand), int(level.reserved)) for level in levels
    ] == [(10, 10), (7, 6)]


def test_reserved_stock_cannot_be_written_off_or_adjusted(cloth: Product, actors: Actors) -> None:
    variant_id = cloth.variants[0].id
    reserve_items("order", (variant_id, 8))
    with unit_of_work(), as_merchant(actors.acme_id):
        location_id = queries.list_locations()[0].id
    for action in (
        lambda: services.write_off(variant_id=variant_id, location_id=location_id, quantity=Decimal(3), note="受潮"),
        lambda: services.adjust(variant_id=variant_id, location_id=location_id, new_quantity=Decimal(7), note="盘点"),
    ):
        with pytest.raises(InsufficientAvailable), unit_of_work(), as_merchant(actors.acme_id):
            action()
    with unit_of_work(), as_merchant(actors.acme_id):
        services.write_off(variant_id=variant_id, location_id=location_id, quantity=Decimal(2), note="受潮")
    assert get_available(variant_id) == 0


def test_stock_is_isolated_by_merchant(cloth: Product, actors: Actors) -> None:
    variant_id = cloth.variants[0].id
    with unit_of_work():
        other_location = product_factory.create_warehouse(actors.rival_id)
    with pytest.raises(StockNotFound), unit_of_work(), as_merchant(actors.rival_id):
        services.receive(variant_id=variant_id, location_id=other_location.id, quantity=Decimal(1))
    with unit_of_work(), as_merchant(actors.rival_id):
        assert (list(queries.list_levels([variant_id])), queries.get_variant_history(variant_id)) == ([], [])
    assert get_available(variant_id) == 10


def test_in_stock_flag_follows_reservations(
    cloth: Product, actors: Actors, drain_outbox: Callable[[], int], superuser: Engine
) -> None:
    def read_in_stock() -> Any:
        with superuser.connect() as connection:
            return connection.execute(text("select in_stock from products where id = :id"), {"id": cloth.id}).scalar()

    drain_outbox()
    assert read_in_stock() is True
    reserve_items("all", (cloth.variants[0].id, 10))
    drain_outbox()
    assert read_in_stock() is False
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        services.release(reference="all")
    drain_outbox()
    assert read_in_stock() is True


def test_reserve_query_count_is_bounded(ctx: Flask, actors: Actors, record_statements: Any) -> None:
    with unit_of_work():
        category = product_factory.create_category(attributes=True)
        variant_ids = [product_factory.create_product(actors.acme_id, category.id, on_hand=9).variants[0].id for _ in range(12)]
    for number in (1, 12):
        with record_statements() as executed:
            reserve_items(f"cart {number}", *((variant, 1) for variant in variant_ids[:number]))
        inventory_statements = [
            statement for statement in executed if "set_config" not in statement and "insert into outbox" not in statement
        ]
        assert len(inventory_statements) <= 6, inventory_statements


def test_stock_available_reads_only_expired_reservations(cloth: Product, superuser: Engine) -> None:
    """With any number of reservations only expired ones are read: the level has the sum of all."""
    variant_id = cloth.variants[0].id
    for number in range(6):
        reserve_items(f"buyer {number}", (variant_id, 1))
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        assert services.extend_reservation(reference="buyer 0", expires_at=clock.now() + timedelta(minutes=1)) == 1

    def read_available(moment: datetime) -> tuple[int, int]:
        with superuser.begin() as connection:
            connection.execute(text("analyze stock_reservations"))
            connection.execute(text("set local enable_seqscan = off"))
            stmt = text("select available from stock_available(array[:id]::uuid[], :moment)")
            available = connection.execute(stmt, {"id": variant_id, "moment": moment}).scalar_one()
            stats_table = "pg_stat_xact_user_tables where relname = 'stock_reservations'"
            reads = connection.execute(
                text(f"select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from {stats_table}")
            )
            return int(available), int(reads.scalar_one())

    assert read_available(clock.now()) == (4, 0)
    assert read_available(clock.now() + timedelta(minutes=2)) == (5, 1)
