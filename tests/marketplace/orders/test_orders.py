"""An order's life: reviews, refusal, cancelling with the money back, clocks, receipt and release, and who may see what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from billing.ledger import queries as ledger
from billing.ledger.rules import AccountName, Code
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Invalid, TooMany
from marketplace.kernel.events import Event
from marketplace.orders import queries, services, tasks
from marketplace.orders.errors import NoSuchOrder, NothingMatches
from marketplace.orders.events import OrderCompleted, OrderMoved
from marketplace.orders.models import CancelReason, OrderState
from marketplace.orders.services import Doer
from marketplace.orders.workflow import Actor, NotYet, NotYours, Who
from marketplace.orders.workflow.standard import Choices
from tenants.access.permissions import GRANTS, StaffRole
from tenants.scope import Purpose, acting_for, working_on
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till


@pytest.fixture
def paid(ctx: Flask, cast: Cast, street: Street, till: Till) -> UUID:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    trade.pay(ctx, cast.buyer, order_id)
    return order_id


def staff(cast: Cast, role: StaffRole = StaffRole.OWNER) -> Doer:
    grants = frozenset(permission.value for permission in GRANTS[role])
    return Doer(actor=Actor(who=Who.STAFF, role=role.value, grants=grants), account_id=cast.owner.account_id, name="老板")


def buyer(cast: Cast) -> Doer:
    return Doer(actor=Actor(who=Who.BUYER), account_id=cast.buyer.account_id, name="王经理")


def move(cast: Cast, order_id: UUID, *names: str, role: StaffRole = StaffRole.OWNER) -> None:
    for name in names:
        with unit_of_work(), acting_for(cast.acme_id):
            services.move(order_id=order_id, name=name, by=staff(cast, role))


def balance(code: Code, merchant: UUID | None = None, reference: str = "") -> int:
    with unit_of_work(), working_on(Purpose.SETTLEMENT):
        return ledger.balance(AccountName(code, "CNY", merchant, reference)).minor


def test_reviews_one_after_the_other(cast: Cast, paid: UUID, announced: list[Event]) -> None:
    move(cast, paid, "pass_order", "pass_finance", "release")
    assert trade.order(paid).state is OrderState.SHIPPING
    moves = [fact.move for fact in announced if isinstance(fact, OrderMoved)]
    assert moves == ["pass_order", "pass_finance", "release"]
    with unit_of_work(), acting_for(cast.acme_id):
        assert [event.kind for event in queries.history(paid)] == ["release", "pass_finance", "pass_order", "pay"]


def test_a_role_does_its_own_step_only(cast: Cast, paid: UUID, announced: list[Event]) -> None:
    with pytest.raises(NotYours):
        move(cast, paid, "pass_order", role=StaffRole.WAREHOUSE)
    assert trade.order(paid).state is OrderState.ORDER_REVIEW
    assert announced == []


def test_another_merchant_cannot_touch_it(cast: Cast, paid: UUID) -> None:
    with pytest.raises(NoSuchOrder), unit_of_work(), acting_for(cast.rival_id):
        services.move(order_id=paid, name="pass_order", by=staff(cast))
    assert trade.order(paid).state is OrderState.ORDER_REVIEW


def test_a_buyer_cannot_move_the_merchants_steps(cast: Cast, paid: UUID) -> None:
    with pytest.raises(NotYours), unit_of_work(), trade.as_buyer(cast.buyer):
        services.move(order_id=paid, name="pass_order", by=buyer(cast))


def test_cancelling_a_paid_order_gives_everything_back(cast: Cast, street: Street, paid: UUID) -> None:
    assert balance(Code.ESCROW, cast.acme_id, f"order:{paid}") == 18500
    with unit_of_work(), trade.as_buyer(cast.buyer):
        services.cancel(order_id=paid, by=buyer(cast), reason=CancelReason.CHANGED_MIND)
    order = trade.order(paid)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, CancelReason.CHANGED_MIND)
    assert balance(Code.ESCROW, cast.acme_id, f"order:{paid}") == 0
    assert trade.held(street.cloth) == 0


def test_refusing_closes_the_order_with_the_money_back(cast: Cast, paid: UUID) -> None:
    with unit_of_work(), acting_for(cast.acme_id):
        services.move(order_id=paid, name="refuse", by=staff(cast), said="缺货", reason=CancelReason.REVIEW)
    assert trade.order(paid).state is OrderState.CLOSED
    assert balance(Code.ESCROW, cast.acme_id, f"order:{paid}") == 0


def test_calling_one_of_two_unpaid_orders_off_leaves_the_other_to_be_paid_alone(
    ctx: Flask, cast: Cast, street: Street, till: Till
) -> None:
    cloth, thread = trade.place(cast.buyer, (street.cloth, 1), (street.thread, 1), expected=2750)
    with unit_of_work(), trade.as_buyer(cast.buyer):
        services.cancel(order_id=cloth, by=buyer(cast), reason=CancelReason.WRONG_ORDER)
    assert trade.order(thread).payment_reference == trade.order(cloth).payment_reference + ":2"
    trade.pay(ctx, cast.buyer, thread)
    assert trade.order(thread).state is OrderState.ORDER_REVIEW
    assert [remote.amount.minor for remote in till.open.values()] == [900]


def test_the_clock_calls_unpaid_orders_off(cast: Cast, street: Street, till: Till) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    tasks.fire_clocks.run()
    assert trade.order(order_id).state is OrderState.PAYMENT
    with clock.shifted(timedelta(minutes=61)):
        tasks.fire_clocks.run()
        tasks.fire_clocks.run()
    order = trade.order(order_id)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, CancelReason.UNPAID)
    assert trade.held(street.cloth) == 0


def test_the_rail_of_an_unpaid_order_never_says_paid(cast: Cast, street: Street, till: Till) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    with clock.shifted(timedelta(minutes=61)):
        tasks.fire_clocks.run()
    page = cast.buyer.browser().get(f"/orders/{trade.order(order_id).number}").text
    assert re.findall(r'<li class="is-(\w+)">([^<]*)', page.partition('class="rail"')[2].partition("</ol>")[0]) == [
        ("done", "下单"),
        ("bad", "已取消"),
    ]


def test_a_payment_under_way_is_never_called_off(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    """R16: paid but pending; the clock looks again later."""
    (order_id,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    trade.begin_paying(ctx, cast.buyer, order_id)
    with clock.shifted(timedelta(minutes=61)):
        tasks.fire_clocks.run()
        assert trade.order(order_id).state is OrderState.PAYMENT
        assert trade.order(order_id).due_at > clock.now()  # type: ignore[operator]


def test_without_receipt_the_clock_confirms_and_the_money_is_released(
    ctx: Flask, cast: Cast, street: Street, till: Till, announced: list[Event]
) -> None:
    trade.choose(cast.acme_id, cast.owner.account_id, on=frozenset({"order_review", "receipt"}), receipt_days=3)
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    trade.pay(ctx, cast.buyer, order_id)
    move(cast, order_id, "pass_order")
    assert trade.order(order_id).state is OrderState.RECEIPT
    with clock.shifted(timedelta(days=3, minutes=1)):
        tasks.fire_clocks.run()
    assert trade.order(order_id).state is OrderState.FINISHED
    commission = balance(Code.COMMISSION)
    assert commission > 0
    assert balance(Code.MERCHANT_AVAILABLE, cast.acme_id) == 18500 - commission
    assert [fact.order_id for fact in announced if isinstance(fact, OrderCompleted)] == [order_id]


def test_paying_after_the_review(ctx: Flask, cast: Cast, street: Street, till: Till) -> None:
    """OR8: the merchant confirms, then the buyer pays."""
    trade.choose(
        cast.acme_id, cast.owner.account_id, payment="after_order", on=frozenset({"order_review", "shipping", "receipt"})
    )
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    assert trade.order(order_id).state is OrderState.ORDER_REVIEW
    move(cast, order_id, "pass_order")
    trade.pay(ctx, cast.buyer, order_id)
    assert trade.order(order_id).state is OrderState.SHIPPING


def test_running_orders_keep_their_version(cast: Cast, paid: UUID) -> None:
    trade.choose(cast.acme_id, cast.owner.account_id, on=frozenset({"order_review", "shipping", "receipt"}))
    move(cast, paid, "pass_order")
    assert trade.order(paid).state is OrderState.FINANCE_REVIEW


def test_a_step_in_use_cannot_be_switched_off(cast: Cast, paid: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        trade.choose(cast.acme_id, cast.owner.account_id, on=frozenset({"finance_review", "shipping", "receipt"}))
    assert set(refused.value.errors) == {"order_review"}
    with unit_of_work(), acting_for(cast.acme_id):
        assert services.current_choices(merchant_id=cast.acme_id) == Choices()


def test_shipped_goods_cannot_be_cancelled(cast: Cast, paid: UUID) -> None:
    move(cast, paid, "pass_order", "pass_finance", "release")
    with pytest.raises(NotYet), unit_of_work(), acting_for(cast.acme_id):
        services.move(order_id=paid, name="ship", by=staff(cast))


def test_finding_an_order_without_signing_in(cast: Cast, paid: UUID) -> None:
    """OR12: number and telephone, neither of them alone, and not by trying."""
    number = trade.order(paid).number
    with unit_of_work():
        found = services.look_up(number=number.lower(), phone="+86 138-0571-8866", address="1.2.3.4")
    assert (found.number, found.state) == (number, OrderState.ORDER_REVIEW)
    for _try in range(11):
        with unit_of_work(), pytest.raises(NothingMatches):
            services.look_up(number=number, phone="13900000000", address="1.2.3.4")
    with pytest.raises(TooMany), unit_of_work():
        services.look_up(number=number, phone="13805718866", address="1.2.3.4")


def test_history_is_written_once_and_notes_for_colleagues_stay_inside(
    cast: Cast, paid: UUID, superuser: Engine, statements: Callable[[], Any]
) -> None:
    with unit_of_work(), acting_for(cast.acme_id):
        services.remark(order_id=paid, by=staff(cast), said="老客户，优先")
    with unit_of_work(), trade.as_buyer(cast.buyer):
        assert "remark" not in [event.kind for event in queries.history(paid)]
    with pytest.raises(DBAPIError), unit_of_work(), acting_for(cast.acme_id):
        db.session.execute(text("update order_events set said = 'x'"))
    with pytest.raises(DBAPIError), superuser.begin() as connection:
        connection.execute(text("delete from order_events"))


def test_the_market_finds_an_orders_money_by_its_number(cast: Cast, paid: UUID) -> None:
    """The books know an order only as an opaque word; people type what stands on its papers."""
    number, browser = trade.order(paid).number, cast.admin.browser()
    for page in ("ledger/entries", "ledger/accounts", "payments/"):
        for typed, count in ((number.lower(), 1), (number[:-4], 1), ("20000101-0000", 0)):
            found = browser.get(f"/console/{page}", query_string={"q": typed}).get_data(as_text=True)
            assert found.partition("<tbody>")[2].count("<tr>") == count, (page, typed)


def test_cancelling_without_a_reason_keeps_what_was_said(cast: Cast, street: Street, till: Till) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 1), expected=1850)
    address = f"/orders/{trade.order(order_id).number}/cancel"
    answer = cast.buyer.browser().post(address, data={"said": "改天再订"})
    assert answer.status_code == 422
    assert 'value="改天再订"' in answer.text
    assert 'id="f-reason-error"' in answer.text


def test_the_stock_page_says_which_order_keeps_the_goods(cast: Cast, street: Street, paid: UUID) -> None:
    number = trade.order(paid).number
    page = cast.owner.browser().get(f"/desk/acme/stock/{street.cloth}").get_data(as_text=True)
    assert f'已下单，待发货<div class="small"><a class="link" href="/desk/acme/orders/{number}">{number}</a></div>' in page
    assert "发货为止" in page
    assert "买家正在付款" not in page
