"""Crash recovery: the process is killed at each failpoint of create, capture and refund; after recovery each happened once."""

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
from billing.payments.domain import PaymentPart, PaymentState
from billing.payments.services import Payer, gateway_calls
from marketplace.kernel import clock
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.money import Money
from marketplace.kernel.settings import Settings
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.billing.conftest import SECRET, PaymentFactory, SandboxHarness, gateway_id
from tests.billing.ledger_invariants import ledger_gateway_balance

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("check_ledger_invariants")]
ROOT = Path(__file__).resolve().parents[2]
CHILD_SCRIPT = """
import sys
from uuid import UUID
from billing.payments import queries, services
from marketplace.app import create_app
from marketplace.kernel.db import unit_of_work
from marketplace.kernel.settings import Settings
from tenants.isolation import AccessPurpose, with_purpose

def open_page(intent_id):
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        redirect = services.prepare_redirect(intent=queries.get_intent(intent_id, lock=True))
    services.start_payment(redirect)

with create_app(Settings.from_env()).app_context():
    operation = open_page if sys.argv[1] == "open_page" else getattr(services, sys.argv[1])
    operation(**{sys.argv[2]: UUID(sys.argv[3])})
"""
KillAtFailpoint = Callable[..., int]


@pytest.fixture
def kill_at_failpoint(sandbox: SandboxHarness, settings: Settings) -> KillAtFailpoint:
    """Return a function that runs a service in its own process, which dies at the failpoint, and returns the exit code."""

    def run(point: str, service: str, arg_name: str, value: UUID) -> int:
        environment = {
            "DATABASE_URL": settings.database_url,
            "OWNER_DATABASE_URL": settings.owner_database_url,
            "REDIS_URL": settings.redis_url,
            "SECRET_KEY": settings.secret_key,
            "BASE_URL": settings.base_url,
            "VAR_DIR": settings.var_dir,
            "ENVIRONMENT": "test",
            "GATEWAY_URL": sandbox.url,
            "GATEWAY_SECRET": SECRET,
            "FAILPOINT": point,
            "PATH": os.environ["PATH"],
        }
        command = [sys.executable, "-c", CHILD_SCRIPT, service, arg_name, str(value)]
        return subprocess.run(command, env=environment, cwd=ROOT, timeout=120, check=False, capture_output=True).returncode

    return run


def run_recovery() -> None:
    """Run the periodic tasks of ten minutes."""
    for _ in range(2):
        with clock.shift_time(timedelta(minutes=5)):
            services.retry_stuck()
            services.poll_open_payments()


def create_prepared_payment(actors: Actors) -> UUID:
    with unit_of_work():
        return services.create_payment(
            reference="deal:1",
            payer=Payer(buyer_id=actors.buyer.buyer_id),
            parts=[PaymentPart(reference="slip:a1", merchant_id=actors.acme_id, amount=Money(102000, "CNY"))],
            description="x",
            return_url="http://localhost/",
        ).id


def count_gateway_payments(sandbox: SandboxHarness) -> int:
    with sandbox.store._transaction() as connection:
        return int(connection.execute("select count(*) from payments").fetchone()[0])


def get_state(intent_id: UUID) -> PaymentState:
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return queries.get_intent(intent_id).state


@pytest.mark.parametrize("point", ["payments.create.asked", "payments.create.answered"])
def test_kill_during_create_call_opens_payment_once(
    kill_at_failpoint: KillAtFailpoint, sandbox: SandboxHarness, actors: Actors, point: str
) -> None:
    intent_id = create_prepared_payment(actors)
    assert kill_at_failpoint(point, "open_page", "intent_id", intent_id) == -signal.SIGKILL
    run_recovery()
    assert (get_state(intent_id), count_gateway_payments(sandbox)) == (PaymentState.OPEN, 1)


@pytest.mark.parametrize("point", ["payments.captured", "payments.settled"])
def test_kill_during_capture_captures_once(
    kill_at_failpoint: KillAtFailpoint,
    sandbox: SandboxHarness,
    make_open_payment: PaymentFactory,
    superuser: Engine,
    point: str,
) -> None:
    intent_id = make_open_payment()
    sandbox.store.pay(gateway_id(intent_id))
    assert kill_at_failpoint(point, "sync_payment", "intent_id", intent_id) == -signal.SIGKILL
    run_recovery()
    assert get_state(intent_id) is PaymentState.CAPTURED
    assert ledger_gateway_balance(superuser) == 152000


def create_pending_refund() -> UUID:
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=Money(2000, "CNY"), reason="x", key="refund:1")
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return queries.list_stale_operation_ids(clock.now(), after=timedelta())[0]


@pytest.mark.parametrize("point", ["payments.refund.asked", "payments.refund.answered"])
def test_kill_during_refund_call_refunds_once(
    kill_at_failpoint: KillAtFailpoint,
    sandbox: SandboxHarness,
    make_paid_payment: PaymentFactory,
    superuser: Engine,
    point: str,
) -> None:
    make_paid_payment()
    assert kill_at_failpoint(point, "execute_operation", "operation_id", create_pending_refund()) == -signal.SIGKILL
    run_recovery()
    assert sandbox.store.get_balances() == {"CNY": ledger_gateway_balance(superuser)} == {"CNY": 150000}


def test_control_new_key_per_attempt_refunds_twice(
    kill_at_failpoint: KillAtFailpoint,
    sandbox: SandboxHarness,
    make_paid_payment: PaymentFactory,
    superuser: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Control: with a new idempotency key per attempt the refund is executed twice."""
    make_paid_payment()
    operation_id = create_pending_refund()
    return_code = kill_at_failpoint("payments.refund.answered", "execute_operation", "operation_id", operation_id)
    assert return_code == -signal.SIGKILL
    send_call = gateway_calls._send_call
    monkeypatch.setattr(gateway_calls, "_send_call", lambda call: send_call(replace(call, key=f"another:{uuid4()}")))
    run_recovery()
    assert sandbox.store.get_balances() == {"CNY": 148000}
    assert ledger_gateway_balance(superuser) == 150000


def test_empty_failpoint_does_not_kill(
    kill_at_failpoint: KillAtFailpoint, sandbox: SandboxHarness, ctx: Flask, actors: Actors
) -> None:
    assert kill_at_failpoint("", "open_page", "intent_id", create_prepared_payment(actors)) == 0


def test_production_rejects_failpoint_setting(settings: Settings) -> None:
    production_settings = replace(settings, environment="production", failpoint="payments.captured")
    assert any("FAILPOINT" in error for error in production_settings.iter_errors())
