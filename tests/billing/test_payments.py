"""The life cycle of a payment: captured once, released once, refunded exactly, refunded automatically if paid too late."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from billing.commissions import services as commission_services
from billing.commissions.domain import SaleLine
from billing.ledger import queries as ledger_queries
from billing.ledger import services as ledger_services
from billing.ledger.domain import AccountCode, AccountName, EntrySubject, EntryType, credit, debit
from billing.payments import queries, services
from billing.payments.domain import PaymentPart, PaymentState
from billing.payments.errors import AlreadyPaid, NothingCaptured, PaymentInProgress, RefundConflict, RefundExceedsPayment
from billing.payments.events import (
    EscrowReleased,
    PaymentAutoRefunded,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
    Refunded,
)
from billing.payments.gateway import UnconfiguredGateway
from billing.payments.services import Payer
from demo.seeds import payments
from marketplace.kernel import clock, events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.billing.conftest import PaymentFactory, SandboxHarness, gateway_id
from tests.billing.ledger_invariants import ledger_gateway_balance

pytestmark = pytest.mark.usefixtures("check_ledger_invariants")
PublishedEvents = list[events.Event]


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def balance(code: AccountCode, merchant: UUID | None = None, reference: str = "") -> Money:
    with unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        return ledger_queries.get_balance(AccountName(code, "CNY", merchant, reference))


def get_state(intent_id: UUID) -> PaymentState:
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return queries.get_intent(intent_id).state


def charge_fees(actors: Actors, order: str = "slip:a1", subtotal: int = 100000) -> None:
    """Charge products of 1 000.00 at the default five percent; freight of 20.00 has no commission."""
    with unit_of_work():
        line = SaleLine(reference="line:1", category_path=("fabric", "cotton"), amount=cny(subtotal))
        commission_services.charge_fees(order=order, merchant_id=actors.acme_id, lines=[line])


def test_capture_credits_escrow_per_order(
    make_paid_payment: PaymentFactory, actors: Actors, published_events: PublishedEvents
) -> None:
    intent_id = make_paid_payment()
    assert get_state(intent_id) is PaymentState.CAPTURED
    assert balance(AccountCode.ESCROW, actors.acme_id, "slip:a1") == cny(102000)
    assert balance(AccountCode.ESCROW, actors.rival_id, "slip:r1") == cny(50000)
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)
    captured = [event for event in published_events if isinstance(event, PaymentCaptured)]
    assert [(event.reference, event.parts, event.amount) for event in captured] == [
        ("deal:1", ("slip:a1", "slip:r1"), cny(152000))
    ]


def test_sync_payment_repeated_captures_once(make_paid_payment: PaymentFactory, published_events: PublishedEvents) -> None:
    intent_id = make_paid_payment()
    for _ in range(3):
        assert services.sync_payment(intent_id=intent_id) is PaymentState.CAPTURED
    assert len([event for event in published_events if isinstance(event, PaymentCaptured)]) == 1
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)


def test_gateway_calls_run_outside_transactions(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_transaction: list[bool] = []
    gateway_class = type(sandbox.app.extensions["gateway"])
    send = gateway_class._send

    def record_and_send(self: object, *args: object) -> object:
        in_transaction.append(db.session().in_transaction())
        return send(self, *args)

    monkeypatch.setattr(gateway_class, "_send", record_and_send)
    intent_id = make_open_payment()
    services.sync_payment(intent_id=intent_id)
    assert in_transaction == [False, False]


def test_create_payment_same_parts_returns_existing(make_open_payment: PaymentFactory) -> None:
    assert make_open_payment() == make_open_payment()


def test_create_payment_other_parts_cancels_existing(make_open_payment: PaymentFactory, sandbox: SandboxHarness) -> None:
    old = make_open_payment()
    new = make_open_payment(acme=99900)
    sandbox.process_all()
    assert (get_state(old), get_state(new)) == (PaymentState.CANCELLED, PaymentState.OPEN)
    assert sandbox.store.get_payment(gateway_id(old))["status"] == "expired"


def test_create_payment_after_capture_raises_already_paid(
    make_paid_payment: PaymentFactory, make_open_payment: PaymentFactory
) -> None:
    make_paid_payment()
    with pytest.raises(AlreadyPaid):
        make_open_payment()


def test_declined_payment_can_be_retried(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, published_events: PublishedEvents
) -> None:
    first = make_open_payment()
    sandbox.store.decline(gateway_id(first))
    assert services.sync_payment(intent_id=first) is PaymentState.FAILED
    second = make_open_payment()
    sandbox.store.pay(gateway_id(second))
    assert services.sync_payment(intent_id=second) is PaymentState.CAPTURED
    assert [type(event) for event in published_events if isinstance(event, PaymentFailed | PaymentCaptured)] == [
        PaymentFailed,
        PaymentCaptured,
    ]
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)


def test_cancel_processing_payment_raises_in_progress(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, published_events: PublishedEvents
) -> None:
    intent_id = make_open_payment()
    sandbox.store.pay(gateway_id(intent_id), after=60)
    assert services.sync_payment(intent_id=intent_id) is PaymentState.PROCESSING
    with pytest.raises(PaymentInProgress), unit_of_work():
        services.cancel_payment(reference="deal:1")
    assert PaymentProcessing(reference="deal:1", intent_id=intent_id) in published_events
    sandbox.store.clock = lambda: 2_000_000_000.0
    assert services.sync_payment(intent_id=intent_id) is PaymentState.CAPTURED


def test_unpaid_payment_expires(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, published_events: PublishedEvents
) -> None:
    intent_id = make_open_payment()
    sandbox.store.clock = lambda: 2_000_000_000.0
    assert services.sync_payment(intent_id=intent_id) is PaymentState.EXPIRED
    assert PaymentExpired(reference="deal:1", intent_id=intent_id) in published_events


def test_payment_after_cancellation_is_auto_refunded(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, published_events: PublishedEvents, superuser: Engine
) -> None:
    intent_id = make_open_payment()
    sandbox.store.pay(gateway_id(intent_id))
    with unit_of_work():
        assert services.cancel_payment(reference="deal:1")
    sandbox.process_all()
    assert get_state(intent_id) is PaymentState.AUTO_REFUNDED
    assert PaymentAutoRefunded(reference="deal:1", intent_id=intent_id, amount=cny(152000)) in published_events
    assert not any(isinstance(event, PaymentCaptured) for event in published_events)
    assert sandbox.store.get_balances() == {"CNY": 0}
    assert ledger_gateway_balance(superuser) == 0


def test_second_captured_payment_is_auto_refunded(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, superuser: Engine
) -> None:
    first = make_open_payment()
    second = make_open_payment(acme=99900)  # the first is cancelled, but its page is still open in another tab
    sandbox.store.pay(gateway_id(second))
    assert services.sync_payment(intent_id=second) is PaymentState.CAPTURED
    sandbox.store.pay(gateway_id(first))
    assert services.sync_payment(intent_id=first) is PaymentState.AUTO_REFUNDED
    sandbox.process_all()
    assert ledger_gateway_balance(superuser) == 149900
    assert sandbox.store.get_balances() == {"CNY": 149900}


def test_cancel_prepared_payment_needs_no_gateway_call(sandbox: SandboxHarness, actors: Actors) -> None:
    with unit_of_work():
        services.create_payment(
            reference="deal:1",
            payer=Payer(buyer_id=actors.buyer.buyer_id),
            parts=[PaymentPart(reference="slip:a1", merchant_id=actors.acme_id, amount=cny(100))],
            description="x",
            return_url="http://localhost/",
        )
    with unit_of_work():
        assert services.cancel_payment(reference="deal:1") is True
    with unit_of_work():
        assert services.cancel_payment(reference="deal:1") is False


def test_unconfigured_gateway_raises_unavailable_and_payment_recovers(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, ctx: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox_gateway = ctx.extensions["gateway"]
    monkeypatch.setitem(ctx.extensions, "gateway", UnconfiguredGateway())
    with pytest.raises(ServiceUnavailable):
        make_open_payment()
    monkeypatch.setitem(ctx.extensions, "gateway", sandbox_gateway)
    sandbox.process_all()
    intent_id = make_open_payment()
    assert get_state(intent_id) is PaymentState.OPEN


def test_release_escrow_splits_merchant_amount_and_commission(
    make_paid_payment: PaymentFactory, actors: Actors, published_events: PublishedEvents
) -> None:
    """Worked example, release: products of 1 000.00 and freight of 20.00 at five percent."""
    charge_fees(actors)
    make_paid_payment()
    with unit_of_work():
        escrow_release = services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt:a1")
    assert escrow_release is not None
    assert (escrow_release.to_merchant, escrow_release.commission) == (cny(97000), cny(5000))
    assert balance(AccountCode.ESCROW, actors.acme_id, "slip:a1") == cny(0)
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(97000)
    assert balance(AccountCode.COMMISSION) == cny(5000)
    assert balance(AccountCode.ESCROW, actors.rival_id, "slip:r1") == cny(50000)
    event = EscrowReleased(reference="slip:a1", merchant_id=actors.acme_id, amount=cny(97000), commission=cny(5000))
    assert event in published_events


def test_release_escrow_is_idempotent(make_paid_payment: PaymentFactory, actors: Actors) -> None:
    make_paid_payment()
    for key in ("receipt:a1", "receipt:a1", "timer:a1"):
        with unit_of_work():
            services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key=key)
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(102000)


def test_release_escrow_of_other_merchant_raises_nothing_captured(make_paid_payment: PaymentFactory, actors: Actors) -> None:
    make_paid_payment()
    with pytest.raises(NothingCaptured), unit_of_work():
        services.release_escrow(order_reference="slip:a1", merchant_id=actors.rival_id, key="x")
    with pytest.raises(NothingCaptured), unit_of_work():
        services.release_escrow(order_reference="slip:unknown", merchant_id=actors.rival_id, key="x")


def test_refund_before_release_debits_escrow(
    make_paid_payment: PaymentFactory,
    actors: Actors,
    sandbox: SandboxHarness,
    published_events: PublishedEvents,
    superuser: Engine,
) -> None:
    charge_fees(actors)
    make_paid_payment()
    with unit_of_work():
        refund_id = services.create_refund(order_reference="slip:a1", amount=cny(51000), reason="half", key="refund:1").id
    assert balance(AccountCode.ESCROW, actors.acme_id, "slip:a1") == cny(51000)
    sandbox.process_all()
    assert Refunded(refund_id=refund_id, reference="slip:a1", merchant_id=actors.acme_id, amount=cny(51000)) in published_events
    assert sandbox.store.get_balances() == {"CNY": ledger_gateway_balance(superuser)} == {"CNY": 101000}
    with unit_of_work():
        escrow_release = services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt:a1")
    assert escrow_release is not None
    assert (escrow_release.to_merchant, escrow_release.commission) == (cny(48500), cny(2500))


def test_refund_after_release_reverses_commission(
    make_paid_payment: PaymentFactory, actors: Actors, sandbox: SandboxHarness
) -> None:
    """Worked example, proportional refund after the release: 40 % of 1 020.00 reverses 40 % of the commission."""
    charge_fees(actors)
    make_paid_payment()
    with unit_of_work():
        services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt:a1")
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(40800), reason="40 %", key="refund:1")
    sandbox.process_all()
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(97000 - 40800 + 2000)
    assert balance(AccountCode.COMMISSION_REVERSED) == cny(2000)
    assert balance(AccountCode.PSP_CLEARING) == cny(152000 - 40800)


def test_refund_exceeding_merchant_balance_creates_debt_and_offset(
    make_paid_payment: PaymentFactory, actors: Actors, sandbox: SandboxHarness
) -> None:
    for number in ("1", "2"):
        charge_fees(actors, order=f"slip:a{number}")
        make_paid_payment(f"deal:{number}")
    with unit_of_work():
        services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt:a1")
    payout = Money(97000, "CNY")
    subject = EntrySubject(merchant_id=actors.acme_id, reference="payout:1")
    with unit_of_work():
        legs = [debit(AccountCode.MERCHANT_AVAILABLE, payout, subject=subject), credit(AccountCode.BANK, payout)]
        ledger_services.post_entry(event_key="payout:1", entry_type=EntryType.CORRECTION, subject=subject, legs=legs)
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(102000), reason="all", key="refund:1")
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(0)
    assert balance(AccountCode.MERCHANT_RECEIVABLE, actors.acme_id) == cny(97000)
    with unit_of_work():
        services.release_escrow(order_reference="slip:a2", merchant_id=actors.acme_id, key="receipt:a2")
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(0)
    assert balance(AccountCode.MERCHANT_RECEIVABLE, actors.acme_id) == cny(0)
    sandbox.process_all()


def test_refund_exceeding_payment_raises(make_paid_payment: PaymentFactory, actors: Actors, sandbox: SandboxHarness) -> None:
    make_paid_payment()
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(102000), reason="all", key="refund:1")
    with pytest.raises(RefundExceedsPayment), unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(1), reason="more", key="refund:2")
    assert balance(AccountCode.ESCROW, actors.rival_id, "slip:r1") == cny(50000)
    sandbox.process_all()
    assert sandbox.store.get_balances() == {"CNY": 50000}


def test_create_refund_same_key_is_idempotent(make_paid_payment: PaymentFactory, sandbox: SandboxHarness) -> None:
    make_paid_payment()
    for _ in range(2):
        with unit_of_work():
            services.create_refund(order_reference="slip:a1", amount=cny(100), reason="scratch", key="refund:1")
    with pytest.raises(RefundConflict), unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(101), reason="scratch", key="refund:1")
    sandbox.process_all()
    assert sandbox.store.get_balances() == {"CNY": 151900}


def test_release_escrow_after_full_refund_returns_none(
    make_paid_payment: PaymentFactory, actors: Actors, sandbox: SandboxHarness
) -> None:
    charge_fees(actors)
    make_paid_payment()
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(102000), reason="cancelled", key="cancel:a1")
    with unit_of_work():
        assert services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="timer:a1") is None
    sandbox.process_all()


def test_execute_operation_repeated_refunds_once(make_paid_payment: PaymentFactory, sandbox: SandboxHarness) -> None:
    make_paid_payment()
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(100), reason="x", key="refund:1")
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        operation_ids = queries.list_stale_operation_ids(clock.now(), after=timedelta())
    for _ in range(3):
        for operation_id in operation_ids:
            services.execute_operation(operation_id=operation_id)
    assert sandbox.store.get_balances() == {"CNY": 151900}


def test_console_payment_page_shows_webhooks_and_entries(
    make_paid_payment: PaymentFactory, sandbox: SandboxHarness, actors: Actors
) -> None:
    charge_fees(actors)
    intent_id = make_paid_payment()
    sandbox.webhook_sender.send_due()
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(100), reason="少发一匹", key="refund:1")
    sandbox.process_all()
    sandbox.webhook_sender.send_due()
    client = actors.admin.client()
    list_html = client.get("/console/payments/").get_data(as_text=True)
    assert str(intent_id) in list_html
    page = client.get(f"/console/payments/{intent_id}").get_data(as_text=True)
    for expected_text in (
        "payment.paid",
        "payment.refunded",
        "少发一匹",
        "1,520.00",
        "1.00",
        "买家付款，转入担保",
        "支付通道已退款",
    ):
        assert expected_text in page, expected_text
    assert actors.owner.client().get(f"/console/payments/{intent_id}").status_code == 404
    assert client.get("/console/payments/00000000-0000-7000-8000-000000000000").status_code == 404
    assert client.get("/console/payments/?state=nonsense&page=-1&q=%25").status_code == 200


def test_console_sync_payment_action_captures(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, actors: Actors
) -> None:
    intent_id = make_open_payment()
    sandbox.store.pay(gateway_id(intent_id))
    client = actors.admin.client()
    assert client.post(f"/console/payments/{intent_id}/ask").status_code == 302
    assert get_state(intent_id) is PaymentState.CAPTURED


def test_amount_mismatch_is_flagged_and_not_captured(
    make_open_payment: PaymentFactory, sandbox: SandboxHarness, actors: Actors
) -> None:
    intent_id = make_open_payment()
    payment_id = gateway_id(intent_id)
    with sandbox.store._transaction() as connection:
        connection.execute("update payments set amount = amount + 1 where id = ?", [payment_id])
    sandbox.store.pay(payment_id)
    assert services.sync_payment(intent_id=intent_id) is PaymentState.OPEN
    assert balance(AccountCode.PSP_CLEARING) == cny(0)
    client = actors.admin.client()
    assert "与通道不符的付款" in client.get("/console/").get_data(as_text=True)
    assert "152001" in client.get(f"/console/payments/{intent_id}").get_data(as_text=True)


def test_rejected_refund_appears_in_todo_items(
    make_paid_payment: PaymentFactory, sandbox: SandboxHarness, actors: Actors
) -> None:
    intent_id = make_paid_payment()
    with sandbox.store._transaction() as connection:
        connection.execute("update payments set refunded = amount")
    with unit_of_work():
        services.create_refund(order_reference="slip:a1", amount=cny(100), reason="x", key="refund:1")
    sandbox.process_all()
    client = actors.admin.client()
    assert "支付通道拒绝的退款" in client.get("/console/").get_data(as_text=True)
    assert "over_refund" in client.get(f"/console/payments/{intent_id}").get_data(as_text=True)
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)


def test_demo_payments_post_same_entries_as_real_ones(
    sandbox: SandboxHarness, actors: Actors, published_events: PublishedEvents
) -> None:
    charge_fees(actors)
    part = PaymentPart(reference="slip:a1", merchant_id=actors.acme_id, amount=cny(102000))
    with unit_of_work():
        payments.create_captured_payment(
            reference="deal:1", payer=Payer(buyer_id=actors.buyer.buyer_id), parts=[part], description="x"
        )
    with unit_of_work():
        payments.create_completed_refund(order_reference="slip:a1", amount=cny(2000), reason="x", key="refund:1")
    with unit_of_work():
        services.release_escrow(order_reference="slip:a1", merchant_id=actors.acme_id, key="receipt:a1")
    sandbox.process_all()  # no operation is left for a gateway that does not know these payments
    assert balance(AccountCode.PSP_CLEARING) == cny(100000)
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == cny(100000 - 4902)
    assert len([event for event in published_events if isinstance(event, PaymentCaptured)]) == 1
    with clock.shift_time(timedelta(hours=1)):
        assert services.poll_open_payments() == services.retry_stuck() == 0
