"""Order emails: buyer and merchant's staff get each notification once, in their own language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import format_datetime
from sqlalchemy import Engine, select, text

from billing.commissions.queries import get_net_fee
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.mail import Email
from marketplace.orders import emails, queries, services
from marketplace.orders.models import CancelReason
from marketplace.orders.services import NamedActor
from marketplace.orders.workflow import Actor, ActorKind
from marketplace.shipping import services as shipping
from marketplace.shipping.models import Carrier
from marketplace.shipping.services import ParcelInput
from tenants.access.permissions import ROLE_PERMISSIONS, StaffRole
from tenants.isolation import as_merchant
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts

BUYER, OWNER, CLERK = (f"{login}@example.com" for login in ("buyer", "owner", "clerk"))


@pytest.fixture
def fetch_emails(ctx: Flask, superuser: Engine, drain_outbox: Callable[[], int]) -> Callable[[], list[tuple[str, str, str]]]:
    """Drain the outbox and return the order emails queued since the last call, as (to, subject, text)."""
    seen_ids: set[UUID] = set()

    def fetch() -> list[tuple[str, str, str]]:
        drain_outbox()
        with unit_of_work():
            stmt = (
                select(Email)
                .where(Email.kind == "order_notification", Email.id.not_in(seen_ids))
                .order_by(Email.to, Email.subject)
            )
            rows = db.session.scalars(stmt).all()
            seen_ids.update(email.id for email in rows)
            return [(email.to, email.subject, email.text) for email in rows]

    return fetch


def staff_actor(actors: Actors) -> NamedActor:
    grants = frozenset(permission.value for permission in ROLE_PERMISSIONS[StaffRole.OWNER])
    return NamedActor(
        actor=Actor(kind=ActorKind.STAFF, role="owner", grants=grants), account_id=actors.owner.account_id, name="老板"
    )


def test_place_purchase_sends_one_email_to_buyer_and_each_merchant(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any
) -> None:
    first, second = (
        order_factory.get_order(item)
        for item in order_factory.place_orders(
            actors.buyer, (sample_products.cloth, 10), (sample_products.thread, 10), expected=27500
        )
    )
    sent = fetch_emails()
    (to_buyer,) = [item for item in sent if item[0] == BUYER]
    assert to_buyer[1] == f"订单已提交 · {first.number}"
    assert first.number in to_buyer[2]
    assert second.number in to_buyer[2]
    assert "请及时付款" in to_buyer[2]
    assert f"http://localhost/orders/{first.number}" in to_buyer[2]
    to_owner = [item for item in sent if item[0] == OWNER]
    assert [item[1] for item in to_owner] == [f"新订单 · {first.number}"]
    assert second.number not in to_owner[0][2]
    recipients = {item[0] for item in sent if item[0] != BUYER and first.number in item[2]}
    assert recipients == {OWNER, CLERK}

    order_factory.pay_order(ctx, actors.buyer, first.id)
    sent = fetch_emails()
    assert [item[1] for item in sent if item[0] == BUYER] == [f"付款成功 · {first.number}"]
    assert [item[1] for item in sent if item[0] == OWNER] == [f"订单已付款 · {first.number}"]
    assert fetch_emails() == []


def test_order_email_uses_recipient_language(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any, superuser: Engine
) -> None:
    with superuser.begin() as connection:
        connection.execute(text("update accounts set locale = 'en' where id = :id"), {"id": actors.buyer.account_id})
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    number = order_factory.get_order(order_id).number
    sent = {to: subject for to, subject, _text in fetch_emails()}
    assert sent[BUYER] == f"We have your order · {number}"
    assert sent[OWNER] == f"新订单 · {number}"


def test_cancel_by_merchant_emails_only_buyer(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    fetch_emails()
    with unit_of_work(), as_merchant(actors.acme_id):
        services.cancel_order(order_id=order_id, by=staff_actor(actors), reason=CancelReason.OUT_OF_STOCK)
    ((to, subject, body),) = fetch_emails()
    assert (to, subject) == (BUYER, f"您的订单已取消 · {order_factory.get_order(order_id).number}")
    assert f"\n订单：{order_factory.get_order(order_id).number}\n" in body
    assert "缺货" in body or str(CancelReason.OUT_OF_STOCK.label) in body
    assert "原路退回" in body


def test_order_emails_only_for_user_visible_transitions(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    fetch_emails()
    for name in ("approve_order", "approve_finance", "release"):
        with unit_of_work(), as_merchant(actors.acme_id):
            services.transition_order(order_id=order_id, name=name, by=staff_actor(actors))
    assert fetch_emails() == []

    with unit_of_work(), as_merchant(actors.acme_id):
        quantities = {order_id: {line.id: line.quantity for line in queries.get_lines([order_id])}}
        draft = ParcelInput(carrier=Carrier.SF, tracking_number="SF12345678", quantities=quantities)
        shipping.ship_parcel(draft=draft, actor=staff_actor(actors))
    ((to, subject, body),) = fetch_emails()
    assert (to, subject[:7]) == (BUYER, "您的货品已发出")
    assert "SF12345678" in body

    with unit_of_work(), order_factory.as_person(actors.buyer):
        buyer = NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=actors.buyer.account_id, name="王经理")
        services.transition_order(order_id=order_id, name="receive", by=buyer)
    sent = {to: (subject[:5], body) for to, subject, body in fetch_emails()}
    assert {to: subject for to, (subject, _body) in sent.items()} == {
        BUYER: "订单已完成",
        OWNER: "买家已收货",
        CLERK: "买家已收货",
    }
    assert "转入您的余额" in sent[OWNER][1]
    with unit_of_work(), as_merchant(actors.acme_id):
        commission = get_net_fee(f"order:{order_id}", "CNY").minor
    assert commission
    assert f"\n金额：¥185.00\n佣金：¥{commission / 100:.2f}\n转入余额：¥{185 - commission / 100:.2f}\n\nhttp" in sent[OWNER][1]
    for to in (BUYER, CLERK):  # neither may see the merchant's revenue
        assert "佣金：" not in sent[to][1]
        assert "转入余额" not in sent[to][1]


def test_payment_due_email_contains_comment_and_deadline(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any
) -> None:
    order_factory.configure_workflow(actors.acme_id, actors.owner.account_id, payment="after_order")
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    fetch_emails()
    step_url = f"/desk/acme/orders/{order_factory.get_order(order_id).number}/step"
    assert actors.owner.client().post(step_url, data={"move": "approve_order", "word": "周三可以发货"}).status_code == 303
    order = order_factory.get_order(order_id)
    assert order.state.value == "payment"
    ((to, subject, body),) = fetch_emails()
    assert (to, subject) == (BUYER, f"订单已确认，请付款 · {order.number}")
    assert "周三可以发货" in body
    assert order.due_at is not None
    assert str(format_datetime(order.due_at, "HH:mm")) in body

    order_factory.pay_order(ctx, actors.buyer, order_id)
    assert BUYER in {item[0] for item in fetch_emails()}
    with unit_of_work():
        emails.email_buyer(order_id=order_id, kind="payment_due")  # delivered late: it is paid by now
    assert fetch_emails() == []


def test_backdated_order_sends_no_emails(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any
) -> None:
    with clock.freeze_time(clock.now() - timedelta(days=30)):
        order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    assert fetch_emails() == []


def test_disabled_account_gets_no_email(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, fetch_emails: Any, superuser: Engine
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    fetch_emails()
    with superuser.begin() as connection:
        connection.execute(text("update accounts set disabled_at = now() where id = :id"), {"id": actors.buyer.account_id})
    with unit_of_work():
        emails.email_buyer(order_id=order_id, kind="received")
    assert fetch_emails() == []
