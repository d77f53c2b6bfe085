"""Concurrent submissions of one form, and concurrent payment and cancellation. See also `test_live_server_races`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from billing.payments import queries as payments
from billing.payments.gateway import GatewayStatus
from billing.payments.services import Payer
from marketplace.checkout import services
from marketplace.checkout.errors import DuplicatePurchase, EmptyCart, QuoteChanged
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from tests.actors import Actors, Person
from tests.factories import order_factory, product_factory
from tests.factories.order_factory import FakeGateway
from tests.marketplace.inventory.test_concurrency import run_concurrently

pytestmark = pytest.mark.slow

INSERT_BUYERS = text("""
    with people as (select gen_random_uuid() as org, gen_random_uuid() as account, n from generate_series(1, :many) n),
    orgs as (insert into organisations (id, kind, name, created_at) select org, 'person', 'b' || n, now() from people),
    made as (insert into accounts (id, login, email, password_hash, name, locale, buyer_id, created_at, email_confirmed_at)
             select account, 'b' || n, 'b' || n || '@example.com', '!', 'b' || n, 'zh_Hans', org, now(), now() from people),
    opened as (insert into carts (buyer_id, updated_at) select org, now() from people)
    select org, account from people
""")
INSERT_CART_LINE = text(
    "insert into cart_lines (buyer_id, variant_id, quantity, selected, added_at) values (:b, :v, 1, true, now())"
)


def create_buyers(app: Flask, superuser: Engine, carts: Sequence[Sequence[UUID]]) -> list[Person]:
    """Insert buyers with filled carts, bypassing row-level security: two thousand registrations would take too long."""
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        rows = connection.execute(INSERT_BUYERS, {"many": len(carts)}).all()
        lines = [{"b": row.org, "v": variant} for row, cart in zip(rows, carts, strict=True) for variant in cart]
        connection.execute(INSERT_CART_LINE, lines)
    return [Person(app=app, account_id=row.account, buyer_id=row.org, login="") for row in rows]


def place_order(person: Person, expected_minor: int, key: str | None = None) -> str:
    """Order the cart as the page does; return the outcome as a label."""
    try:
        with unit_of_work(), order_factory.as_person(person):
            services.place_purchase(command=order_factory.place_order_command(person, expected_minor, key))
    except QuoteChanged as exc:
        return "sold out" if exc.sold_out else "quote changed"
    except (EmptyCart, DuplicatePurchase):
        return "ordered before"
    return "ordered"


def count_outcomes(outcomes: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        label = outcome if isinstance(outcome, str) else type(outcome).__name__
        counts[label] = counts.get(label, 0) + 1
    return counts


def create_variant(app: Flask, actors: Actors, on_hand: int) -> UUID:
    with app.app_context(), unit_of_work():
        return product_factory.create_product(actors.acme_id, on_hand=on_hand).variants[0].id


def count_rows(superuser: Engine) -> tuple[int, int, int]:
    """Return the numbers of purchases, orders and reserved units."""
    with superuser.connect() as connection:
        row = connection.execute(
            text(
                "select (select count(*) from purchases), (select count(*) from orders), (select sum(reserved) from stock_levels)"
            )
        ).one()
    return int(row[0]), int(row[1]), int(row[2])


def test_place_purchase_30_concurrent_same_key_creates_one_purchase(app: Flask, actors: Actors, superuser: Engine) -> None:
    """A double click, a second tab or a lost response creates no second purchase."""
    variant = create_variant(app, actors, 100)
    (person,) = create_buyers(app, superuser, [[variant]])
    outcomes = run_concurrently(app, [lambda: place_order(person, 1850, "the same form")] * 30)
    assert count_outcomes(outcomes) == {"ordered": 1, "ordered before": 29}
    assert count_rows(superuser) == (1, 1, 1)


@pytest.fixture
def fake_gateway(app: Flask) -> Iterator[FakeGateway]:
    before = app.extensions["gateway"]
    yield order_factory.install_fake_gateway(app)
    app.extensions["gateway"] = before


def test_concurrent_pay_and_cancel_never_keeps_money_without_order(
    app: Flask, actors: Actors, fake_gateway: FakeGateway
) -> None:
    """Two payments, cancellation and return run concurrently: either paid with an order, or cancelled with a refund."""
    rng = random.Random(11)
    with app.app_context(), unit_of_work():
        products = order_factory.create_sample_products(actors)
    for _round in range(8):
        with app.app_context():
            first, second = order_factory.place_orders(
                actors.buyer, (products.cloth, 1), (products.thread, 1), expected=2750, key=str(uuid7())
            )
            reference = order_factory.get_order(first).payment_reference
        actions: list[Callable[[], Any]] = [lambda r=reference: _pay(actors.buyer, r) for _ in range(2)]  # type: ignore[misc]
        actions += [
            lambda: _complete_open_payments(fake_gateway),
            lambda r=reference: _sync_payments(actors.buyer, r),
            lambda o=first: _cancel(actors.buyer, o),
        ]  # type: ignore[misc]
        rng.shuffle(actions)
        run_concurrently(app, actions, max_concurrency=5)
        with app.app_context():
            _complete_open_payments(fake_gateway)
            for order_id in (first, second):
                _sync_payments(actors.buyer, order_factory.get_order(order_id).payment_reference)
            _sync_payments(actors.buyer, reference)
            for order_id in (first, second):
                _assert_money_matches_order(order_factory.get_order(order_id), fake_gateway)


def _assert_money_matches_order(order: Any, gateway: FakeGateway) -> None:
    """Assert that a paid order is open or refunded, and an unpaid one was not charged."""
    with unit_of_work(), order_factory.with_purpose(order_factory.AccessPurpose.PAYMENT):
        captured = [row for row in _allocations(order) if row.captured]
    assert len(captured) <= 1
    if order.paid_at is not None and order.state.value != "cancelled":
        assert [row.refunded for row in captured] == [0]
    for row in captured:
        if order.state.value == "cancelled":
            assert row.refunded == order.total_minor


def _allocations(order: Any) -> list[Any]:
    result = db.session.execute(
        text("""
            select a.refunded, i.state = 'captured' as captured from payment_allocations a
            join payment_intents i on i.id = a.intent_id where a.reference = :reference
        """),
        {"reference": f"order:{order.id}"},
    )
    return list(result)


def _pay(person: Person, reference: str) -> Any:
    payer = Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with order_factory.as_person(person):
        return services.pay_reference(reference=reference, payer=payer, return_url="http://localhost/back")


def _sync_payments(person: Person, reference: str) -> Any:
    with order_factory.as_person(person), unit_of_work():
        intents = [
            intent.id
            for intent in db.session.scalars(
                select(payments.PaymentIntent).where(payments.PaymentIntent.reference == reference)
            )
        ]
    for intent_id in intents:
        order_factory.payment_services.sync_payment(intent_id=intent_id)


def _cancel(person: Person, order_id: UUID) -> Any:
    from marketplace.orders import services as orders
    from marketplace.orders.models import CancelReason
    from marketplace.orders.workflow import Actor, ActorKind

    actor = orders.NamedActor(actor=Actor(kind=ActorKind.BUYER), account_id=person.account_id, name="b")
    with unit_of_work(), order_factory.as_person(person):
        return orders.cancel_order(order_id=order_id, by=actor, reason=CancelReason.CHANGED_MIND)


def _complete_open_payments(gateway: FakeGateway) -> None:
    for gateway_id, remote in list(gateway.payments.items()):
        if remote.status is GatewayStatus.OPEN:
            gateway.set_status(gateway_id, GatewayStatus.PAID)
