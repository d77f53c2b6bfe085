"""A payment from its opening to its end: captured once, released once, refunded to the cent, returned when it came too late."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from billing.commissions import services as commissions
from billing.commissions.rules import SaleLine
from billing.ledger import queries as ledger
from billing.ledger import services as books
from billing.ledger.rules import AccountName, Code, EntryType, Subject, credit, debit
from billing.payments import queries, seeds, services
from billing.payments.errors import AlreadyPaid, NothingHeld, PaymentUnderway, RefundSaidDifferently, TooMuch
from billing.payments.events import (
    EscrowReleased,
    PaymentCaptured,
    PaymentExpired,
    PaymentFailed,
    PaymentProcessing,
    PaymentReturned,
    Refunded,
)
from billing.payments.gateway import NoGateway
from billing.payments.rules import Part, State
from billing.payments.services import Payer
from marketplace.kernel import clock, events
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on
from tests.billing.books import at_the_gateway
from tests.billing.conftest import House, Opened, gateway_id
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("books_hold")
Announced = list[events.Event]


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def balance(code: Code, merchant: UUID | None = None, reference: str = "") -> Money:
    with unit_of_work(), working_on(Purpose.SETTLEMENT):
        return ledger.balance(AccountName(code, "CNY", merchant, reference))


def state(intent_id: UUID) -> State:
    with unit_of_work(), working_on(Purpose.PAYMENT):
        return queries.intent(intent_id).state


def freeze(cast: Cast, order: str = "slip:a1", goods: int = 100000) -> None:
    """Goods of 1 000.00 at the default five percent; freight of 20.00 bears no commission."""
    with unit_of_work():
        line = SaleLine(reference="line:1", category_path=("fabric", "cotton"), amount=cny(goods))
        commissions.freeze(order=order, merchant_id=cast.acme_id, lines=[line])


def test_a_payment_is_captured_into_escrow_order_by_order(paid: Opened, cast: Cast, announced: Announced) -> None:
    intent_id = paid()
    assert state(intent_id) is State.CAPTURED
    assert balance(Code.ESCROW, cast.acme_id, "slip:a1") == cny(102000)
    assert balance(Code.ESCROW, cast.rival_id, "slip:r1") == cny(50000)
    assert balance(Code.PSP_CLEARING) == cny(152000)
    captured = [fact for fact in announced if isinstance(fact, PaymentCaptured)]
    assert [(fact.reference, fact.parts, fact.amount) for fact in captured] == [("deal:1", ("slip:a1", "slip:r1"), cny(152000))]


def test_settling_again_and_again_captures_once(paid: Opened, announced: Announced) -> None:
    intent_id = paid()
    for _ in range(3):
        assert services.settle(intent_id=intent_id) is State.CAPTURED
    assert len([fact for fact in announced if isinstance(fact, PaymentCaptured)]) == 1
    assert balance(Code.PSP_CLEARING) == cny(152000)


def test_no_transaction_is_open_while_the_gateway_thinks(opened: Opened, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    open_then: list[bool] = []
    kind = type(house.app.extensions["gateway"])
    send = kind._send

    def watch(self: object, *args: object) -> object:
        open_then.append(db.session().in_transaction())
        return send(self, *args)

    monkeypatch.setattr(kind, "_send", watch)
    intent_id = opened()
    services.settle(intent_id=intent_id)
    assert open_then == [False, False]


def test_opening_twice_is_one_payment(opened: Opened) -> None:
    assert opened() == opened()


def test_other_parts_give_the_old_attempt_up(opened: Opened, house: House) -> None:
    old = opened()
    new = opened(acme=99900)
    house.work()
    assert (state(old), state(new)) == (State.CANCELLED, State.OPEN)
    assert house.store.payment(gateway_id(old))["standing"] == "expired"


def test_what_is_paid_is_not_paid_again(paid: Opened, opened: Opened) -> None:
    paid()
    with pytest.raises(AlreadyPaid):
        opened()


def test_a_declined_payment_can_be_tried_again(opened: Opened, house: House, announced: Announced) -> None:
    first = opened()
    house.store.decline(gateway_id(first))
    assert services.settle(intent_id=first) is State.FAILED
    second = opened()
    house.store.pay(gateway_id(second))
    assert services.settle(intent_id=second) is State.CAPTURED
    assert [type(f) for f in announced if isinstance(f, PaymentFailed | PaymentCaptured)] == [PaymentFailed, PaymentCaptured]
    assert balance(Code.PSP_CLEARING) == cny(152000)


def test_slow_money_is_not_cancelled_while_it_is_on_its_way(opened: Opened, house: House, announced: Announced) -> None:
    intent_id = opened()
    house.store.pay(gateway_id(intent_id), after=60)
    assert services.settle(intent_id=intent_id) is State.PROCESSING
    with pytest.raises(PaymentUnderway), unit_of_work():
        services.cancel_intent(reference="deal:1")
    assert PaymentProcessing(reference="deal:1", intent_id=intent_id) in announced
    house.store.clock = lambda: 2_000_000_000.0
    assert services.settle(intent_id=intent_id) is State.CAPTURED


def test_nobody_pays_in_time(opened: Opened, house: House, announced: Announced) -> None:
    intent_id = opened()
    house.store.clock = lambda: 2_000_000_000.0
    assert services.settle(intent_id=intent_id) is State.EXPIRED
    assert PaymentExpired(reference="deal:1", intent_id=intent_id) in announced


def test_money_that_comes_after_cancelling_goes_back(
    opened: Opened, house: House, announced: Announced, superuser: Engine
) -> None:
    intent_id = opened()
    house.store.pay(gateway_id(intent_id))
    with unit_of_work():
        assert services.cancel_intent(reference="deal:1")
    house.work()
    assert state(intent_id) is State.RETURNED
    assert PaymentReturned(reference="deal:1", intent_id=intent_id, amount=cny(152000)) in announced
    assert not any(isinstance(fact, PaymentCaptured) for fact in announced)
    assert house.store.balance() == {"CNY": 0}
    assert at_the_gateway(superuser) == 0


def test_a_second_success_for_the_same_purchase_goes_back(opened: Opened, house: House, superuser: Engine) -> None:
    first = opened()
    second = opened(acme=99900)  # the first is given up, but its page is still open in another tab
    house.store.pay(gateway_id(second))
    assert services.settle(intent_id=second) is State.CAPTURED
    house.store.pay(gateway_id(first))
    assert services.settle(intent_id=first) is State.RETURNED
    house.work()
    assert at_the_gateway(superuser) == 149900
    assert house.store.balance() == {"CNY": 149900}


def test_a_payment_that_never_reached_the_gateway_is_simply_cancelled(house: House, cast: Cast) -> None:
    with unit_of_work():
        services.open_intent(
            reference="deal:1",
            payer=Payer(buyer_id=cast.buyer.buyer_id),
            parts=[Part(reference="slip:a1", merchant_id=cast.acme_id, amount=cny(100))],
            description="x",
            return_url="http://localhost/",
        )
    with unit_of_work():
        assert services.cancel_intent(reference="deal:1") is True
    with unit_of_work():
        assert services.cancel_intent(reference="deal:1") is False


def test_no_gateway_says_so_and_loses_nothing(
    opened: Opened, house: House, ctx: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = ctx.extensions["gateway"]
    monkeypatch.setitem(ctx.extensions, "gateway", NoGateway())
    with pytest.raises(Unavailable):
        opened()
    monkeypatch.setitem(ctx.extensions, "gateway", working)
    house.work()
    intent_id = opened()
    assert state(intent_id) is State.OPEN


def test_the_release_pays_merchant_and_market(paid: Opened, cast: Cast, announced: Announced) -> None:
    """money.md §4, release: goods 1 000.00 and freight 20.00 at five percent."""
    freeze(cast)
    paid()
    with unit_of_work():
        moved = services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt:a1")
    assert moved is not None
    assert (moved.to_merchant, moved.commission) == (cny(97000), cny(5000))
    assert balance(Code.ESCROW, cast.acme_id, "slip:a1") == cny(0)
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(97000)
    assert balance(Code.COMMISSION) == cny(5000)
    assert balance(Code.ESCROW, cast.rival_id, "slip:r1") == cny(50000)
    released = EscrowReleased(reference="slip:a1", merchant_id=cast.acme_id, amount=cny(97000), commission=cny(5000))
    assert released in announced


def test_a_release_happens_once(paid: Opened, cast: Cast) -> None:
    paid()
    for key in ("receipt:a1", "receipt:a1", "timer:a1"):
        with unit_of_work():
            services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key=key)
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(102000)


def test_nobody_releases_an_order_of_another_merchant(paid: Opened, cast: Cast) -> None:
    paid()
    with pytest.raises(NothingHeld), unit_of_work():
        services.release(order_reference="slip:a1", merchant_id=cast.rival_id, key="x")
    with pytest.raises(NothingHeld), unit_of_work():
        services.release(order_reference="slip:unknown", merchant_id=cast.rival_id, key="x")


def test_a_refund_before_the_release_comes_from_escrow(
    paid: Opened, cast: Cast, house: House, announced: Announced, superuser: Engine
) -> None:
    freeze(cast)
    paid()
    with unit_of_work():
        refund_id = services.refund(reference_part="slip:a1", amount=cny(51000), reason="half", key="refund:1").id
    assert balance(Code.ESCROW, cast.acme_id, "slip:a1") == cny(51000)
    house.work()
    assert Refunded(refund_id=refund_id, reference="slip:a1", merchant_id=cast.acme_id, amount=cny(51000)) in announced
    assert house.store.balance() == {"CNY": at_the_gateway(superuser)} == {"CNY": 101000}
    with unit_of_work():
        moved = services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt:a1")
    assert moved is not None
    assert (moved.to_merchant, moved.commission) == (cny(48500), cny(2500))


def test_a_refund_after_the_release_takes_commission_back(paid: Opened, cast: Cast, house: House) -> None:
    """money.md §4, refund after release, proportional: 40 % of 1 020.00 gives 40 % of the commission back."""
    freeze(cast)
    paid()
    with unit_of_work():
        services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt:a1")
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(40800), reason="40 %", key="refund:1")
    house.work()
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(97000 - 40800 + 2000)
    assert balance(Code.COMMISSION_REVERSED) == cny(2000)
    assert balance(Code.PSP_CLEARING) == cny(152000 - 40800)


def test_what_the_merchant_has_not_becomes_its_debt_and_is_set_off(paid: Opened, cast: Cast, house: House) -> None:
    for number in ("1", "2"):
        freeze(cast, order=f"slip:a{number}")
        paid(f"deal:{number}")
    with unit_of_work():
        services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt:a1")
    payout = Money(97000, "CNY")
    about = Subject(merchant_id=cast.acme_id, reference="payout:1")
    with unit_of_work():
        legs = [debit(Code.MERCHANT_AVAILABLE, payout, about=about), credit(Code.BANK, payout)]
        books.post(because="payout:1", what=EntryType.CORRECTION, about=about, legs=legs)
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(102000), reason="all", key="refund:1")
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(0)
    assert balance(Code.MERCHANT_RECEIVABLE, cast.acme_id) == cny(97000)
    with unit_of_work():
        services.release(order_reference="slip:a2", merchant_id=cast.acme_id, key="receipt:a2")
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(0)
    assert balance(Code.MERCHANT_RECEIVABLE, cast.acme_id) == cny(0)
    house.work()


def test_refunds_never_exceed_the_payment(paid: Opened, cast: Cast, house: House) -> None:
    paid()
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(102000), reason="all", key="refund:1")
    with pytest.raises(TooMuch), unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(1), reason="more", key="refund:2")
    assert balance(Code.ESCROW, cast.rival_id, "slip:r1") == cny(50000)
    house.work()
    assert house.store.balance() == {"CNY": 50000}


def test_the_same_refund_twice_is_one(paid: Opened, house: House) -> None:
    paid()
    for _ in range(2):
        with unit_of_work():
            services.refund(reference_part="slip:a1", amount=cny(100), reason="scratch", key="refund:1")
    with pytest.raises(RefundSaidDifferently), unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(101), reason="scratch", key="refund:1")
    house.work()
    assert house.store.balance() == {"CNY": 151900}


def test_a_fully_refunded_order_releases_nothing(paid: Opened, cast: Cast, house: House) -> None:
    freeze(cast)
    paid()
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(102000), reason="cancelled", key="cancel:a1")
    with unit_of_work():
        assert services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="timer:a1") is None
    house.work()


def test_the_gateway_is_asked_once_though_many_carry_the_same(paid: Opened, house: House) -> None:
    paid()
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(100), reason="x", key="refund:1")
    with unit_of_work(), working_on(Purpose.PAYMENT):
        operations = queries.stale_operations(clock.now(), after=timedelta())
    for _ in range(3):
        for operation_id in operations:
            services.carry_out(operation_id=operation_id)
    assert house.store.balance() == {"CNY": 151900}


def test_the_console_shows_a_payment_with_all_its_letters(paid: Opened, house: House, cast: Cast) -> None:
    freeze(cast)
    intent_id = paid()
    house.courier.round()
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(100), reason="少发一匹", key="refund:1")
    house.work()
    house.courier.round()
    browser = cast.admin.browser()
    listed = browser.get("/console/payments/").get_data(as_text=True)
    assert str(intent_id) in listed
    page = browser.get(f"/console/payments/{intent_id}").get_data(as_text=True)
    for word in ("payment.paid", "payment.refunded", "少发一匹", "1,520.00", "1.00", "买家付款，转入担保", "支付通道已退款"):
        assert word in page, word
    assert cast.owner.browser().get(f"/console/payments/{intent_id}").status_code == 404
    assert browser.get("/console/payments/00000000-0000-7000-8000-000000000000").status_code == 404
    assert browser.get("/console/payments/?state=nonsense&page=-1&q=%25").status_code == 200


def test_the_market_can_ask_at_once(opened: Opened, house: House, cast: Cast) -> None:
    intent_id = opened()
    house.store.pay(gateway_id(intent_id))
    browser = cast.admin.browser()
    assert browser.post(f"/console/payments/{intent_id}/ask").status_code == 302
    assert state(intent_id) is State.CAPTURED


def test_a_word_that_does_not_fit_moves_nothing_and_calls_people(opened: Opened, house: House, cast: Cast) -> None:
    intent_id = opened()
    of = gateway_id(intent_id)
    with house.store._writing() as line:
        line.execute("update payments set amount = amount + 1 where id = ?", [of])
    house.store.pay(of)
    assert services.settle(intent_id=intent_id) is State.OPEN
    assert balance(Code.PSP_CLEARING) == cny(0)
    browser = cast.admin.browser()
    assert "与通道不符的付款" in browser.get("/console/").get_data(as_text=True)
    assert "152001" in browser.get(f"/console/payments/{intent_id}").get_data(as_text=True)


def test_a_refund_that_the_gateway_refuses_waits_for_people(paid: Opened, house: House, cast: Cast) -> None:
    intent_id = paid()
    with house.store._writing() as line:
        line.execute("update payments set refunded = amount")
    with unit_of_work():
        services.refund(reference_part="slip:a1", amount=cny(100), reason="x", key="refund:1")
    house.work()
    browser = cast.admin.browser()
    assert "支付通道拒绝的退款" in browser.get("/console/").get_data(as_text=True)
    assert "over_refund" in browser.get(f"/console/payments/{intent_id}").get_data(as_text=True)
    assert balance(Code.PSP_CLEARING) == cny(152000)


def test_planted_payments_are_booked_like_real_ones(house: House, cast: Cast, announced: Announced) -> None:
    freeze(cast)
    part = Part(reference="slip:a1", merchant_id=cast.acme_id, amount=cny(102000))
    with unit_of_work():
        seeds.pay(reference="deal:1", payer=Payer(buyer_id=cast.buyer.buyer_id), parts=[part], description="x")
    with unit_of_work():
        seeds.give_back(reference_part="slip:a1", amount=cny(2000), reason="x", key="refund:1")
    with unit_of_work():
        services.release(order_reference="slip:a1", merchant_id=cast.acme_id, key="receipt:a1")
    house.work()  # nothing is left to ask a gateway that knows nothing of it
    assert balance(Code.PSP_CLEARING) == cny(100000)
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == cny(100000 - 4902)
    assert len([fact for fact in announced if isinstance(fact, PaymentCaptured)]) == 1
    with clock.shifted(timedelta(hours=1)):
        assert services.poll() == services.sweep() == 0
