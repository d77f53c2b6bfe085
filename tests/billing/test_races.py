"""Many at once: refunds on one payment (R7), and two tabs, a cancellation and letters on one deal (R6)."""

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
from billing.payments.errors import AlreadyPaid, PaymentOver, PaymentUnderway, TooMuch
from billing.payments.events import PaymentCaptured
from billing.payments.models import Allocation
from billing.payments.rules import Part, State
from billing.payments.services import Payer
from marketplace.kernel import events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import MarketplaceError
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on
from tests.billing.books import at_the_gateway, complaints
from tests.billing.conftest import House, Opened, gateway_id
from tests.cast import Cast

pytestmark = pytest.mark.slow
ROUNDS, AT_ONCE = 4, 20


def at_once(app: Flask, deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Run every deed in a thread of its own, all let go together; answers what came of each."""
    gate, ends = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                ends[number] = deeds[number]()  # type: ignore[call-overload]
            except Exception as trouble:
                ends[number] = trouble  # type: ignore[call-overload]
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(ends)


def _refund(amount: int, key: str) -> object:
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=Money(amount, "CNY"), reason="x", key=key)
    return amount


def _race(app: Flask, dice: random.Random) -> list[object]:
    deeds: list[Callable[[], object]] = []
    for number in range(AT_ONCE):
        amount, key = dice.randrange(1, 30_000), f"refund:{number}"
        deeds.append(lambda amount=amount, key=key: _refund(amount, key))  # type: ignore[misc]
    return at_once(app, deeds)


@pytest.mark.parametrize("released", [False, True])
def test_refunds_at_once_never_exceed_the_payment(
    ctx: Flask, house: House, paid: Opened, cast: Cast, superuser: Engine, released: bool
) -> None:
    paid()
    if released:
        with unit_of_work():
            services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt")
    ends = _race(ctx, random.Random(7 + released))
    given = sum(end for end in ends if isinstance(end, int))
    refused = [end for end in ends if not isinstance(end, int)]
    assert refused
    assert {type(end) for end in refused} == {TooMuch}
    assert 0 < given <= 102000
    house.work()
    assert house.store.balance() == {"CNY": 152000 - given} == {"CNY": at_the_gateway(superuser)}
    assert complaints(superuser) == []


def test_without_the_lock_and_the_check_too_much_would_go_back(
    ctx: Flask, house: House, paid: Opened, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: refunds decided on what was read before the others wrote."""
    paid()
    find = queries.captured_allocation
    monkeypatch.setattr(queries, "captured_allocation", lambda reference, lock=False: find(reference))
    monkeypatch.setattr(Allocation, "left", property(lambda self: Money(self.amount, self.currency)))
    with superuser.begin() as connection:
        connection.execute(text("alter table payment_allocations drop constraint ck_payment_allocations_refunded"))
        connection.execute(text("alter table ledger_accounts drop constraint ck_ledger_accounts_balance_not_negative"))
    try:
        ends = _race(ctx, random.Random(7))
        assert sum(end for end in ends if isinstance(end, int)) > 102000
        assert complaints(superuser) != []
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


def _another_attempt(cast: Cast, amount: int) -> Callable[[], UUID]:
    def deed() -> UUID:
        with unit_of_work():
            intent = services.open_intent(
                reference="deal:1",
                payer=Payer(buyer_id=cast.buyer.buyer_id),
                parts=[Part(reference="slip:a1", merchant_id=cast.acme_id, amount=Money(amount, "CNY"))],
                description="x",
                return_url="http://localhost/",
            )
            opening = services.begin(intent=intent)
        services.lead(opening)
        return intent.id

    return deed


def _cancel() -> bool:
    with unit_of_work():
        return services.cancel_intent(reference="deal:1")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_two_tabs_a_cancellation_and_letters_end_in_one_payment_or_none(
    ctx: Flask, house: House, opened: Opened, cast: Cast, superuser: Engine, announced: list[events.Event], seed: int
) -> None:
    """R6: whatever the order, at most one payment is kept, and what else was paid goes back."""
    dice = random.Random(seed)
    first = opened()
    of = gateway_id(first)
    deeds: list[Callable[[], Any]] = [
        lambda: house.store.pay(of)["standing"],
        lambda: services.settle(intent_id=first),
        lambda: services.settle(intent_id=first),
        _another_attempt(cast, 99900),
        _another_attempt(cast, 99900),
        _cancel,
        lambda: house.store.pay(of)["standing"],
        lambda: services.settle(intent_id=first),
    ]
    dice.shuffle(deeds)
    ends = at_once(ctx, deeds)
    assert [end for end in ends if isinstance(end, Exception) and not isinstance(end, MarketplaceError)] == []
    assert {type(end) for end in ends if isinstance(end, Exception)} <= {PaymentUnderway, PaymentOver, AlreadyPaid}
    house.work()
    _pay_everything(house)
    for intent_id in _attempts():
        services.settle(intent_id=intent_id)
    house.work()
    states = [state for _id, state in _states()]
    assert states.count(State.CAPTURED) == len([fact for fact in announced if isinstance(fact, PaymentCaptured)]) <= 1
    assert house.store.balance().get("CNY", 0) == at_the_gateway(superuser)
    assert complaints(superuser) == []


def _pay_everything(house: House) -> None:
    """Every page that is still open is paid: a buyer who trusts no tab."""
    with house.store._writing() as line:
        known = [row["id"] for row in line.execute("select id from payments").fetchall()]
    for payment in known:
        house.store.pay(payment)


def _states() -> list[tuple[UUID, State]]:
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return [(row.id, row.state) for row in db.session.scalars(queries.intents())]


def _attempts() -> list[UUID]:
    return [intent_id for intent_id, _state in _states()]
