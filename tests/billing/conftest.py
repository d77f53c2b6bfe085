"""A real pretend gateway on a port of its own, spoken to over HTTP; its letters are carried by hand, when a test says so."""

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
from billing.payments.adapter import PretendGateway
from billing.payments.pretend.app import create_pretend
from billing.payments.pretend.courier import Courier
from billing.payments.pretend.store import Manner, Store
from billing.payments.rules import OperationState, Part
from billing.payments.services import Payer
from marketplace.kernel import clock, outbox
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on
from tests.billing.books import complaints
from tests.cast import Cast

SECRET = "the gateway's secret, long enough for anybody"


class House:
    """The gateway as a test sees it: its memory, its courier, and the market's side of the talk."""

    def __init__(self, app: Flask, store: Store, url: str) -> None:
        self.app, self.store, self.url = app, store, url
        self.courier = Courier(store, secret=SECRET, send=self._carry)
        self.lose_letters = False

    def _carry(self, body: bytes, headers: dict[str, str]) -> int:
        if self.lose_letters:
            return 200
        answer = self.app.test_client().post("/hooks/payments/pretend", data=body, headers=headers)
        return int(answer.status_code)

    def work(self) -> None:
        """What worker and relay would do: carry out what is planned, handle what has come, until nothing is left."""
        for _ in range(10):
            outbox.deliver_all()
            with unit_of_work(), working_on(Purpose.PAYMENT):
                operations = queries.stale_operations(clock.now(), after=timedelta())
                letters = queries.waiting_letters(clock.now(), after=timedelta())
            if not operations and not letters:
                return
            for operation_id in operations:
                services.carry_out(operation_id=operation_id)
            for event_id in letters:
                services.handle_letter(event_id=event_id)
        left = [row for row in operations if queries.operation(row).state is OperationState.PENDING]  # type: ignore[union-attr]
        raise AssertionError(f"the work has no end: {left}")


@pytest.fixture
def house(ctx: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The gateway, open for one test."""
    store = Store(tmp_path / "gateway.sqlite", manner=Manner(), clock=lambda: clock.now().timestamp(), seed=7)
    server = make_server("127.0.0.1", 0, create_pretend(store, secret=SECRET, base_url="http://localhost"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setitem(ctx.extensions, "gateway", PretendGateway(url, SECRET))
    monkeypatch.setattr("billing.payments.tasks.carry_out.delay", lambda _id: None)
    monkeypatch.setattr("billing.payments.tasks.handle_letter.delay", lambda _id: None)
    yield House(ctx, store, url)
    server.shutdown()
    server.server_close()


Opened = Callable[..., UUID]


@pytest.fixture
def opened(house: House, cast: Cast) -> Opened:
    """Open and start a payment of two orders, Acme's and the rival's; answers its id."""

    def make(reference: str = "deal:1", *, acme: int = 102000, rival: int = 50000) -> UUID:
        number = reference.partition(":")[2]
        parts = [Part(reference=f"slip:a{number}", merchant_id=cast.acme_id, amount=Money(acme, "CNY"))]
        if rival:
            parts.append(Part(reference=f"slip:r{number}", merchant_id=cast.rival_id, amount=Money(rival, "CNY")))
        with unit_of_work():
            intent = services.open_intent(
                reference=reference,
                payer=Payer(buyer_id=cast.buyer.buyer_id, account_id=cast.buyer.account_id),
                parts=parts,
                description="兴隆布行等两家",
                return_url="http://localhost/pay/back",
            )
            opening = services.begin(intent=intent)
        services.lead(opening)
        return intent.id

    return make


@pytest.fixture
def paid(house: House, opened: Opened) -> Opened:
    """The same, paid and settled."""

    def make(*args: object, **kwargs: object) -> UUID:
        intent_id = opened(*args, **kwargs)
        house.store.pay(gateway_id(intent_id))
        services.settle(intent_id=intent_id)
        return intent_id

    return make


def gateway_id(intent_id: UUID) -> str:
    """The gateway's name for a payment of ours."""
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return queries.intent(intent_id).gateway_id or ""


@pytest.fixture
def books_hold(superuser: Engine) -> Iterator[None]:
    """After the test, every invariant of the books must hold."""
    yield
    assert complaints(superuser) == []


def patiently(done: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait for something that another thread or process does."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    return done()


__all__ = ["SECRET", "House", "Opened", "db", "gateway_id", "patiently"]
