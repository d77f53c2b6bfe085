"""Order transitions: reviews, rejection, cancellation with refund, timers, receipt with escrow release, and visibility."""

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

from billing.ledger import queries as ledger_queries
from billing.ledger.domain import AccountCode, AccountName
from marketplace.kernel import clock
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import RateLimited, ValidationError
from marketplace.kernel.events import Event
from marketplace.orders import queries, services, tasks
from marketplace.orders.errors import OrderLookupFailed, OrderNotFound
from marketplace.orders.events import OrderCompleted, OrderTransitioned
from marketplace.orders.models import CancelReason, OrderState
from marketplace.orders.services import NamedActor
from marketplace.orders.workflow import Actor, ActorKind, GuardFailed, TransitionForbidden
from marketplace.orders.workflow.builder import WorkflowOptions
from tenants.access.permissions import ROLE_PERMISSIONS, StaffRole
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tests.actors import Actors
from tests.factories import order_factory
from tests.factories.order_factory import FakeGateway, SampleProducts


@pytest.fixture
def paid_order_id(ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway) -> UUID:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    return order_id


def staff_actor(actors: Actors, role: StaffRole = StaffRole.OWNER) -> NamedActor:
    grants = frozenset(permission.value for permission in ROLE_PERMISSIONS[role])
    return NamedActor(
        actor=Actor(kind=ActorKind.STAFF, role=role.value, grants=grants), account_id=actors.owner.account_id, name="老板"
    )


def buyer_actor(actors: Actors) -> NamedActor:
    return NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=actors.buyer.account_id, name="王经理")


def run_transitions(actors: Actors, order_id: UUID, *names: str, role: StaffRole = StaffRole.OWNER) -> None:
    for name in names:
        with unit_of_work(), as_merchant(actors.acme_id):
            services.transition_order(order_id=order_id, name=name, by=staff_actor(actors, role))


def balance(code: AccountCode, merchant: UUID | None = None, reference: str = "") -> int:
    with unit_of_work(), with_purpose(AccessPurpose.SETTLEMENT):
        return ledger_queries.get_balance(AccountName(code, "CNY", merchant, reference)).minor


def test_reviews_advance_order_in_sequence(actors: Actors, paid_order_id: UUID, published_events: list[Event]) -> None:
    run_transitions(actors, paid_order_id, "approve_order", "approve_finance", "release")
    assert order_factory.get_order(paid_order_id).state is OrderState.SHIPPING
    transitions = [
        published_event.transition for published_event in published_events if isinstance(published_event, OrderTransitioned)
    ]
    assert transitions == ["approve_order", "approve_finance", "release"]
    with unit_of_work(), as_merchant(actors.acme_id):
        assert [event.kind for event in queries.list_events(paid_order_id)] == [
            "release",
            "approve_finance",
            "approve_order",
            "pay",
        ]


def test_transition_by_wrong_role_forbidden(actors: Actors, paid_order_id: UUID, published_events: list[Event]) -> None:
    with pytest.raises(TransitionForbidden):
        run_transitions(actors, paid_order_id, "approve_order", role=StaffRole.WAREHOUSE)
    assert order_factory.get_order(paid_order_id).state is OrderState.ORDER_REVIEW
    assert published_events == []


def test_transition_by_other_merchant_not_found(actors: Actors, paid_order_id: UUID) -> None:
    with pytest.raises(OrderNotFound), unit_of_work(), as_merchant(actors.rival_id):
        services.transition_order(order_id=paid_order_id, name="approve_order", by=staff_actor(actors))
    assert order_factory.get_order(paid_order_id).state is OrderState.ORDER_REVIEW


def test_transition_by_buyer_forbidden(actors: Actors, paid_order_id: UUID) -> None:
    with pytest.raises(TransitionForbidden), unit_of_work(), order_factory.as_person(actors.buyer):
        services.transition_order(order_id=paid_order_id, name="approve_order", by=buyer_actor(actors))


def test_cancel_paid_order_refunds_and_releases_stock(
    actors: Actors, sample_products: SampleProducts, paid_order_id: UUID
) -> None:
    assert balance(AccountCode.ESCROW, actors.acme_id, f"order:{paid_order_id}") == 18500
    with unit_of_work(), order_factory.as_person(actors.buyer):
        services.cancel_order(order_id=paid_order_id, by=buyer_actor(actors), reason=CancelReason.CHANGED_MIND)
    order = order_factory.get_order(paid_order_id)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, CancelReason.CHANGED_MIND)
    assert balance(AccountCode.ESCROW, actors.acme_id, f"order:{paid_order_id}") == 0
    assert order_factory.reserved_quantity(sample_products.cloth) == 0


