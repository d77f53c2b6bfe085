"""A refund that the gateway would not send is decided by people: asked again, or settled by hand, through the books."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from billing.ledger.rules import Code
from billing.payments import queries, services
from billing.payments.errors import NotRefused
from billing.payments.events import Refunded
from billing.payments.rules import RefundState
from marketplace.kernel import events
from marketplace.kernel.db import unit_of_work
from tenants.access.permissions import MarketRole
from tenants.scope import Purpose, working_on
from tests.billing.conftest import House, Opened
from tests.billing.test_payments import balance, cny
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("books_hold")


@pytest.fixture
def refused(paid: Opened, house: House) -> tuple[UUID, UUID]:
    """A payment with one refund of ¥1.00 that the gateway refused: (payment, refund)."""
    intent_id = paid()
    with house.store._writing() as line:
        line.execute("update payments set refunded = amount")
    with unit_of_work():
        refund_id = services.refund(reference_part="slip:a1", amount=cny(100), reason="x", key="refund:1").id
    house.work()
    assert state(refund_id) is RefundState.REFUSED
    return intent_id, refund_id


def state(refund_id: UUID) -> RefundState:
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return queries.refund(refund_id).state


def test_asked_again_it_is_sent_once_the_gateway_will(
    refused: tuple[UUID, UUID], house: House, cast: Cast, announced: list[events.Event]
) -> None:
    intent_id, refund_id = refused
    browser = cast.admin.browser()
    assert browser.post(f"/console/payments/refunds/{refund_id}/again").location.endswith(f"/console/payments/{intent_id}")
    house.work()
    assert state(refund_id) is RefundState.REFUSED  # it still will not, and that can be decided again
    with house.store._writing() as line:
        line.execute("update payments set refunded = 0")
    assert browser.post(f"/console/payments/refunds/{refund_id}/again").status_code == 303
    house.work()
    assert state(refund_id) is RefundState.DONE
    assert balance(Code.PSP_CLEARING) == cny(151900)
    assert balance(Code.REFUND_IN_TRANSIT, cast.acme_id, f"refund:{refund_id}") == cny(0)
    assert [fact.refund_id for fact in announced if isinstance(fact, Refunded)] == [refund_id]
    assert "支付通道拒绝的退款" not in browser.get("/console/").text


def test_settled_by_hand_the_money_leaves_the_bank(
    refused: tuple[UUID, UUID], house: House, cast: Cast, announced: list[events.Event], superuser: Engine
) -> None:
    intent_id, refund_id = refused
    browser = cast.admin.browser()
    page = browser.get(f"/console/payments/{intent_id}").text
    assert f"/console/payments/refunds/{refund_id}/settle" in page
    answer = browser.post(f"/console/payments/refunds/{refund_id}/settle", data={"note": "工行 11月22日 流水 88123"})
    assert answer.status_code == 303
    assert state(refund_id) is RefundState.DONE
    assert balance(Code.BANK) == cny(-100)
    assert balance(Code.PSP_CLEARING) == cny(152000)
    assert balance(Code.REFUND_IN_TRANSIT, cast.acme_id, f"refund:{refund_id}") == cny(0)
    assert [fact.refund_id for fact in announced if isinstance(fact, Refunded)] == [refund_id]
    with superuser.connect() as connection:
        deed = connection.execute(
            text("select account_id, reason from audit_events where action = 'refund.settled_by_hand'")
        ).one()
        assert tuple(deed) == (cast.admin.account_id, "工行 11月22日 流水 88123")
        memo = text("select memo from ledger_entries where event_key = :key")
        assert connection.scalar(memo, {"key": f"refund-paid:{refund_id}"}) == "工行 11月22日 流水 88123"


@pytest.mark.parametrize(("note", "said"), [("  ", "请说明款项如何退出"), ("长" * 201, "200")])
def test_a_note_that_says_nothing_moves_nothing(refused: tuple[UUID, UUID], cast: Cast, note: str, said: str) -> None:
    _intent_id, refund_id = refused
    answer = cast.admin.browser().post(f"/console/payments/refunds/{refund_id}/settle", data={"note": note})
    assert answer.status_code == 422
    assert said in answer.text
    assert note.strip() in answer.text
    assert state(refund_id) is RefundState.REFUSED
    assert balance(Code.BANK) == cny(0)


def test_what_was_decided_is_not_decided_twice(refused: tuple[UUID, UUID], house: House, ctx: Flask) -> None:
    _intent_id, refund_id = refused
    with unit_of_work():
        services.settle_by_hand(refund_id=refund_id, note="bank")
    deeds: list[Callable[[], object]] = [
        lambda: services.settle_by_hand(refund_id=refund_id, note="bank"),
        lambda: services.ask_again(refund_id=refund_id),
    ]
    for deed in deeds:
        with pytest.raises(NotRefused), unit_of_work():
            deed()
    house.work()
    assert balance(Code.BANK) == cny(-100)
    assert balance(Code.PSP_CLEARING) == cny(152000)


def test_only_who_may_decides(refused: tuple[UUID, UUID], cast: Cast, superuser: Engine) -> None:
    intent_id, refund_id = refused
    with superuser.begin() as connection:
        connection.execute(text("update market_staff set role = :role"), {"role": MarketRole.SUPPORT.value})
    for deed in ("again", "settle"):
        assert cast.admin.browser().post(f"/console/payments/refunds/{refund_id}/{deed}").status_code == 403
        assert cast.owner.browser().post(f"/console/payments/refunds/{refund_id}/{deed}").status_code == 404
    assert state(refund_id) is RefundState.REFUSED
    assert intent_id
