"""Webhooks: which are accepted, and that the result depends neither on their number nor on their order."""

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
from billing.payments.domain import PaymentState
from billing.payments.events import PaymentCaptured
from billing.payments.gateways.sandbox import SIGNATURE_HEADER
from billing.payments.sandbox_gateway.store import DeliveryOptions
from marketplace.kernel import clock, events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose
from tests.billing.conftest import SECRET, PaymentFactory, SandboxHarness, gateway_id

pytestmark = pytest.mark.usefixtures("check_ledger_invariants")
WEBHOOK_URL = "/hooks/payments/pretend"
PostWebhook = Callable[..., int]


@pytest.fixture
def post_webhook(client: FlaskClient) -> PostWebhook:
    """Return a function that posts a body with the given signature and returns the status."""

    def post(body: bytes, *, secret: str = SECRET, purpose: str = signing.WEBHOOK, shift: int = 0, header: str = "") -> int:
        signature = header or signing.sign(secret=secret, purpose=purpose, body=body, timestamp=int(time.time()) + shift)
        return int(client.post(WEBHOOK_URL, data=body, headers={SIGNATURE_HEADER: signature}).status_code)

    return post


def webhook_body(payment_id: str, event_id: str = "evt_1", **changes: object) -> bytes:
    payload: dict[str, object] = {
        "id": event_id,
        "type": "payment.paid",
        "created": int(time.time()),
        "account": "jishi",
        "mode": "sandbox",
        "data": {"id": payment_id, "client_id": "x"},
    }
    return json.dumps(payload | changes).encode()


def count_records(superuser: Engine) -> tuple[int, int, str]:
    """Return the numbers of webhooks and entries, and the states of the payments."""
    with superuser.connect() as connection:
        webhook_count = connection.execute(text("select count(*) from payment_webhook_events")).scalar() or 0
        entry_count = connection.execute(text("select count(*) from ledger_entries")).scalar() or 0
        states = connection.execute(text("select string_agg(state, ',' order by id) from payment_intents")).scalar() or ""
    return int(webhook_count), int(entry_count), str(states)


def signature_for(body: bytes, timestamp: int | None = None) -> str:
    return signing.sign(secret=SECRET, purpose=signing.WEBHOOK, body=body, timestamp=timestamp or int(time.time()))


INVALID_WEBHOOKS: dict[str, Callable[[PostWebhook, str], int]] = {
    "a flipped byte": lambda post, payment_id: post(
        webhook_body(payment_id, "evt_2"), header=signature_for(webhook_body(payment_id))
    ),
    "another secret": lambda post, payment_id: post(webhook_body(payment_id), secret="guessed"),
    "older than five minutes": lambda post, payment_id: post(webhook_body(payment_id), shift=-301),
    "from the future": lambda post, payment_id: post(webhook_body(payment_id), shift=302),
    "no signature": lambda post, payment_id: post(webhook_body(payment_id), header="none"),
    "no time": lambda post, payment_id: post(
        webhook_body(payment_id), header=signature_for(webhook_body(payment_id)).partition(",")[2]
    ),
    "no v1": lambda post, payment_id: post(webhook_body(payment_id), header=f"t={int(time.time())}"),
    "only v0": lambda post, payment_id: post(
        webhook_body(payment_id), header=signature_for(webhook_body(payment_id)).replace("v1=", "v0=")
    ),
    "the same JSON, formatted differently": lambda post, payment_id: post(
        json.dumps(json.loads(webhook_body(payment_id)), indent=1).encode(), header=signature_for(webhook_body(payment_id))
    ),
    "signed for another purpose": lambda post, payment_id: post(webhook_body(payment_id), purpose=signing.API_REQUEST),
    "another mode": lambda post, payment_id: post(webhook_body(payment_id, mode="live")),
    "another account": lambda post, payment_id: post(webhook_body(payment_id, account="elsewhere")),
    "two megabytes": lambda post, payment_id: post(webhook_body(payment_id, padding="x" * 2_000_000)),
    "an unknown type": lambda post, payment_id: post(webhook_body(payment_id, type="customer.created")),
    "no JSON": lambda post, payment_id: post(b"payment.paid"),
    "a list": lambda post, payment_id: post(b"[1, 2]"),
    "an id of the wrong kind": lambda post, payment_id: post(webhook_body(payment_id, id={"a": 1})),
}


