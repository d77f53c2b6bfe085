"""Concurrent buyers: exactly the stock on hand is sold, and the movements add up; with a control that fails."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError

from marketplace.inventory import services
from marketplace.inventory.errors import OutOfStock
from marketplace.inventory.models import StockLevel
from marketplace.inventory.services import ReservationLine, reservations
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.factories import product_factory

pytestmark = pytest.mark.slow


def run_concurrently(app: Flask, jobs: Sequence[Callable[[], Any]], max_concurrency: int = 16) -> list[Any]:
    """Run all jobs, `max_concurrency` at a time, each in its own context; return results or exceptions."""
    results: list[Any] = [None] * len(jobs)
    slots, barrier = threading.BoundedSemaphore(max_concurrency), threading.Barrier(min(max_concurrency, len(jobs)))

    def run_job(number: int) -> None:
        with slots, app.app_context():
            if number < barrier.parties:
                barrier.wait()
            try:
                results[number] = jobs[number]()
            except Exception as exc:
                results[number] = exc
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run_job, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def reserve_and_consume(reference: str, *variant_ids: UUID) -> str:
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        lines = [ReservationLine(variant_id=variant, quantity=Decimal(1)) for variant in variant_ids]
        services.reserve(reference=reference, lines=lines, expires_at=product_factory.in_fifteen_minutes())
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        services.consume(reference=reference)
    return "sold"


@pytest.fixture
def variant_with_ten(app: Flask, actors: Actors) -> UUID:
    with app.app_context(), unit_of_work():
        return product_factory.create_product(actors.acme_id, on_hand=10).variants[0].id


def run_fifty_buyers(app: Flask, variant: UUID) -> list[Any]:
    return run_concurrently(app, [lambda n=n: reserve_and_consume(f"buyer {n}", variant) for n in range(50)])  # type: ignore[misc]


def get_stock_totals(superuser: Engine, variant: UUID) -> tuple[int, int, int]:
    with superuser.connect() as connection:
        row = connection.execute(
            text("""
                select (select sum(on_hand) from stock_levels where variant_id = :v),
                       (select count(*) from stock_movements where variant_id = :v and kind = 'sold'),
                       (select sum(quantity) from stock_movements where variant_id = :v)
            """),
            {"v": variant},
        ).one()
    return int(row[0]), int(row[1]), int(row[2])


def test_reserve_fifty_concurrent_buyers_sells_exactly_ten(app: Flask, variant_with_ten: UUID, superuser: Engine) -> None:
    results = run_fifty_buyers(app, variant_with_ten)
    assert sorted(str(result) if result == "sold" else type(result).__name__ for result in results) == sorted(
        ["sold"] * 10 + ["OutOfStock"] * 40
    )
    assert get_stock_totals(superuser, variant_with_ten) == (0, 10, 0)


def test_control_unguarded_update_oversells(
    app: Flask, variant_with_ten: UUID, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the guard in the UPDATE the same load oversells, or fails at the last constraint."""

    def unguarded_update_reserved(deltas: dict[UUID, Decimal]) -> bool:
        for level_id, delta in deltas.items():
            reserved = db.session.scalar(select(StockLevel.reserved).where(StockLevel.id == level_id)) or Decimal(0)
            db.session.execute(update(StockLevel).where(StockLevel.id == level_id).values(reserved=reserved + delta))
        return True

    monkeypatch.setattr(reservations, "update_reserved", unguarded_update_reserved)
    results = run_fifty_buyers(app, variant_with_ten)
    successes = [result for result in results if result == "sold"]
    db_errors = [result for result in results if isinstance(result, DBAPIError)]
    assert len(successes) != 10 or db_errors
    assert [result for result in results if result != "sold" and not isinstance(result, OutOfStock | DBAPIError)] == []


CONSISTENCY_QUERY = text("""
    select count(*) filter (where l.on_hand <> coalesce(m.total, 0)), count(*) filter (where l.reserved <> coalesce(h.open, 0)),
           sum(l.on_hand), sum(l.reserved)
    from stock_levels l
    left join (select variant_id, location_id, sum(quantity) as total from stock_movements group by 1, 2) m
        using (variant_id, location_id)
    left join (
        select variant_id, location_id, sum(quantity) as open from stock_reservations
        where released_at is null and consumed_at is null group by 1, 2
    ) h using (variant_id, location_id)
""")


@pytest.mark.parametrize("seed", range(3))
def test_reserve_multiple_variants_with_failed_payments_stays_consistent(
    app: Flask, actors: Actors, superuser: Engine, seed: int
) -> None:
    """After rejections, expiries and failures the movements add up, nothing stays reserved, and all stock can be sold."""
    with app.app_context(), unit_of_work():
        category = product_factory.create_category(attributes=True)
        contended_variants = [
            product_factory.create_product(actors.acme_id, category.id, on_hand=10).variants[0].id for _ in range(5)
        ]
    rng = random.Random(seed)

    def buy(number: int, variant_ids: Sequence[UUID]) -> str:
        with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
            lines = [ReservationLine(variant_id=variant, quantity=Decimal(1)) for variant in variant_ids]
            services.reserve(reference=f"{seed}:{number}", lines=lines, expires_at=product_factory.in_fifteen_minutes())
        with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
            if number % 5 == 0:
                services.release(reference=f"{seed}:{number}")
                return "failed"
            services.consume(reference=f"{seed}:{number}")
        return "sold"

    samples = [rng.sample(contended_variants, 3) for _ in range(60)]
    results = run_concurrently(app, [lambda n=n, sample=sample: buy(n, sample) for n, sample in enumerate(samples)])  # type: ignore[misc]
    remaining_results = run_concurrently(app, [lambda n=n: buy(1001 + 5 * n, [contended_variants[n % 5]]) for n in range(50)])  # type: ignore[misc]
    unexpected = [
        result
        for result in (*results, *remaining_results)
        if result not in ("sold", "failed") and not isinstance(result, OutOfStock)
    ]
    assert unexpected == []
    with superuser.connect() as connection:
        assert [int(count) for count in connection.execute(CONSISTENCY_QUERY).one()] == [0, 0, 0, 0]


def test_reserve_reclaims_expired_reservations_concurrently_without_deadlock(
    app: Flask, actors: Actors, superuser: Engine
) -> None:
    """With all stock reserved but expired: no deadlock, and no available stock is refused."""
    with app.app_context(), unit_of_work():
        category = product_factory.create_category(attributes=True)
        contended_variants = [
            product_factory.create_product(actors.acme_id, category.id, on_hand=4).variants[0].id for _ in range(6)
        ]
    with app.app_context(), unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        for number in range(4):
            lines = [ReservationLine(variant_id=variant, quantity=Decimal(1)) for variant in contended_variants]
            services.reserve(reference=f"late {number}", lines=lines, expires_at=clock.now() - timedelta(seconds=1))
    rng = random.Random(7)
    samples = [rng.sample(contended_variants, 3) for _ in range(24)]
    results = run_concurrently(
        app, [lambda n=n, sample=sample: reserve_and_consume(f"crowd {n}", *sample) for n, sample in enumerate(samples)]
    )  # type: ignore[misc]
    assert [result for result in results if result != "sold" and not isinstance(result, OutOfStock)] == []
    assert results.count("sold") >= 4
    sold_out = {variant for variant in contended_variants if get_stock_totals(superuser, variant)[0] == 0}
    assert [
        sample for result, sample in zip(results, samples, strict=True) if result != "sold" and not sold_out & set(sample)
    ] == []
    with superuser.connect() as connection:
        assert [int(count) for count in connection.execute(CONSISTENCY_QUERY).one()][:2] == [0, 0]
