"""Stock: held, sold, put right; and the book that says why (IN1, IN2, IN4, behaviours 33–35)."""

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
from marketplace.inventory.errors import HoldLapsed, NoSuchStock, NotThatMany, SoldOut
from marketplace.inventory.models import MovementKind
from marketplace.inventory.services import HoldLine
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from tenants.scope import Purpose, acting_for, as_nobody, working_on
from tests.cast import Cast
from tests.factories import goods


def keep(cause: str, *wanted: tuple[UUID, int]) -> None:
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        lines = [HoldLine(variant_id=variant, quantity=Decimal(quantity)) for variant, quantity in wanted]
        services.hold(cause=cause, lines=lines, until=goods.soon())


def free(variant_id: UUID) -> int:
    with unit_of_work(), as_nobody():
        return int(queries.available([variant_id])[variant_id])


@pytest.fixture
def cloth(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        return goods.product(cast.acme_id, on_hand=10)


@pytest.fixture
def silk(ctx: Flask, cast: Cast) -> Product:
    with unit_of_work():
        return goods.product(cast.rival_id, on_hand=5)


def test_all_or_nothing_over_two_merchants(cloth: Product, silk: Product) -> None:
    mine, theirs = cloth.variants[0].id, silk.variants[0].id
    with pytest.raises(SoldOut) as refused:
        keep("one", (mine, 3), (theirs, 6))
    assert refused.value.variants == {theirs}
    assert (free(mine), free(theirs)) == (10, 5)
    keep("two", (mine, 3), (theirs, 5))
    assert (free(mine), free(theirs)) == (7, 0)


def test_again_with_the_same_cause_takes_only_the_difference(cloth: Product) -> None:
    mine = cloth.variants[0].id
    keep("one", (mine, 4))
    keep("one", (mine, 4))
    assert free(mine) == 6
    keep("one", (mine, 10))
    assert free(mine) == 0
    keep("one", (mine, 2))
    assert free(mine) == 8


def test_a_hold_whose_time_is_over_counts_as_gone_before_the_sweep(cloth: Product) -> None:
    mine = cloth.variants[0].id
    keep("slow", (mine, 10))
    assert free(mine) == 0
    with clock.shifted(timedelta(minutes=16)):
        assert free(mine) == 10
        keep("quick", (mine, 10))
        assert free(mine) == 0
        with pytest.raises(HoldLapsed), unit_of_work(), working_on(Purpose.PAYMENT):
            services.consume(cause="slow")


def test_the_sweep_gives_back_and_finds_nothing_twice(cloth: Product) -> None:
    mine = cloth.variants[0].id
    keep("slow", (mine, 4))
    with clock.shifted(timedelta(minutes=16)):
        for expected in (1, 0):
            with unit_of_work(), working_on(Purpose.SWEEP):
                assert services.release_overdue() == expected
    keep("all", (mine, 10))


def test_extended_in_time(cloth: Product) -> None:
    mine = cloth.variants[0].id
    keep("slow", (mine, 4))
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        assert services.extend_hold(cause="slow", until=clock.now() + timedelta(hours=1)) == 1
    with clock.shifted(timedelta(minutes=16)):
        assert free(mine) == 6


def test_sold_once_and_brought_back_once(cloth: Product, cast: Cast) -> None:
    mine = cloth.variants[0].id
    keep("order", (mine, 4))
    for expected in (1, 0):
        with unit_of_work(), working_on(Purpose.PAYMENT):
            assert services.consume(cause="order", note="F-1") == expected
    assert free(mine) == 6
    for expected in (1, 0):
        with unit_of_work(), working_on(Purpose.FULFILMENT):
            assert services.restock(cause="order") == expected
    assert free(mine) == 10
    with unit_of_work(), acting_for(cast.acme_id):
        book = queries.timeline(mine)
    assert [(line.kind, int(line.quantity), int(line.total)) for line in book] == [
        (MovementKind.RETURNED, 4, 10),
        (MovementKind.SOLD, -4, 6),
        (MovementKind.RECEIVED, 10, 10),
    ]


def test_released_twice_gives_back_once(cloth: Product) -> None:
    mine = cloth.variants[0].id
    keep("cart", (mine, 4))
    for expected in (1, 0):
        with unit_of_work(), working_on(Purpose.CHECKOUT):
            assert services.release(cause="cart") == expected
    assert free(mine) == 10


def test_taken_from_several_places_only_when_one_is_not_enough(cloth: Product, cast: Cast) -> None:
    mine = cloth.variants[0].id
    with unit_of_work():
        second = goods.warehouse(cast.acme_id, position=5)
        with acting_for(cast.acme_id):
            services.receive(variant_id=mine, location_id=second.id, quantity=Decimal(7))
    keep("small", (mine, 6))
    keep("large", (mine, 10))
    with unit_of_work(), acting_for(cast.acme_id):
        levels = queries.levels_of([mine])
    assert [(int(level.on_hand), int(level.held)) for level in levels] == [(10, 9), (7, 7)] or [
        (int(level.on_hand), int(level.held)) for level in levels
    ] == [(10, 10), (7, 6)]


def test_what_is_promised_cannot_be_written_off(cloth: Product, cast: Cast) -> None:
    mine = cloth.variants[0].id
    keep("order", (mine, 8))
    with unit_of_work(), acting_for(cast.acme_id):
        place = queries.locations()[0].id
    for deed in (
        lambda: services.write_off(variant_id=mine, location_id=place, quantity=Decimal(3), note="受潮"),
        lambda: services.correct(variant_id=mine, location_id=place, to=Decimal(7), note="盘点"),
    ):
        with pytest.raises(NotThatMany), unit_of_work(), acting_for(cast.acme_id):
            deed()
    with unit_of_work(), acting_for(cast.acme_id):
        services.write_off(variant_id=mine, location_id=place, quantity=Decimal(2), note="受潮")
    assert free(mine) == 0


def test_a_rival_moves_nothing_and_sees_nothing(cloth: Product, cast: Cast) -> None:
    mine = cloth.variants[0].id
    with unit_of_work():
        theirs = goods.warehouse(cast.rival_id)
    with pytest.raises(NoSuchStock), unit_of_work(), acting_for(cast.rival_id):
        services.receive(variant_id=mine, location_id=theirs.id, quantity=Decimal(1))
    with unit_of_work(), acting_for(cast.rival_id):
        assert (list(queries.levels_of([mine])), queries.timeline(mine)) == ([], [])
    assert free(mine) == 10


def test_the_card_says_whether_there_is_any(cloth: Product, cast: Cast, drain: Callable[[], int], superuser: Engine) -> None:
    def flag() -> Any:
        with superuser.connect() as connection:
            return connection.execute(text("select in_stock from products where id = :id"), {"id": cloth.id}).scalar()

    drain()
    assert flag() is True
    keep("all", (cloth.variants[0].id, 10))
    drain()
    assert flag() is False
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        services.release(cause="all")
    drain()
    assert flag() is True


def test_a_hold_is_few_statements_however_many_lines(ctx: Flask, cast: Cast, statements: Any) -> None:
    with unit_of_work():
        kind = goods.category(attributes=True)
        ids = [goods.product(cast.acme_id, kind.id, on_hand=9).variants[0].id for _ in range(12)]
    for number in (1, 12):
        with statements() as said:
            keep(f"cart {number}", *((variant, 1) for variant in ids[:number]))
        work = [line for line in said if "set_config" not in line and "insert into outbox" not in line]
        assert len(work) <= 6, work


def test_what_is_free_is_read_without_the_holds_that_live(cloth: Product, superuser: Engine) -> None:
    """However many buyers hold some: their number stands in the level, and only those that lapsed are looked up (P2, P9)."""
    mine = cloth.variants[0].id
    for number in range(6):
        keep(f"buyer {number}", (mine, 1))
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        assert services.extend_hold(cause="buyer 0", until=clock.now() + timedelta(minutes=1)) == 1

    def ask(moment: datetime) -> tuple[int, int]:
        with superuser.begin() as connection:
            connection.execute(text("analyze stock_holds"))
            connection.execute(text("set local enable_seqscan = off"))
            asked = text("select available from stock_available(array[:id]::uuid[], :moment)")
            free = connection.execute(asked, {"id": mine, "moment": moment}).scalar_one()
            table = "pg_stat_xact_user_tables where relname = 'stock_holds'"
            read = connection.execute(text(f"select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from {table}"))
            return int(free), int(read.scalar_one())

    assert ask(clock.now()) == (4, 0)
    assert ask(clock.now() + timedelta(minutes=2)) == (5, 1)
