"""The gateway's letters: what is taken in, what is not, and that nothing depends on how often or in which order they come."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from billing.payments import queries, services, signing
from billing.payments.adapter import HEADER
from billing.payments.events import PaymentCaptured
from billing.payments.pretend.store import Manner
from billing.payments.rules import State
from marketplace.kernel import clock, events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on
from tests.billing.conftest import SECRET, House, Opened, gateway_id

pytestmark = pytest.mark.usefixtures("books_hold")
HOOK = "/hooks/payments/pretend"
Deliver = Callable[..., int]


@pytest.fixture
def deliver(client: FlaskClient) -> Deliver:
    """Post bytes with a signature made as told; answers the status."""

    def post(body: bytes, *, secret: str = SECRET, use: str = signing.NOTIFICATION, shift: int = 0, header: str = "") -> int:
        stamp = header or signing.sign(secret=secret, use=use, body=body, at=int(time.time()) + shift)
        return int(client.post(HOOK, data=body, headers={HEADER: stamp}).status_code)

    return post


def letter(of: str, event_id: str = "evt_1", **changes: object) -> bytes:
    said: dict[str, object] = {
        "id": event_id,
        "type": "payment.paid",
        "created": int(time.time()),
        "account": "jishi",
        "mode": "pretend",
        "data": {"id": of, "client_id": "x"},
    }
    return json.dumps(said | changes).encode()


def written(superuser: Engine) -> tuple[int, int, str]:
    """Letters, entries, and the states of payments."""
    with superuser.connect() as connection:
        letters = connection.execute(text("select count(*) from gateway_letters")).scalar() or 0
        entries = connection.execute(text("select count(*) from ledger_entries")).scalar() or 0
        states = connection.execute(text("select string_agg(state, ',' order by id) from payment_intents")).scalar() or ""
    return int(letters), int(entries), str(states)


def sealed(body: bytes, at: int | None = None) -> str:
    return signing.sign(secret=SECRET, use=signing.NOTIFICATION, body=body, at=at or int(time.time()))


BAD: dict[str, Callable[[Deliver, str], int]] = {
    "a flipped byte": lambda post, of: post(letter(of, "evt_2"), header=sealed(letter(of))),
    "another secret": lambda post, of: post(letter(of), secret="guessed"),
    "older than five minutes": lambda post, of: post(letter(of), shift=-301),
    "from the future": lambda post, of: post(letter(of), shift=302),
    "no signature": lambda post, of: post(letter(of), header="none"),
    "no time": lambda post, of: post(letter(of), header=sealed(letter(of)).partition(",")[2]),
    "no v1": lambda post, of: post(letter(of), header=f"t={int(time.time())}"),
    "only v0": lambda post, of: post(letter(of), header=sealed(letter(of)).replace("v1=", "v0=")),
    "the same JSON, written anew": lambda post, of: post(
        json.dumps(json.loads(letter(of)), indent=1).encode(), header=sealed(letter(of))
    ),
    "signed for another use": lambda post, of: post(letter(of), use=signing.QUESTION),
    "another mode": lambda post, of: post(letter(of, mode="live")),
    "another account": lambda post, of: post(letter(of, account="elsewhere")),
    "two megabytes": lambda post, of: post(letter(of, padding="x" * 2_000_000)),
    "an unknown type": lambda post, of: post(letter(of, type="customer.created")),
    "no JSON": lambda post, of: post(b"payment.paid"),
    "a list": lambda post, of: post(b"[1, 2]"),
    "an id of the wrong kind": lambda post, of: post(letter(of, id={"a": 1})),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_letters_change_nothing(opened: Opened, house: House, deliver: Deliver, superuser: Engine, name: str) -> None:
    intent_id = opened()
    house.store.pay(gateway_id(intent_id), manner=Manner(mute=True))
    before = written(superuser)
    assert BAD[name](deliver, gateway_id(intent_id)) < 500
    assert written(superuser) == before


def test_without_the_check_bad_letters_would_be_taken_in(
    opened: Opened, deliver: Deliver, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = gateway_id(opened())
    monkeypatch.setattr(signing, "verify", lambda **_: 0)
    refused = ("a flipped byte", "another secret", "older than five minutes", "from the future", "only v0")
    for name in refused:
        assert BAD[name](deliver, of) == 200
    assert written(superuser)[0] == 2


def test_a_letter_about_nothing_we_know_is_stored_and_set_aside(house: House, deliver: Deliver, superuser: Engine) -> None:
    assert deliver(letter("pay_unknown")) == 200
    house.work()
    assert written(superuser) == (1, 0, "")
    with unit_of_work(), working_on(Purpose.PAYMENT):
        kept = queries.letter("evt_1")
        assert kept is not None
        assert kept.trouble == "there is no such payment"


def test_a_letter_is_believed_in_nothing_but_its_subject(opened: Opened, house: House, deliver: Deliver) -> None:
    intent_id = opened()
    assert deliver(letter(gateway_id(intent_id))) == 200  # "paid", says the letter; nobody has
    house.work()
    with unit_of_work(), working_on(Purpose.PAYMENT):
        assert queries.intent(intent_id).state is State.OPEN


def test_while_a_secret_changes_two_signatures_may_stand(opened: Opened, deliver: Deliver, superuser: Engine) -> None:
    body = letter(gateway_id(opened()))
    old = signing.sign(secret="the old one", use=signing.NOTIFICATION, body=body, at=int(time.time()))
    assert deliver(body, header=f"{old},{sealed(body).partition(',')[2]}") == 200
    assert written(superuser)[0] == 1


def test_a_letter_that_comes_before_our_own_row_knows_the_payment(opened: Opened, house: House, superuser: Engine) -> None:
    """The answer to our call was lost; the buyer paid all the same."""
    intent_id = opened()
    with superuser.begin() as connection:
        connection.execute(text("update payment_intents set state = 'prepared', gateway_id = null, pay_url = null"))
        connection.execute(text("update gateway_operations set state = 'pending', done_at = null"))
    with house.store._writing() as line:
        known = line.execute("select id from payments").fetchone()["id"]
    house.store.pay(known)
    house.courier.round()
    house.work()
    with unit_of_work(), working_on(Purpose.PAYMENT):
        assert queries.intent(intent_id).state is State.CAPTURED


FATES: dict[str, State] = {
    "pay": State.CAPTURED,
    "slow": State.CAPTURED,
    "decline": State.FAILED,
    "expire": State.EXPIRED,
    "late": State.RETURNED,
}
PAYMENTS, COPIES, THREADS = 50, 3, 8


def _live(house: House, intent_id: UUID, fate: str) -> None:
    of = gateway_id(intent_id)
    if fate == "pay":
        house.store.pay(of)
    elif fate == "slow":
        house.store.pay(of, after=1)
    elif fate == "decline":
        house.store.decline(of)
    elif fate == "expire":
        house.store.expire(of)
    else:
        with unit_of_work(), working_on(Purpose.PAYMENT):
            reference = queries.intent(intent_id).reference
            services.cancel_intent(reference=reference)
        house.store.pay(of)


@pytest.mark.slow
def test_any_order_and_any_number_of_letters_end_the_same(
    opened: Opened, house: House, announced: list[events.Event], superuser: Engine
) -> None:
    """R14: every letter three times, in random order, by eight threads at once."""
    dice = random.Random(20261122)
    fates = [dice.choice(list(FATES)) for _ in range(PAYMENTS)]
    house.store.manner = Manner(copies=COPIES)
    payments = [opened(f"deal:{number}", acme=100 + number, rival=50) for number in range(PAYMENTS)]
    for intent_id, fate in zip(payments, fates, strict=True):
        _live(house, intent_id, fate)
    now = house.store.clock()
    house.store.clock = lambda: now + 5
    letters = [body for _, body, _ in _all_letters(house)]
    dice.shuffle(letters)
    statuses = _flood(house, letters)
    house.work()
    assert set(statuses) == {200}
    assert len(letters) >= PAYMENTS * COPIES
    with unit_of_work(), working_on(Purpose.PAYMENT):
        ends = [queries.intent(intent_id).state for intent_id in payments]
    assert ends == [FATES[fate] for fate in fates]
    captured = [fact.reference for fact in announced if isinstance(fact, PaymentCaptured)]
    assert len(captured) == len(set(captured)) == ends.count(State.CAPTURED)


def _all_letters(house: House) -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, int]] = []
    while due := house.store.due_letters():
        found += due
        for number, _, _ in due:
            house.store.delivered(number)
    return found


def _flood(house: House, letters: list[str]) -> list[int]:
    """Deliver and handle at once: each thread posts its letters, and handles what it finds."""
    statuses: list[int] = []

    def run(mine: list[str]) -> None:
        for body in mine:
            raw = body.encode()
            statuses.append(house._carry(raw, {HEADER: sealed(raw)}))
            with house.app.app_context():
                services.handle_letter(event_id=json.loads(body)["id"])
                db.session.remove()

    threads = [threading.Thread(target=run, args=(letters[n::THREADS],)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_all_letters_are_lost_and_the_poll_heals(opened: Opened, house: House) -> None:
    """R17: an hour without letters; one round of the poll finds every payment."""
    house.store.manner = Manner(mute=True)
    payments = [opened(f"deal:{number}") for number in range(5)]
    for intent_id in payments:
        house.store.pay(gateway_id(intent_id))
    assert services.poll() == 0  # too early to ask
    with clock.shifted(timedelta(minutes=3)):
        assert services.poll() == 5
    with unit_of_work(), working_on(Purpose.PAYMENT):
        assert {queries.intent(intent_id).state for intent_id in payments} == {State.CAPTURED}


def test_the_sweep_asks_again_what_was_never_answered(paid: Opened, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    paid()
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")
    assert services.sweep() == 0
    with clock.shifted(timedelta(minutes=3)):
        assert services.sweep() == 1
    assert house.store.balance() == {"CNY": 151900}


def test_a_refund_older_than_the_gateways_memory_is_looked_up_first(paid: Opened, house: House) -> None:
    paid()
    with unit_of_work():
        made = services.refund(reference_part="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")
        of, refund_id = made.intent_id, made.id
    sent = {"client_id": str(refund_id), "amount": 100, "currency": "CNY"}
    house.store.refund(gateway_id(of), key="forgotten by now", asked=sent)
    with clock.shifted(timedelta(hours=21)):
        assert services.sweep() == 1
    assert house.store.balance() == {"CNY": 151900}


def test_a_gateway_that_is_away_is_not_asked_by_everybody(
    opened: Opened, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        opened(f"deal:{number}")
    asked: list[str] = []

    def away(self: object, gateway_id: str) -> object:
        asked.append(gateway_id)
        raise Unavailable

    monkeypatch.setattr(type(house.app.extensions["gateway"]), "fetch", away)
    with clock.shifted(timedelta(minutes=3)):
        assert services.poll() == 0
    assert len(asked) == 1
