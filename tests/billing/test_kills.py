"""R8: the process is killed at each point of opening, capturing and refunding; after the sweep everything happened once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine

from billing.payments import queries, services
from billing.payments.rules import Part, State
from billing.payments.services import Payer, operating
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.money import Money
from marketplace.kernel.settings import Settings
from tenants.scope import Purpose, working_on
from tests.billing.books import at_the_gateway
from tests.billing.conftest import SECRET, House, Opened, gateway_id
from tests.cast import Cast

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("books_hold")]
ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from uuid import UUID
from billing.payments import queries, services
from marketplace.app import create_app
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.settings import Settings
from tenants.scope import Purpose, working_on

def open_page(intent_id):
    with unit_of_work(), working_on(Purpose.PAYMENT):
        opening = services.begin(intent=queries.intent(intent_id, lock=True))
    services.lead(opening)

with create_app(Settings.from_env()).app_context():
    deed = open_page if sys.argv[1] == "open_page" else getattr(services, sys.argv[1])
    deed(**{sys.argv[2]: UUID(sys.argv[3])})
"""
Kill = Callable[..., int]


@pytest.fixture
def kill(house: House, settings: Settings) -> Kill:
    """Run one service in a process of its own that dies at `point`; answers how it ended."""

    def run(point: str, service: str, word: str, value: UUID) -> int:
        given = {
            "DATABASE_URL": settings.database_url,
            "OWNER_DATABASE_URL": settings.owner_database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEY": settings.secret_key,
            "BASE_URL": settings.base_url,
            "VAR_DIR": settings.var_dir,
            "ENVIRONMENT": "test",
            "GATEWAY_URL": house.url,
            "GATEWAY_SECRET": SECRET,
            "FAILPOINT": point,
            "PATH": os.environ["PATH"],
        }
        words = [sys.executable, "-c", CHILD, service, word, str(value)]
        return subprocess.run(words, env=given, cwd=ROOT, timeout=120, check=False, capture_output=True).returncode

    return run


def heal() -> None:
    """What beat would have done within ten minutes, twice over."""
    for _ in range(2):
        with clock.shifted(timedelta(minutes=5)):
            services.sweep()
            services.poll()


def prepared(cast: Cast) -> UUID:
    with unit_of_work():
        return services.open_intent(
            reference="deal:1",
            payer=Payer(buyer_id=cast.buyer.buyer_id),
            parts=[Part(reference="slip:a1", merchant_id=cast.acme_id, amount=Money(102000, "CNY"))],
            description="x",
            return_url="http://localhost/",
        ).id


def payments_at(house: House) -> int:
    with house.store._writing() as line:
        return int(line.execute("select count(*) from payments").fetchone()[0])


def state(intent_id: UUID) -> State:
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return queries.intent(intent_id).state


@pytest.mark.parametrize("point", ["payments.create.asked", "payments.create.answered"])
def test_killed_while_opening(kill: Kill, house: House, cast: Cast, point: str) -> None:
    intent_id = prepared(cast)
    assert kill(point, "open_page", "intent_id", intent_id) == -signal.SIGKILL
    heal()
    assert (state(intent_id), payments_at(house)) == (State.OPEN, 1)


@pytest.mark.parametrize("point", ["payments.captured", "payments.settled"])
def test_killed_while_capturing(kill: Kill, house: House, opened: Opened, superuser: Engine, point: str) -> None:
    intent_id = opened()
    house.store.pay(gateway_id(intent_id))
    assert kill(point, "settle", "intent_id", intent_id) == -signal.SIGKILL
    heal()
    assert state(intent_id) is State.CAPTURED
    assert at_the_gateway(superuser) == 152000


def refund_planned() -> UUID:
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=Money(2000, "CNY"), reason="x", key="refund:1")
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return queries.stale_operations(clock.now(), after=timedelta())[0]


@pytest.mark.parametrize("point", ["payments.refund.asked", "payments.refund.answered"])
def test_killed_while_refunding(kill: Kill, house: House, paid: Opened, superuser: Engine, point: str) -> None:
    paid()
    assert kill(point, "carry_out", "operation_id", refund_planned()) == -signal.SIGKILL
    heal()
    assert house.store.balance() == {"CNY": at_the_gateway(superuser)} == {"CNY": 150000}


def test_with_a_new_key_for_every_try_a_kill_would_refund_twice(
    kill: Kill, house: House, paid: Opened, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    paid()
    assert kill("payments.refund.answered", "carry_out", "operation_id", refund_planned()) == -signal.SIGKILL
    ask = operating._ask
    monkeypatch.setattr(operating, "_ask", lambda question: ask(replace(question, key=f"another:{uuid4()}")))
    heal()
    assert house.store.balance() == {"CNY": 148000}
    assert at_the_gateway(superuser) == 150000


def test_nobody_is_killed_without_the_setting(kill: Kill, house: House, ctx: Flask, cast: Cast) -> None:
    assert kill("", "open_page", "intent_id", prepared(cast)) == 0


def test_production_refuses_the_setting(settings: Settings) -> None:
    asked = replace(settings, environment="production", failpoint="payments.captured")
    assert any("FAILPOINT" in line for line in asked.complaints())
