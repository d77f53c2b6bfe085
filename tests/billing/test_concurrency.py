"""Concurrency: refunds of one payment; attempts, a cancellation and synchronizations of one reference."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.payments import queries, services
from billing.payments.domain import PaymentPart, PaymentState
from billing.payments.errors import AlreadyPaid, PaymentClosed, PaymentInProgress, RefundExceedsPayment
from billing.payments.events import PaymentCaptured
from billing.payments.models import PaymentAllocation
from billing.payments.services import Payer
from marketplace.kernel import events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.billing.conftest import PaymentFactory, SandboxHarness, gateway_id
from tests.billing.ledger_invariants import find_violations, ledger_gateway_balance

pytestmark = pytest.mark.slow
ROUNDS, THREADS = 4, 20


def run_concurrently(app: Flask, operations: Sequence[Callable[[], object]]) -> list[object]:
    """Run every operation in its own thread, started together; return the result or exception of each."""
    barrier, results = threading.Barrier(len(operations)), [None] * len(operations)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[number] = operations[number]()  # type: ignore[call-overload]
            except Exception as exc:
                results[number] = exc  # type: ignore[call-overload]
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(operations))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(results)


def _refund(amount: int, key: str) -> object:
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=Money(amount, "CNY"), reason="x", key=key)
    return amount


def _refund_concurrently(app: Flask, rng: random.Random) -> list[object]:
    operations: list[Callable[[], object]] = []
    for number in range(THREADS):
        amount, key = rng.randrange(1, 30_000), f"refund:{number}"
        operations.append(lambda amount=amount, key=key: _refund(amount, key))  # type: ignore[misc]
    return run_concurrently(app, operations)


@pytest.mark.parametrize("released", [False, True])
def test_concurrent_refunds_never_exceed_payment(
    ctx: Flask, sandbox: SandboxHarness, make_paid_payment: PaymentFactory, actors: Actors, superuser: Engine, released: bool
) -> None:
    make_paid_payment()
    if released:
        with unit_of_work():
            services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt")
    results = _refund_concurrently(ctx, random.Random(7 + released))
    refunded = sum(result for result in results if isinstance(result, int))
    errors = [result for result in results if not isinstance(result, int)]
    assert errors
    assert {type(result) for result in errors} == {RefundExceedsPayment}
    assert 0 < refunded <= 102000
    sandbox.process_all()
    assert sandbox.store.get_balances() == {"CNY": 152000 - refunded} == {"CNY": ledger_gateway_balance(superuser)}
    assert find_violations(superuser) == []


def test_control_without_lock_and_check_refunds_exceed_payment(
    ctx: Flask, sandbox: SandboxHarness, make_paid_payment: PaymentFactory, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: refunds are decided on data read before the others were written."""
    make_paid_payment()
    get_allocation = queries.get_captured_allocation
    monkeypatch.setattr(queries, "get_captured_allocation", lambda reference, lock=False: get_allocation(reference))
    monkeypatch.setattr(PaymentAllocation, "refundable", property(lambda self: Money(self.amount, self.currency)))
    with superuser.begin() as connection:
        connection.execute(text("alter table payment_allocations drop constraint ck_payment_allocations_refunded"))
        connection.execute(text("alter table ledger_accounts drop constraint ck_ledger_accounts_balance_not_negative"))
    try:
        results = _refund_concurrently(ctx, random.Random(7))
        assert sum(result for result in results if isinstance(result, int)) > 102000
        assert find_violations(superuser) != []
    finally:
        with superuser.begin() as connection:
            connection.execute(text("set session_replication_role = replica"))
            for table in ("ledger_postings", "ledger_entries", "ledger_accounts", "gateway_operations", "payment_refunds"):
                connection.execute(text(f"delete from {table}"))
            connection.execute(text("update payment_allocations set refunded = 0"))
            connection.execute(
                text(
                    "alter table payment_allocations add constraint ck_payment_allocations_refunded"
                    " check (refunded between 0 and amount)"
                )
            )
            connection.execute(
                text(
                    "alter table ledger_accounts add constraint ck_ledger_accounts_balance_not_negative"
                    " check (balance >= 0 or allow_negative)"
                )
            )


def _payment_attempt(actors: Actors, amount: int) -> Callable[[], UUID]:
    def attempt() -> UUID:
        with unit_of_work():
            intent = services.create_payment(
                reference="deal:1",
                payer=Payer(buyer_id=actors.buyer.buyer_id),
                parts=[PaymentPart(reference="slip:a1", merchant_id=actors.acme_id, amount=Money(amount, "CNY"))],
                description="x",
                return_url="http://localhost/",
            )
            redirect = services.prepare_redirect(intent=intent)
        services.start_payment(redirect)
        return intent.id

    return attempt


def _cancel() -> bool:
    with unit_of_work():
        return services.cancel_payment(reference="deal:1")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_concurrent_attempts_and_cancellation_capture_at_most_once(
    ctx: Flask,
    sandbox: SandboxHarness,
    make_open_payment: PaymentFactory,
    actors: Actors,
    superuser: Engine,
    published_events: list[events.Event],
    seed: int,
) -> None:
    """In any order at most one payment is captured, and any other paid one is refunded."""
    rng = random.Random(seed)
    first = make_open_payment()
    payment_id = gateway_id(first)
    operations: list[Callable[[], Any]] = [
        lambda: sandbox.store.pay(payment_id)["status"],
        lambda: services.sync_payment(intent_id=first),
        lambda: services.sync_payment(intent_id=first),
        _payment_attempt(actors, 99900),
        _payment_attempt(actors, 99900),
        _cancel,
        lambda: sandbox.store.pay(payment_id)["status"],
        lambda: services.sync_payment(intent_id=first),
    ]
    rng.shuffle(operations)
    results = run_concurrently(ctx, operations)
    assert [result for result in results if isinstance(result, Exception) and not isinstance(result, MarketplaceError)] == []
    assert {type(result) for result in results if isinstance(result, Exception)} <= {
        PaymentInProgress,
        PaymentClosed,
        AlreadyPaid,
    }
    sandbox.process_all()
    _pay_all(sandbox)
    for intent_id in _intent_ids():
        services.sync_payment(intent_id=intent_id)
    sandbox.process_all()
    states = [state for _id, state in _states()]
    assert (
        states.count(PaymentState.CAPTURED)
        == len([event for event in published_events if isinstance(event, PaymentCaptured)])
        <= 1
    )
    assert sandbox.store.get_balances().get("CNY", 0) == ledger_gateway_balance(superuser)
    assert find_violations(superuser) == []


def _pay_all(sandbox: SandboxHarness) -> None:
    """Pay every payment that is still open."""
    with sandbox.store._transaction() as connection:
        payment_ids = [row["id"] for row in connection.execute("select id from payments").fetchall()]
    for payment_id in payment_ids:
        sandbox.store.pay(payment_id)


def _states() -> list[tuple[UUID, PaymentState]]:
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return [(row.id, row.state) for row in db.session.scalars(queries.select_intents())]


def _intent_ids() -> list[UUID]:
    return [intent_id for intent_id, _state in _states()]
