"""Buyer and merchant are told by letter what happens to an order, each in their own language, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import format_datetime
from sqlalchemy import Engine, select, text

from billing.commissions.queries import net_fee
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Mail
from marketplace.orders import letters, queries, services
from marketplace.orders.models import CancelReason
from marketplace.orders.services import Doer
from marketplace.orders.workflow import Actor, Who
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier
from marketplace.shipping.services import ParcelDraft
from tenants.access.permissions import GRANTS, StaffRole
from tenants.scope import acting_for
from tests.cast import Cast
from tests.factories import trade
from tests.factories.trade import Street, Till

BUYER, OWNER, CLERK = (f"{login}@example.com" for login in ("buyer", "owner", "clerk"))


@pytest.fixture
def post(ctx: Flask, superuser: Engine, drain: Callable[[], int]) -> Callable[[], list[tuple[str, str, str]]]:
    """Deliver what is due; the letters about orders that were written since, as (to, subject, text)."""
    seen: set[UUID] = set()

    def fetch() -> list[tuple[str, str, str]]:
        drain()
        with unit_of_work():
            wanted = select(Mail).where(Mail.kind == "order_news", Mail.id.not_in(seen)).order_by(Mail.to, Mail.subject)
            found = db.session.scalars(wanted).all()
            seen.update(one.id for one in found)
            return [(one.to, one.subject, one.text) for one in found]

    return fetch


def staff(cast: Cast) -> Doer:
    grants = frozenset(permission.value for permission in GRANTS[StaffRole.OWNER])
    return Doer(actor=Actor(who=Who.STAFF, role="owner", grants=grants), account_id=cast.owner.account_id, name="老板")


def test_a_purchase_at_two_merchants_is_one_letter_to_the_buyer_and_one_to_each_merchant(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any
) -> None:
    first, second = (
        trade.order(one) for one in trade.place(cast.buyer, (street.cloth, 10), (street.thread, 10), expected=27500)
    )
    sent = post()
    (to_buyer,) = [one for one in sent if one[0] == BUYER]
    assert to_buyer[1] == f"订单已提交 · {first.number}"
    assert first.number in to_buyer[2]
    assert second.number in to_buyer[2]
    assert "请及时付款" in to_buyer[2]
    assert f"http://localhost/orders/{first.number}" in to_buyer[2]
    to_owner = [one for one in sent if one[0] == OWNER]
    assert [one[1] for one in to_owner] == [f"新订单 · {first.number}"]
    assert second.number not in to_owner[0][2]
    readers = {one[0] for one in sent if one[0] != BUYER and first.number in one[2]}
    assert readers == {OWNER, CLERK}

    trade.pay(ctx, cast.buyer, first.id)
    sent = post()
    assert [one[1] for one in sent if one[0] == BUYER] == [f"付款成功 · {first.number}"]
    assert [one[1] for one in sent if one[0] == OWNER] == [f"订单已付款 · {first.number}"]
    assert post() == []


def test_everybody_reads_their_own_language(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any, superuser: Engine
) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update accounts set locale = 'en' where id = :id"), {"id": cast.buyer.account_id})
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    number = trade.order(order_id).number
    sent = {to: subject for to, subject, _text in post()}
    assert sent[BUYER] == f"We have your order · {number}"
    assert sent[OWNER] == f"新订单 · {number}"


def test_who_calls_an_order_off_is_not_told_of_it(ctx: Flask, cast: Cast, street: Street, till: Till, post: Any) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    trade.pay(ctx, cast.buyer, order_id)
    post()
    with unit_of_work(), acting_for(cast.acme_id):
        services.cancel(order_id=order_id, by=staff(cast), reason=CancelReason.OUT_OF_STOCK)
    ((to, subject, said),) = post()
    assert (to, subject) == (BUYER, f"您的订单已取消 · {trade.order(order_id).number}")
    assert f"\n订单：{trade.order(order_id).number}\n" in said
    assert "缺货" in said or str(CancelReason.OUT_OF_STOCK.label) in said
    assert "原路退回" in said


def test_from_the_reviews_to_the_receipt_only_what_concerns_people_is_written(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any
) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    trade.pay(ctx, cast.buyer, order_id)
    post()
    for name in ("pass_order", "pass_finance", "release"):
        with unit_of_work(), acting_for(cast.acme_id):
            services.move(order_id=order_id, name=name, by=staff(cast))
    assert post() == []

    with unit_of_work(), acting_for(cast.acme_id):
        quantities = {order_id: {line.id: line.quantity for line in queries.lines_of([order_id])}}
        draft = ParcelDraft(carrier=Carrier.SF, tracking_number="SF12345678", quantities=quantities)
        shipping.ship(draft=draft, by=staff(cast))
    ((to, subject, said),) = post()
    assert (to, subject[:7]) == (BUYER, "您的货品已发出")
    assert "SF12345678" in said

    with unit_of_work(), trade.as_buyer(cast.buyer):
        doer = Doer(actor=Actor(who=Who.BUYER), account_id=cast.buyer.account_id, name="王经理")
        services.move(order_id=order_id, name="receive", by=doer)
    sent = {to: (subject[:5], said) for to, subject, said in post()}
    assert {to: subject for to, (subject, _said) in sent.items()} == {
        BUYER: "订单已完成",
        OWNER: "买家已收货",
        CLERK: "买家已收货",
    }
    assert "转入您的余额" in sent[OWNER][1]
    with unit_of_work(), acting_for(cast.acme_id):
        fee = net_fee(f"order:{order_id}", "CNY").minor
    assert fee
    assert f"\n金额：¥185.00\n佣金：¥{fee / 100:.2f}\n转入余额：¥{185 - fee / 100:.2f}\n\nhttp" in sent[OWNER][1]
    for to in (BUYER, CLERK):  # neither may see the merchant's money
        assert "佣金：" not in sent[to][1]
        assert "转入余额" not in sent[to][1]


def test_whoever_pays_after_the_review_is_told_that_it_passed_and_until_when_to_pay(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any
) -> None:
    trade.choose(cast.acme_id, cast.owner.account_id, payment="after_order")
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    post()
    page = f"/desk/acme/orders/{trade.order(order_id).number}/step"
    assert cast.owner.browser().post(page, data={"move": "pass_order", "word": "周三可以发货"}).status_code == 303
    order = trade.order(order_id)
    assert order.state.value == "payment"
    ((to, subject, said),) = post()
    assert (to, subject) == (BUYER, f"订单已确认，请付款 · {order.number}")
    assert "周三可以发货" in said
    assert order.due_at is not None
    assert str(format_datetime(order.due_at, "HH:mm")) in said

    trade.pay(ctx, cast.buyer, order_id)
    assert BUYER in {one[0] for one in post()}
    with unit_of_work():
        letters.to_buyer(order_id=order_id, word="due")  # told late: it is paid by now
    assert post() == []


def test_history_that_is_written_down_afterwards_is_no_news(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any
) -> None:
    with clock.standing_at(clock.now() - timedelta(days=30)):
        trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    assert post() == []


def test_an_account_that_is_closed_gets_no_letter(
    ctx: Flask, cast: Cast, street: Street, till: Till, post: Any, superuser: Engine
) -> None:
    (order_id,) = trade.place(cast.buyer, (street.cloth, 10), expected=18500)
    post()
    with superuser.begin() as connection:
        connection.execute(text("update accounts set disabled_at = now() where id = :id"), {"id": cast.buyer.account_id})
    with unit_of_work():
        letters.to_buyer(order_id=order_id, word="received")
    assert post() == []
