"""Process kill at every failpoint of a checkout: a retry leads to exactly one purchase and one payment."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.payments.gateway import GatewayStatus
from marketplace.kernel.settings import Settings
from marketplace.orders.models import OrderState
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts

pytestmark = pytest.mark.slow

FAILPOINTS = ("checkout.prepared", "checkout.placed", "checkout.opened", "checkout.started")
CHILD_SCRIPT = """
import json, sys
from uuid import UUID
from marketplace.app import create_app
from marketplace.kernel.settings import Settings
from tests.actors import Person
from tests.factories import order_factory
arguments = json.loads(sys.argv[1])
app = create_app(Settings(**arguments["settings"]))
order_factory.install_fake_gateway(app)
with app.app_context():
    buyer = Person(app=app, account_id=UUID(arguments["account"]), buyer_id=UUID(arguments["buyer"]), login="")
    order_factory.place_and_start_payment(buyer, key="the form", expected=arguments["expected"])
print("survived")
"""


def run_checkout(settings: Settings, actors: Actors, failpoint: str) -> int:
    """Run a checkout in a process that is killed at `failpoint`; return its exit status."""
    arguments = {
        "settings": {**dataclasses.asdict(settings), "failpoint": failpoint},
        "account": str(actors.buyer.account_id),
        "buyer": str(actors.buyer.buyer_id),
        "expected": 2750,
    }
    root = Path(__file__).resolve().parents[3]
    process = subprocess.run(
        [sys.executable, "-c", CHILD_SCRIPT, json.dumps(arguments)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if process.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(process.stderr.decode()[-3000:])
    return process.returncode


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_retry_after_kill_creates_one_order_and_one_payment(
    settings: Settings,
    ctx: Flask,
    actors: Actors,
    sample_products: SampleProducts,
    fake_gateway: FakeGateway,
    superuser: Engine,
    failpoint: str,
) -> None:
    order_factory.add_to_cart(actors.buyer, (sample_products.cloth, 1), (sample_products.thread, 1))
    assert run_checkout(settings, actors, failpoint) == -signal.SIGKILL
    before = count_rows(superuser)
    assert before[:2] == ((0, 0) if failpoint == "checkout.prepared" else (1, 2))
    order_factory.place_and_start_payment(actors.buyer, key="the form", expected=2750)
    fake_gateway.set_status(order_factory.adopt_open_payment(fake_gateway, actors.buyer), GatewayStatus.PAID)
    order_factory.sync_all_payments(actors.buyer)
    purchases, orders, reserved, active, captured = count_rows(superuser)
    assert (purchases, orders, reserved, active, captured) == (1, 2, 2, 0, 1)
    with superuser.connect() as connection:
        states = set(connection.execute(text("select state from orders")).scalars())
    assert states == {OrderState.ORDER_REVIEW.value}


def test_control_retry_with_new_key_creates_two_purchases(
    settings: Settings,
    ctx: Flask,
    actors: Actors,
    sample_products: SampleProducts,
    fake_gateway: FakeGateway,
    superuser: Engine,
) -> None:
    """Control: a refilled cart with another idempotency key creates a second purchase."""
    order_factory.add_to_cart(actors.buyer, (sample_products.cloth, 1), (sample_products.thread, 1))
    run_checkout(settings, actors, "checkout.placed")
    order_factory.add_to_cart(actors.buyer, (sample_products.cloth, 1), (sample_products.thread, 1))
    order_factory.place_and_start_payment(actors.buyer, key="another form", expected=2750)
    assert count_rows(superuser)[:2] == (2, 4)


def count_rows(superuser: Engine) -> tuple[int, ...]:
    """Return the numbers of purchases, orders, reserved units, active and captured payments."""
    with superuser.connect() as connection:
        row = connection.execute(
            text("""
                select (select count(*) from purchases), (select count(*) from orders),
                       (select coalesce(sum(reserved), 0)::int from stock_levels),
                       (select count(*) from payment_intents where state in ('prepared', 'open', 'processing')),
                       (select count(*) from payment_intents where state = 'captured')
            """)
        ).one()
    return tuple(int(value) for value in row)