def test_reject_order_closes_and_refunds(actors: Actors, paid_order_id: UUID) -> None:
    with unit_of_work(), as_merchant(actors.acme_id):
        services.transition_order(
            order_id=paid_order_id, name="reject", by=staff_actor(actors), comment="缺货", reason=CancelReason.REVIEW
        )
    assert order_factory.get_order(paid_order_id).state is OrderState.CLOSED
    assert balance(AccountCode.ESCROW, actors.acme_id, f"order:{paid_order_id}") == 0


def test_cancel_one_unpaid_order_splits_payment(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    cloth, thread = order_factory.place_orders(
        actors.buyer, (sample_products.cloth, 1), (sample_products.thread, 1), expected=2750
    )
    with unit_of_work(), order_factory.as_person(actors.buyer):
        services.cancel_order(order_id=cloth, by=buyer_actor(actors), reason=CancelReason.WRONG_ORDER)
    assert order_factory.get_order(thread).payment_reference == order_factory.get_order(cloth).payment_reference + ":2"
    order_factory.pay_order(ctx, actors.buyer, thread)
    assert order_factory.get_order(thread).state is OrderState.ORDER_REVIEW
    assert [remote.amount.minor for remote in fake_gateway.payments.values()] == [900]


def test_fire_due_timers_cancels_unpaid_order(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    tasks.fire_due_timers.run()
    assert order_factory.get_order(order_id).state is OrderState.PAYMENT
    with clock.shift_time(timedelta(minutes=61)):
        tasks.fire_due_timers.run()
        tasks.fire_due_timers.run()
    order = order_factory.get_order(order_id)
    assert (order.state, order.cancel_reason) == (OrderState.CANCELLED, CancelReason.UNPAID)
    assert order_factory.reserved_quantity(sample_products.cloth) == 0


def test_progress_steps_of_expired_order_omit_paid(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    with clock.shift_time(timedelta(minutes=61)):
        tasks.fire_due_timers.run()
    page = actors.buyer.client().get(f"/orders/{order_factory.get_order(order_id).number}").text
    assert re.findall(r'<li class="is-(\w+)">([^<]*)', page.partition('class="progress-steps"')[2].partition("</ol>")[0]) == [
        ("done", "下单"),
        ("bad", "已取消"),
    ]


def test_fire_due_timers_snoozes_order_with_payment_in_progress(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    """A pending payment at the gateway postpones the timer."""
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    order_factory.start_pending_payment(ctx, actors.buyer, order_id)
    with clock.shift_time(timedelta(minutes=61)):
        tasks.fire_due_timers.run()
        assert order_factory.get_order(order_id).state is OrderState.PAYMENT
        assert order_factory.get_order(order_id).due_at > clock.now()  # type: ignore[operator]


def test_fire_due_timers_confirms_receipt_and_releases_escrow(
    ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway, published_events: list[Event]
) -> None:
    order_factory.configure_workflow(
        actors.acme_id, actors.owner.account_id, enabled_steps=frozenset({"order_review", "receipt"}), receipt_days=3
    )
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    order_factory.pay_order(ctx, actors.buyer, order_id)
    run_transitions(actors, order_id, "approve_order")
    assert order_factory.get_order(order_id).state is OrderState.RECEIPT
    with clock.shift_time(timedelta(days=3, minutes=1)):
        tasks.fire_due_timers.run()
    assert order_factory.get_order(order_id).state is OrderState.FINISHED
    commission = balance(AccountCode.COMMISSION)
    assert commission > 0
    assert balance(AccountCode.MERCHANT_AVAILABLE, actors.acme_id) == 18500 - commission
    assert [event.order_id for event in published_events if isinstance(event, OrderCompleted)] == [order_id]


def test_pay_after_order_review(ctx: Flask, actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway) -> None:
    """Order review by customer service (OR8): the merchant confirms, then the buyer pays."""
    order_factory.configure_workflow(
        actors.acme_id,
        actors.owner.account_id,
        payment="after_order",
        enabled_steps=frozenset({"order_review", "shipping", "receipt"}),
    )
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 10), expected=18500)
    assert order_factory.get_order(order_id).state is OrderState.ORDER_REVIEW
    run_transitions(actors, order_id, "approve_order")
    order_factory.pay_order(ctx, actors.buyer, order_id)
    assert order_factory.get_order(order_id).state is OrderState.SHIPPING


def test_workflow_change_keeps_version_of_open_orders(actors: Actors, paid_order_id: UUID) -> None:
    order_factory.configure_workflow(
        actors.acme_id, actors.owner.account_id, enabled_steps=frozenset({"order_review", "shipping", "receipt"})
    )
    run_transitions(actors, paid_order_id, "approve_order")
    assert order_factory.get_order(paid_order_id).state is OrderState.FINANCE_REVIEW


def test_save_workflow_options_rejects_step_in_use(actors: Actors, paid_order_id: UUID) -> None:
    with pytest.raises(ValidationError) as exc_info:
        order_factory.configure_workflow(
            actors.acme_id, actors.owner.account_id, enabled_steps=frozenset({"finance_review", "shipping", "receipt"})
        )
    assert set(exc_info.value.errors) == {"order_review"}
    with unit_of_work(), as_merchant(actors.acme_id):
        assert services.current_options(merchant_id=actors.acme_id) == WorkflowOptions()


def test_ship_without_parcels_guard_failed(actors: Actors, paid_order_id: UUID) -> None:
    run_transitions(actors, paid_order_id, "approve_order", "approve_finance", "release")
    with pytest.raises(GuardFailed), unit_of_work(), as_merchant(actors.acme_id):
        services.transition_order(order_id=paid_order_id, name="ship", by=staff_actor(actors))


def test_lookup_order_by_number_and_phone_is_throttled(actors: Actors, paid_order_id: UUID) -> None:
    """Order look-up by number (OR12): needs number and telephone, and is rate limited."""
    number = order_factory.get_order(paid_order_id).number
    with unit_of_work():
        summary = services.lookup_order(number=number.lower(), phone="+86 138-0571-8866", client_address="1.2.3.4")
    assert (summary.number, summary.state) == (number, OrderState.ORDER_REVIEW)
    for _attempt in range(11):
        with unit_of_work(), pytest.raises(OrderLookupFailed):
            services.lookup_order(number=number, phone="13900000000", client_address="1.2.3.4")
    with pytest.raises(RateLimited), unit_of_work():
        services.lookup_order(number=number, phone="13805718866", client_address="1.2.3.4")


def test_order_events_append_only_and_internal_notes_hidden(
    actors: Actors, paid_order_id: UUID, superuser: Engine, record_statements: Callable[[], Any]
) -> None:
    with unit_of_work(), as_merchant(actors.acme_id):
        services.add_note(order_id=paid_order_id, by=staff_actor(actors), comment="老客户，优先")
    with unit_of_work(), order_factory.as_person(actors.buyer):
        assert "note" not in [event.kind for event in queries.list_events(paid_order_id)]
    with pytest.raises(DBAPIError), unit_of_work(), as_merchant(actors.acme_id):
        db.session.execute(text("update order_events set comment = 'x'"))
    with pytest.raises(DBAPIError), superuser.begin() as connection:
        connection.execute(text("delete from order_events"))


def test_ledger_search_finds_order_by_number(actors: Actors, paid_order_id: UUID) -> None:
    """The ledger stores opaque references; users search by the printed order number."""
    number, client = order_factory.get_order(paid_order_id).number, actors.admin.client()
    for page in ("ledger/entries", "ledger/accounts", "payments/"):
        for search_text, count in ((number.lower(), 1), (number[:-4], 1), ("20000101-0000", 0)):
            html = client.get(f"/console/{page}", query_string={"q": search_text}).get_data(as_text=True)
            assert html.partition("<tbody>")[2].count("<tr>") == count, (page, search_text)


def test_cancel_without_reason_keeps_comment(
    actors: Actors, sample_products: SampleProducts, fake_gateway: FakeGateway
) -> None:
    (order_id,) = order_factory.place_orders(actors.buyer, (sample_products.cloth, 1), expected=1850)
    url = f"/orders/{order_factory.get_order(order_id).number}/cancel"
    response = actors.buyer.client().post(url, data={"said": "改天再订"})
    assert response.status_code == 422
    assert 'value="改天再订"' in response.text
    assert 'id="f-reason-error"' in response.text


def test_stock_page_shows_order_of_reservation(actors: Actors, sample_products: SampleProducts, paid_order_id: UUID) -> None:
    number = order_factory.get_order(paid_order_id).number
    page = actors.owner.client().get(f"/desk/acme/stock/{sample_products.cloth}").get_data(as_text=True)
    assert f'已下单，待发货<div class="small"><a class="link" href="/desk/acme/orders/{number}">{number}</a></div>' in page
    assert "发货为止" in page
    assert "买家正在付款" not in page
