"""Refunds that the gateway rejected: retried, or marked as refunded manually, with the ledger entries."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.ledger.domain import AccountCode
from billing.payments import queries, services
from billing.payments.domain import RefundState
from billing.payments.errors import RefundNotFailed
from billing.payments.events import Refunded
from marketplace.kernel import events
from marketplace.kernel.db import unit_of_work
from tenants.access.permissions import PlatformRole
from tenants.isolation import AccessPurpose, with_purpose
from tests.actors import Actors
from tests.billing.conftest import PaymentFactory, SandboxHarness
from tests.billing.test_payments import balance, cny

pytestmark = pytest.mark.usefixtures("check_ledger_invariants")


@pytest.fixture
def failed_refund(make_paid_payment: PaymentFactory, sandbox: SandboxHarness) -> tuple[UUID, UUID]:
    """Create a payment with a refund of ¥1.00 that the gateway rejected; return (payment id, refund id)."""
    intent_id = make_paid_payment()
    with sandbox.store._transaction() as connection:
        connection.execute("update payments set refunded = amount")
    with unit_of_work():
        refund_id = services.create_refund(order_reference="slip:a1", amount=cny(100), reason="x", key="refund:1").id
    sandbox.process_all()
    assert get_refund_state(refund_id) is RefundState.FAILED
    return intent_id, refund_id


def get_refund_state(refund_id: UUID) -> RefundState:
    with unit_of_work(), with_purpose(AccessPurpose.PAYMENT):
        return queries.get_refund(refund_id).state


def test_retry_refund_succeeds_when_gateway_accepts(
    failed_refund: tuple[UUID, UUID], sandbox: SandboxHarness, actors: Actors, published_events: list[events.Event]
) -> None:
    intent_id, refund_id = failed_refund
    client = actors.admin.client()
    assert client.post(f"/console/payments/refunds/{refund_id}/again").location.endswith(f"/console/payments/{intent_id}")
    sandbox.process_all()
    assert get_refund_state(refund_id) is RefundState.FAILED  # rejected once more, and can be retried again
    with sandbox.store._transaction() as connection:
        connection.execute("update payments set refunded = 0")
    assert client.post(f"/console/payments/refunds/{refund_id}/again").status_code == 303
    sandbox.process_all()
    assert get_refund_state(refund_id) is RefundState.DONE
    assert balance(AccountCode.PSP_CLEARING) == cny(151900)
    assert balance(AccountCode.REFUND_IN_TRANSIT, actors.acme_id, f"refund:{refund_id}") == cny(0)
    assert [event.refund_id for event in published_events if isinstance(event, Refunded)] == [refund_id]
    assert "支付通道拒绝的退款" not in client.get("/console/").text


def test_mark_refunded_manually_credits_bank(
    failed_refund: tuple[UUID, UUID],
    sandbox: SandboxHarness,
    actors: Actors,
    published_events: list[events.Event],
    superuser: Engine,
) -> None:
    intent_id, refund_id = failed_refund
    client = actors.admin.client()
    page = client.get(f"/console/payments/{intent_id}").text
    assert f"/console/payments/refunds/{refund_id}/settle" in page
    response = client.post(f"/console/payments/refunds/{refund_id}/settle", data={"note": "工行 11月22日 流水 88123"})
    assert response.status_code == 303
    assert get_refund_state(refund_id) is RefundState.DONE
    assert balance(AccountCode.BANK) == cny(-100)
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)
    assert balance(AccountCode.REFUND_IN_TRANSIT, actors.acme_id, f"refund:{refund_id}") == cny(0)
    assert [event.refund_id for event in published_events if isinstance(event, Refunded)] == [refund_id]
    with superuser.connect() as connection:
        audit_row = connection.execute(
            text("select account_id, reason from audit_events where action = 'refund.settled_by_hand'")
        ).one()
        assert tuple(audit_row) == (actors.admin.account_id, "工行 11月22日 流水 88123")
        memo_query = text("select memo from ledger_entries where event_key = :key")
        assert connection.scalar(memo_query, {"key": f"refund-paid:{refund_id}"}) == "工行 11月22日 流水 88123"


@pytest.mark.parametrize(("note", "message"), [("  ", "请说明款项如何退出"), ("长" * 201, "200")])
def test_mark_refunded_manually_invalid_note_returns_422(
    failed_refund: tuple[UUID, UUID], actors: Actors, note: str, message: str
) -> None:
    _intent_id, refund_id = failed_refund
    response = actors.admin.client().post(f"/console/payments/refunds/{refund_id}/settle", data={"note": note})
    assert response.status_code == 422
    assert message in response.text
    assert note.strip() in response.text
    assert get_refund_state(refund_id) is RefundState.FAILED
    assert balance(AccountCode.BANK) == cny(0)


def test_resolved_refund_raises_refund_not_failed(
    failed_refund: tuple[UUID, UUID], sandbox: SandboxHarness, ctx: Flask
) -> None:
    _intent_id, refund_id = failed_refund
    with unit_of_work():
        services.mark_refunded_manually(refund_id=refund_id, note="bank")
    operations: list[Callable[[], object]] = [
        lambda: services.mark_refunded_manually(refund_id=refund_id, note="bank"),
        lambda: services.retry_refund(refund_id=refund_id),
    ]
    for operation in operations:
        with pytest.raises(RefundNotFailed), unit_of_work():
            operation()
    sandbox.process_all()
    assert balance(AccountCode.BANK) == cny(-100)
    assert balance(AccountCode.PSP_CLEARING) == cny(152000)


def test_refund_resolution_requires_permission(failed_refund: tuple[UUID, UUID], actors: Actors, superuser: Engine) -> None:
    intent_id, refund_id = failed_refund
    with superuser.begin() as connection:
        connection.execute(text("update platform_staff set role = :role"), {"role": PlatformRole.SUPPORT.value})
    for action in ("again", "settle"):
        assert actors.admin.client().post(f"/console/payments/refunds/{refund_id}/{action}").status_code == 403
        assert actors.owner.client().post(f"/console/payments/refunds/{refund_id}/{action}").status_code == 404
    assert get_refund_state(refund_id) is RefundState.FAILED
    assert intent_id
