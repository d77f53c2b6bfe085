"""One form sent thirty times, paying and cancelling at once (R6, R16). Crowds at the same goods: `test_served_races`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from billing.payments import queries as payments
from billing.payments.gateway import Standing
from billing.payments.services import Payer
from marketplace.checkout import services
from marketplace.checkout.errors import AlreadyPlaced, Drifted, EmptyCart
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.ids import uuid7
from tests.cast import Cast, Person
from tests.factories import goods, trade
from tests.factories.trade import Till
from tests.marketplace.inventory.test_races import crowd

pytestmark = pytest.mark.slow

PEOPLE = text("""
    with people as (select gen_random_uuid() as org, gen_random_uuid() as account, n from generate_series(1, :many) n),
    orgs as (insert into organisations (id, kind, name, created_at) select org, 'person', 'b' || n, now() from people),
    made as (insert into accounts (id, login, email, password_hash, name, locale, buyer_id, created_at, email_confirmed_at)
             select account, 'b' || n, 'b' || n || '@example.com', '!', 'b' || n, 'zh_Hans', org, now(), now() from people),
    opened as (insert into carts (buyer_id, changed_at) select org, now() from people)
    select org, account from people
""")
LINE = text("insert into cart_lines (buyer_id, variant_id, quantity, selected, added_at) values (:b, :v, 1, true, now())")


def townsfolk(app: Flask, superuser: Engine, carts: Sequence[Sequence[UUID]]) -> list[Person]:
    """So many buyers, each with a filled cart, past the wall: two thousand registrations would be the test of another thing."""
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        rows = connection.execute(PEOPLE, {"many": len(carts)}).all()
        lines = [{"b": row.org, "v": variant} for row, cart in zip(rows, carts, strict=True) for variant in cart]
        connection.execute(LINE, lines)
    return [Person(app=app, account_id=row.account, buyer_id=row.org, login="") for row in rows]


def order(person: Person, expected: int, key: str | None = None) -> str:
    """Order what is in the cart, as the page would: sold, or a clean refusal."""
    try:
        with unit_of_work(), trade.as_buyer(person):
            services.place(wish=trade.wish(person, expected, key))
    except Drifted as refusal:
        return "sold out" if refusal.sold_out else "drifted"
    except (EmptyCart, AlreadyPlaced):
        return "ordered before"
    return "ordered"


def tally(answers: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for answer in answers:
        word = answer if isinstance(answer, str) else type(answer).__name__
        found[word] = found.get(word, 0) + 1
    return found


def the_last(app: Flask, cast: Cast, on_hand: int) -> UUID:
    with app.app_context(), unit_of_work():
        return goods.product(cast.acme_id, on_hand=on_hand).variants[0].id


def counted(superuser: Engine) -> tuple[int, int, int]:
    """Purchases, orders, and what is promised."""
    with superuser.connect() as connection:
        row = connection.execute(
            text("select (select count(*) from purchases), (select count(*) from orders), (select sum(held) from stock_levels)")
        ).one()
    return int(row[0]), int(row[1]), int(row[2])


def test_one_form_sent_thirty_times_is_one_purchase(app: Flask, cast: Cast, superuser: Engine) -> None:
    """R6: double click, second tab, lost reply."""
    variant = the_last(app, cast, 100)
    (person,) = townsfolk(app, superuser, [[variant]])
    answers = crowd(app, [lambda: order(person, 1850, "the same form")] * 30)
    assert tally(answers) == {"ordered": 1, "ordered before": 29}
    assert counted(superuser) == (1, 1, 1)


@pytest.fixture
def till(app: Flask) -> Iterator[Till]:
    before = app.extensions["gateway"]
    yield trade.till(app)
    app.extensions["gateway"] = before


def test_paying_and_cancelling_at_once_never_keeps_money_without_an_order(app: Flask, cast: Cast, till: Till) -> None:
    """R6, R16: pay twice, cancel, come back, all at the same time: paid with an order, or called off with the money back."""
    dice = random.Random(11)
    with app.app_context(), unit_of_work():
        street = trade.street(cast)
    for _round in range(8):
        with app.app_context():
            first, second = trade.place(cast.buyer, (street.cloth, 1), (street.thread, 1), expected=2750, key=str(uuid7()))
            reference = trade.order(first).payment_reference
        acts: list[Callable[[], Any]] = [lambda r=reference: _pay(cast.buyer, r) for _ in range(2)]  # type: ignore[misc]
        acts += [lambda: _till_pays(till), lambda r=reference: _back(cast.buyer, r), lambda o=first: _cancel(cast.buyer, o)]  # type: ignore[misc]
        dice.shuffle(acts)
        crowd(app, acts, width=5)
        with app.app_context():
            _till_pays(till)
            for one in (first, second):
                _back(cast.buyer, trade.order(one).payment_reference)
            _back(cast.buyer, reference)
            for one in (first, second):
                _hold(trade.order(one), till)


def _hold(order: Any, till: Till) -> None:
    """A paid order goes on or its money went back; an unpaid one was not charged."""
    with unit_of_work(), trade.working_on(trade.Purpose.PAYMENT):
        kept = [row for row in _allocations(order) if row.captured]
    assert len(kept) <= 1
    if order.paid_at is not None and order.state.value != "cancelled":
        assert [row.refunded for row in kept] == [0]
    for row in kept:
        if order.state.value == "cancelled":
            assert row.refunded == order.total_minor


def _allocations(order: Any) -> list[Any]:
    found = db.session.execute(
        text("""
            select a.refunded, i.state = 'captured' as captured from payment_allocations a
            join payment_intents i on i.id = a.intent_id where a.reference = :reference
        """),
        {"reference": f"order:{order.id}"},
    )
    return list(found)


def _pay(person: Person, reference: str) -> Any:
    payer = Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with trade.as_buyer(person):
        return services.pay(reference=reference, payer=payer, return_url="http://localhost/back")


def _back(person: Person, reference: str) -> Any:
    with trade.as_buyer(person), unit_of_work():
        intents = [one.id for one in db.session.scalars(select(payments.Intent).where(payments.Intent.reference == reference))]
    for intent_id in intents:
        trade.payments.settle(intent_id=intent_id)


def _cancel(person: Person, order_id: UUID) -> Any:
    from marketplace.orders import services as orders
    from marketplace.orders.models import CancelReason
    from marketplace.orders.workflow import Actor, Who

    doer = orders.Doer(actor=Actor(who=Who.BUYER), account_id=person.account_id, name="b")
    with unit_of_work(), trade.as_buyer(person):
        return orders.cancel(order_id=order_id, by=doer, reason=CancelReason.CHANGED_MIND)


def _till_pays(till: Till) -> None:
    for gateway_id, remote in list(till.open.items()):
        if remote.standing is Standing.OPEN:
            till.stand(gateway_id, Standing.PAID)
