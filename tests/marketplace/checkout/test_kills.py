"""kill -9 at every point of a checkout: the buyer comes again, and there is one order and one payment (R8)."""

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

from billing.payments.gateway import Standing
from marketplace.kernel.settings import Settings
from marketplace.orders.models import OrderState
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till

pytestmark = pytest.mark.slow

POINTS = ("checkout.prepared", "checkout.placed", "checkout.opened", "checkout.started")
CHILD = """
import json, sys
from uuid import UUID
from marketplace.app import create_app
from marketplace.kernel.settings import Settings
from tests.cast import Person
from tests.factories import trade
given = json.loads(sys.argv[1])
app = create_app(Settings(**given["settings"]))
trade.till(app)
with app.app_context():
    buyer = Person(app=app, account_id=UUID(given["account"]), buyer_id=UUID(given["buyer"]), login="")
    trade.order_and_pay(buyer, key="the form", expected=given["expected"])
print("survived")
"""


def run(settings: Settings, cast: Cast, point: str) -> int:
    """A checkout in a process of its own that dies at `point`; its exit status."""
    given = {
        "settings": {**dataclasses.asdict(settings), "failpoint": point},
        "account": str(cast.buyer.account_id),
        "buyer": str(cast.buyer.buyer_id),
        "expected": 2750,
    }
    root = Path(__file__).resolve().parents[3]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(given)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if child.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(child.stderr.decode()[-3000:])
    return child.returncode


@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_there_is_one_order_and_one_payment(
    settings: Settings, ctx: Flask, cast: Cast, street: Street, till: Till, superuser: Engine, point: str
) -> None:
    trade.put(cast.buyer, (street.cloth, 1), (street.thread, 1))
    assert run(settings, cast, point) == -signal.SIGKILL
    before = counted(superuser)
    assert before[:2] == ((0, 0) if point == "checkout.prepared" else (1, 2))
    trade.order_and_pay(cast.buyer, key="the form", expected=2750)
    till.stand(trade.adopt(till, cast.buyer), Standing.PAID)
    trade.settle_all(cast.buyer)
    purchases, orders, held, live, captured = counted(superuser)
    assert (purchases, orders, held, live, captured) == (1, 2, 2, 0, 1)
    with superuser.connect() as connection:
        states = set(connection.execute(text("select state from orders")).scalars())
    assert states == {OrderState.ORDER_REVIEW.value}


def test_control_without_the_forms_key_the_kill_orders_twice(
    settings: Settings, ctx: Flask, cast: Cast, street: Street, till: Till, superuser: Engine
) -> None:
    """The control: a buyer who fills the cart again and sends another key gets a second purchase."""
    trade.put(cast.buyer, (street.cloth, 1), (street.thread, 1))
    run(settings, cast, "checkout.placed")
    trade.put(cast.buyer, (street.cloth, 1), (street.thread, 1))
    trade.order_and_pay(cast.buyer, key="another form", expected=2750)
    assert counted(superuser)[:2] == (2, 4)


def counted(superuser: Engine) -> tuple[int, ...]:
    """Purchases, orders, units promised, live and captured payments."""
    with superuser.connect() as connection:
        row = connection.execute(
            text("""
                select (select count(*) from purchases), (select count(*) from orders),
                       (select coalesce(sum(held), 0)::int from stock_levels),
                       (select count(*) from payment_intents where state in ('prepared', 'open', 'processing')),
                       (select count(*) from payment_intents where state = 'captured')
            """)
        ).one()
    return tuple(int(value) for value in row)