@pytest.mark.parametrize("name", INVALID_WEBHOOKS)
def test_invalid_webhook_changes_nothing(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, post_webhook: PostWebhook, superuser: Engine, name: str
) -> None:
    intent_id = make_open_payment()
    sandbox.store.pay(gateway_id(intent_id), delivery=DeliveryOptions(mute=True))
    before = count_records(superuser)
    assert INVALID_WEBHOOKS[name](post_webhook, gateway_id(intent_id)) < 500
    assert count_records(superuser) == before


def test_control_without_verify_invalid_webhooks_are_stored(
    make_open_payment: PaymentFactory, post_webhook: PostWebhook, superuser: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = gateway_id(make_open_payment())
    monkeypatch.setattr(signing, "verify", lambda **_: 0)
    names = ("a flipped byte", "another secret", "older than five minutes", "from the future", "only v0")
    for name in names:
        assert INVALID_WEBHOOKS[name](post_webhook, payment_id) == 200
    assert count_records(superuser)[0] == 2


def test_webhook_for_unknown_payment_is_stored_with_error(
    sandbox: SandboxHarness, post_webhook: PostWebhook, superuser: Engine
) -> None:
    assert post_webhook(webhook_body("pay_unknown")) == 200
    sandbox.process_all()
    assert count_records(superuser) == (1, 0, "")
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        webhook_event = queries.get_webhook_event("evt_1")
        assert webhook_event is not None
        assert webhook_event.last_error == "unknown payment"


def test_webhook_claiming_paid_only_triggers_fetch(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, post_webhook: PostWebhook
) -> None:
    intent_id = make_open_payment()
    assert post_webhook(webhook_body(gateway_id(intent_id))) == 200  # claims that it was paid; it was not
    sandbox.process_all()
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        assert queries.get_intent(intent_id).state is PaymentState.OPEN


def test_header_with_two_signatures_is_accepted(
    make_open_payment: PaymentFactory, post_webhook: PostWebhook, superuser: Engine
) -> None:
    body = webhook_body(gateway_id(make_open_payment()))
    old_signature = signing.sign(secret="the old secret", purpose=signing.WEBHOOK, body=body, timestamp=int(time.time()))
    assert post_webhook(body, header=f"{old_signature},{signature_for(body).partition(',')[2]}") == 200
    assert count_records(superuser)[0] == 1


def test_webhook_before_create_response_finds_payment_by_client_id(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, superuser: Engine
) -> None:
    """The response to the create call was lost, and the buyer paid nevertheless."""
    intent_id = make_open_payment()
    with superuser.begin() as connection:
        connection.execute(text("update payment_intents set state = 'prepared', gateway_id = null, pay_url = null"))
        connection.execute(text("update gateway_operations set state = 'pending', completed_at = null"))
    with sandbox.store._transaction() as connection:
        payment_id = connection.execute("select id from payments").fetchone()["id"]
    sandbox.store.pay(payment_id)
    sandbox.webhook_sender.send_due()
    sandbox.process_all()
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        assert queries.get_intent(intent_id).state is PaymentState.CAPTURED


FINAL_STATE_BY_OUTCOME: dict[str, PaymentState] = {
    "pay": PaymentState.CAPTURED,
    "slow": PaymentState.CAPTURED,
    "decline": PaymentState.FAILED,
    "expire": PaymentState.EXPIRED,
    "late": PaymentState.AUTO_REFUNDED,
}
PAYMENTS, COPIES, THREADS = 50, 3, 8


def _play_outcome(sandbox: SandboxHarness, intent_id: UUID, outcome: str) -> None:
    payment_id = gateway_id(intent_id)
    if outcome == "pay":
        sandbox.store.pay(payment_id)
    elif outcome == "slow":
        sandbox.store.pay(payment_id, after=1)
    elif outcome == "decline":
        sandbox.store.decline(payment_id)
    elif outcome == "expire":
        sandbox.store.expire(payment_id)
    else:
        with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
            reference = queries.get_intent(intent_id).reference
            services.cancel_payment(reference=reference)
        sandbox.store.pay(payment_id)


@pytest.mark.slow
def test_duplicate_shuffled_webhooks_reach_same_final_states(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, published_events: list[events.Event], superuser: Engine
) -> None:
    """Every webhook is posted three times, in random order, by eight threads."""
    rng = random.Random(20261122)
    outcomes = [rng.choice(list(FINAL_STATE_BY_OUTCOME)) for _ in range(PAYMENTS)]
    sandbox.store.delivery = DeliveryOptions(copies=COPIES)
    payments = [make_open_payment(f"deal:{number}", acme=100 + number, rival=50) for number in range(PAYMENTS)]
    for intent_id, outcome in zip(payments, outcomes, strict=True):
        _play_outcome(sandbox, intent_id, outcome)
    now = sandbox.store.clock()
    sandbox.store.clock = lambda: now + 5
    bodies = [body for _, body, _ in _drain_webhooks(sandbox)]
    rng.shuffle(bodies)
    statuses = _post_concurrently(sandbox, bodies)
    sandbox.process_all()
    assert set(statuses) == {200}
    assert len(bodies) >= PAYMENTS * COPIES
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        final_states = [queries.get_intent(intent_id).state for intent_id in payments]
    assert final_states == [FINAL_STATE_BY_OUTCOME[outcome] for outcome in outcomes]
    captured = [event.reference for event in published_events if isinstance(event, PaymentCaptured)]
    assert len(captured) == len(set(captured)) == final_states.count(PaymentState.CAPTURED)


def _drain_webhooks(sandbox: SandboxHarness) -> list[tuple[int, str, int]]:
    webhooks: list[tuple[int, str, int]] = []
    while due := sandbox.store.list_due_webhooks():
        webhooks += due
        for number, _, _ in due:
            sandbox.store.mark_delivered(number)
    return webhooks


def _post_concurrently(sandbox: SandboxHarness, bodies: list[str]) -> list[int]:
    """Post and process concurrently: each thread posts its own webhooks and processes them."""
    statuses: list[int] = []

    def post_and_process(thread_bodies: list[str]) -> None:
        for body in thread_bodies:
            raw = body.encode()
            statuses.append(sandbox.deliver(raw, {SIGNATURE_HEADER: signature_for(raw)}))
            with sandbox.app.app_context():
                services.process_webhook(event_id=json.loads(body)["id"])
                db.session.remove()

    threads = [threading.Thread(target=post_and_process, args=(bodies[n::THREADS],)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_poll_captures_payments_when_webhooks_are_lost(make_open_payment: PaymentFactory, sandbox: SandboxHarness) -> None:
    """Without any webhook, one poll captures every payment."""
    sandbox.store.delivery = DeliveryOptions(mute=True)
    payments = [make_open_payment(f"deal:{number}") for number in range(5)]
    for intent_id in payments:
        sandbox.store.pay(gateway_id(intent_id))
    assert services.poll_open_payments() == 0  # too early to poll
    with clock.shift_time(timedelta(minutes=3)):
        assert services.poll_open_payments() == 5
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        assert {queries.get_intent(intent_id).state for intent_id in payments} == {PaymentState.CAPTURED}


def test_retry_stuck_sends_unanswered_refund(
    make_paid_payment: PaymentFactory, sandbox: SandboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_paid_payment()
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")
    assert services.retry_stuck() == 0
    with clock.shift_time(timedelta(minutes=3)):
        assert services.retry_stuck() == 1
    assert sandbox.store.get_balances() == {"CNY": 151900}


def test_expired_idempotency_key_looks_up_existing_refund(make_paid_payment: PaymentFactory, sandbox: SandboxHarness) -> None:
    make_paid_payment()
    with unit_of_work():
        refund = services.create_refund(order_reference="slip:a1", amount=Money(100, "CNY"), reason="x", key="refund:1")
        intent_id, refund_id = refund.intent_id, refund.id
    params = {"client_id": str(refund_id), "amount": 100, "currency": "CNY"}
    sandbox.store.create_refund(gateway_id(intent_id), key="an expired key", params=params)
    with clock.shift_time(timedelta(hours=21)):
        assert services.retry_stuck() == 1
    assert sandbox.store.get_balances() == {"CNY": 151900}


def test_poll_stops_after_first_unavailable(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        make_open_payment(f"deal:{number}")
    fetched_ids: list[str] = []

    def fetch_unavailable(self: object, gateway_id: str) -> object:
        fetched_ids.append(gateway_id)
        raise ServiceUnavailable

    monkeypatch.setattr(type(sandbox.app.extensions["gateway"]), "fetch", fetch_unavailable)
    with clock.shift_time(timedelta(minutes=3)):
        assert services.poll_open_payments() == 0
    assert len(fetched_ids) == 1
