"""Concurrent checkouts over HTTP against a live server: no overselling of scarce stock, no deadlocks on popular variants."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from local.embedded import EmbeddedServers
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.ids import random_token
from marketplace.kernel.settings import Settings
from tests.actors import Actors
from tests.factories import product_factory
from tests.marketplace.checkout import live_server
from tests.marketplace.checkout.live_server import PreparedRequest, TimedResponse
from tests.marketplace.checkout.test_races import count_rows, create_buyers, create_variant

pytestmark = pytest.mark.slow
WSGI_VARIANTS = "tests.marketplace.checkout.wsgi_variants:"
PRICE = 1850
OUT_OF_STOCK_TEXT = "暂时缺货"
ServerFactory = Callable[..., AbstractContextManager[live_server.LiveServer]]


@pytest.fixture
def start_server(servers: EmbeddedServers, settings: Settings, tmp_path: Path) -> ServerFactory:
    """Return the context manager that serves an application while its block runs."""
    return partial(live_server.run_server, servers, settings, tmp_path)


@pytest.fixture
def server_log(servers: EmbeddedServers) -> Callable[[], str]:
    """Return a function that reads the database server's log since the test began."""
    log = servers.home / "log" / "postgres.log"
    before = log.stat().st_size
    return lambda: log.read_bytes()[before:].decode()


def count_outcomes(responses: Sequence[TimedResponse]) -> dict[str, int]:
    """Count the responses: redirected to the gateway, sold out, reserved, and others by status."""
    counts: Counter[str] = Counter()
    for response in responses:
        if response.status == 303 and "/pay/" in response.location:
            counts["ordered"] += 1
        elif response.status == 409 and OUT_OF_STOCK_TEXT in response.page:
            counts["sold out"] += 1
        elif response.status == 200 and response.page == "reserved":
            counts["reserved"] += 1
        else:
            counts[f"{response.status} {response.location}"] += 1
    return dict(counts)


def test_2000_concurrent_checkouts_for_100_units_sell_exactly_100(
    app: Flask, actors: Actors, superuser: Engine, start_server: ServerFactory
) -> None:
    """Exactly 100 orders and 100 reserved units; 1,900 responses are sold out; no connection fails."""
    variant = create_variant(app, actors, 100)
    buyers = create_buyers(app, superuser, [[variant]] * 2000)
    requests = live_server.build_checkout_requests(app, superuser, buyers, PRICE)
    with start_server() as server:
        responses = live_server.send_concurrently(server.port, requests, in_flight=160)
    assert count_outcomes(responses) == {"ordered": 100, "sold out": 1900}
    assert count_rows(superuser) == (100, 100, 100)


def test_control_without_guarded_update_oversells(
    app: Flask, actors: Actors, superuser: Engine, start_server: ServerFactory
) -> None:
    """Control: the same endpoint with check-then-update reservations creates more orders than units."""
    variant = create_variant(app, actors, 10)
    buyers = create_buyers(app, superuser, [[variant]] * 100)
    requests = live_server.build_checkout_requests(app, superuser, buyers, PRICE)
    with start_server(f"{WSGI_VARIANTS}unguarded_app()") as server:
        responses = live_server.send_concurrently(server.port, requests, in_flight=160)
    assert count_outcomes(responses) != {"ordered": 10, "sold out": 90}
    assert count_rows(superuser)[1] > 10


def create_hot_variants(app: Flask, actors: Actors) -> list[UUID]:
    """Create ten popular variants with plenty of stock."""
    with app.app_context(), unit_of_work():
        category_id = product_factory.create_category(attributes=True).id
        return [product_factory.create_product(actors.acme_id, category_id, on_hand=5000).variants[0].id for _ in range(10)]


def build_reserve_requests(app: Flask, variant_ids: Sequence[UUID], count: int) -> list[PreparedRequest]:
    """Build requests that reserve three of the variants each, for `reserve_only_app`."""
    rng = random.Random(7)
    return [
        live_server.build_request(
            app, "/reserve", key=random_token(16), variants=" ".join(map(str, rng.sample(variant_ids, 3)))
        )
        for _ in range(count)
    ]


def test_3000_concurrent_reservations_never_deadlock(
    app: Flask,
    actors: Actors,
    superuser: Engine,
    start_server: ServerFactory,
    server_log: Callable[[], str],
) -> None:
    """Reserve three of ten popular variants 3,000 times, 128 in flight.

    The requests go to `reserve_only_app` (HTTP, session, CSRF token, one transaction): it takes all the locks, and as many whole
    checkouts would take minutes. The next test runs three hundred of those.
    """
    requests = build_reserve_requests(app, create_hot_variants(app, actors), 3000)
    with start_server(f"{WSGI_VARIANTS}reserve_only_app()") as server:
        responses = live_server.send_concurrently(server.port, requests, in_flight=128)
    print(f"{live_server.p99_seconds(responses):.1f} s p99 response time")
    assert count_outcomes(responses) == {"reserved": 3000}
    assert reserved_quantities(superuser) == (9000, 9000)
    assert "deadlock detected" not in server_log()


def test_300_concurrent_checkouts_never_deadlock(
    app: Flask,
    actors: Actors,
    superuser: Engine,
    start_server: ServerFactory,
    server_log: Callable[[], str],
) -> None:
    """Check out three of ten popular variants 300 times, up to the redirect to the gateway."""
    variant_ids, rng = create_hot_variants(app, actors), random.Random(11)
    buyers = create_buyers(app, superuser, [rng.sample(variant_ids, 3) for _ in range(300)])
    requests = live_server.build_checkout_requests(app, superuser, buyers, 3 * PRICE)
    with start_server() as server:
        responses = live_server.send_concurrently(server.port, requests, in_flight=128)
    print(f"{live_server.p99_seconds(responses):.1f} s p99 response time")
    assert count_outcomes(responses) == {"ordered": 300}
    assert count_rows(superuser) == (300, 300, 900)
    assert "deadlock detected" not in server_log()


def test_control_shuffled_lock_order_deadlocks(
    app: Flask, actors: Actors, start_server: ServerFactory, server_log: Callable[[], str]
) -> None:
    """Control: the same requests with locks in random order deadlock, according to the server's log."""
    requests = build_reserve_requests(app, create_hot_variants(app, actors), 60)
    with start_server(f"{WSGI_VARIANTS}shuffled_lock_app()") as server:
        responses = live_server.send_concurrently(server.port, requests, in_flight=60)
    assert count_outcomes(responses) != {"reserved": 60}
    assert "deadlock detected" in server_log()


def reserved_quantities(superuser: Engine) -> tuple[int, int]:
    """Return the reserved units of the stock levels, and the sum of the open reservations."""
    with superuser.connect() as connection:
        row = connection.execute(
            text(
                "select (select sum(reserved) from stock_levels), "
                "(select sum(quantity) from stock_reservations where released_at is null)"
            )
        ).one()
    return int(row[0]), int(row[1])
