"""Fixtures with a real sandbox gateway on its own port, called over HTTP; its webhooks are delivered when a test says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import make_server

from billing.payments import queries, services
from billing.payments.domain import OperationState, PaymentPart
from billing.payments.gateways.sandbox import SandboxGateway
from billing.payments.sandbox_gateway.app import create_sandbox_app
from billing.payments.sandbox_gateway.store import DeliveryOptions, SandboxStore
from billing.payments.sandbox_gateway.webhook_sender import WebhookSender
from billing.payments.services import Payer
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.billing.ledger_invariants import find_violations

SECRET = "a gateway secret for tests, long enough"


class SandboxHarness:
    """The gateway as a test sees it: its store, its webhook sender and the platform's side."""

    def __init__(self, app: Flask, store: SandboxStore, url: str) -> None:
        self.app, self.store, self.url = app, store, url
        self.webhook_sender = WebhookSender(store, secret=SECRET, send=self.deliver)
        self.drop_webhooks = False

    def deliver(self, body: bytes, headers: dict[str, str]) -> int:
        if self.drop_webhooks:
            return 200
        response = self.app.test_client().post("/hooks/payments/pretend", data=body, headers=headers)
        return int(response.status_code)

    def process_all(self) -> None:
        """Do the work of worker and relay: execute operations and process webhooks until nothing is left."""
        for _ in range(10):
            outbox.process_all()
            with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
                operation_ids = queries.list_stale_operation_ids(clock.now(), after=timedelta())
                event_ids = queries.list_unprocessed_webhook_ids(clock.now(), after=timedelta())
            if not operation_ids and not event_ids:
                return
            for operation_id in operation_ids:
                services.execute_operation(operation_id=operation_id)
            for event_id in event_ids:
                services.process_webhook(event_id=event_id)
        pending = [
            operation_id
            for operation_id in operation_ids
            if queries.get_operation(operation_id).state is OperationState.PENDING
        ]  # type: ignore[union-attr]
        raise AssertionError(f"operations still pending: {pending}")


@pytest.fixture
def sandbox(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxHarness]:
    """Run the gateway for one test."""
    store = SandboxStore(tmp_path / "gateway.sqlite", delivery=DeliveryOptions(), clock=lambda: clock.now().timestamp(), seed=7)
    server = make_server("127.0.0.1", 0, create_sandbox_app(store, secret=SECRET, base_url="http://localhost"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setitem(ctx.extensions, "gateway", SandboxGateway(url, SECRET))
    monkeypatch.setattr("billing.payments.tasks.execute_operation.delay", lambda _id: None)
    monkeypatch.setattr("billing.payments.tasks.process_webhook.delay", lambda _id: None)
    yield SandboxHarness(ctx, store, url)
    server.shutdown()
    server.server_close()


PaymentFactory = Callable[..., UUID]


@pytest.fixture
def make_open_payment(sandbox: SandboxHarness, actors: Actors) -> PaymentFactory:
    """Return a factory that creates and starts a payment of two orders, Acme's and the rival's, and returns its id."""

    def create(reference: str = "deal:1", *, acme: int = 102000, rival: int = 50000) -> UUID:
        number = reference.partition(":")[2]
        parts = [PaymentPart(reference=f"slip:a{number}", merchant_id=actors.acme_id, amount=Money(acme, "CNY"))]
        if rival:
            parts.append(PaymentPart(reference=f"slip:r{number}", merchant_id=actors.rival_id, amount=Money(rival, "CNY")))
        with unit_of_work():
            intent = services.create_payment(
                reference=reference,
                payer=Payer(buyer_id=actors.buyer.buyer_id, account_id=actors.buyer.account_id),
                parts=parts,
                description="兴隆布行等两家",
                return_url="http://localhost/pay/back",
            )
            redirect = services.prepare_redirect(intent=intent)
        services.start_payment(redirect)
        return intent.id

    return create


@pytest.fixture
def make_paid_payment(sandbox: SandboxHarness, make_open_payment: PaymentFactory) -> PaymentFactory:
    """Return a factory that also pays and captures the payment."""

    def create(*args: object, **kwargs: object) -> UUID:
        intent_id = make_open_payment(*args, **kwargs)
        sandbox.store.pay(gateway_id(intent_id))
        services.sync_payment(intent_id=intent_id)
        return intent_id

    return create


def gateway_id(intent_id: UUID) -> str:
    """Return the gateway's id of a payment."""
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return queries.get_intent(intent_id).gateway_id or ""


@pytest.fixture
def check_ledger_invariants(superuser: Engine) -> Iterator[None]:
    """Assert after the test that every ledger invariant holds."""
    yield
    assert find_violations(superuser) == []


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait for a condition that another thread or process fulfils."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


__all__ = ["SECRET", "PaymentFactory", "SandboxHarness", "db", "gateway_id", "wait_until"]
