"""A shopping street: goods of two merchants, a cash desk that a test works by hand, carts and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from billing.payments import queries as payment_queries
from billing.payments import services as payments
from billing.payments.gateway import Notification, Remote, RemoteRefund, Request, Standing
from billing.payments.models import Intent
from marketplace.carts import services as carts
from marketplace.checkout import services as checkout
from marketplace.checkout.errors import AlreadyPlaced, EmptyCart
from marketplace.checkout.services import Wish
from marketplace.inventory.models import StockLevel
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.failpoints import reach
from marketplace.kernel.ids import secret_word
from marketplace.kernel.money import Money
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.models import Order, OrderState
from marketplace.orders.workflow.standard import Choices
from tenants.scope import Purpose, acting_for, buying_as, working_on
from tests.cast import Cast, Person
from tests.factories import goods

HOME = {
    "name": "王经理",
    "phone": "13805718866",
    "region_code": "330110",
    "region": "浙江省杭州市余杭区",
    "street": "仓前街道 88 号",
    "postcode": "311121",
}


@dataclass
class Till:
    """A gateway in memory that keeps every promise of the port; the test says when somebody pays."""

    name: str = "till"
    open: dict[str, Remote] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    sent: dict[str, RemoteRefund] = field(default_factory=dict)
    away: bool = False
    transactions: list[bool] = field(default_factory=list)

    def create(self, request: Request, *, key: str) -> Remote:
        """Open a payment; the same key is the same payment."""
        self._answer()
        gateway_id = self.keys.setdefault(key, f"pay_{len(self.keys) + 1}")
        return self.open.setdefault(
            gateway_id,
            Remote(
                id=gateway_id,
                client_id=request.client_id,
                standing=Standing.OPEN,
                amount=request.amount,
                refunded=Money.zero(request.amount.currency),
                pay_url=f"https://till.example/{gateway_id}",
            ),
        )

    def fetch(self, gateway_id: str) -> Remote:
        """How it stands."""
        self._answer()
        return self.open[gateway_id]

    def expire(self, gateway_id: str, *, key: str) -> Remote:
        """Close it unless it was paid."""
        self._answer()
        if self.open[gateway_id].standing is Standing.OPEN:
            self.stand(gateway_id, Standing.EXPIRED)
        return self.open[gateway_id]

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> RemoteRefund:
        """Send money back, once for each key, never more than was paid."""
        self._answer()
        if key not in self.sent:
            paid = self.open[gateway_id]
            assert paid.refunded + amount <= paid.amount
            self.open[gateway_id] = replace(paid, refunded=paid.refunded + amount)
            self.sent[key] = RemoteRefund(id=f"back_{len(self.sent)}", client_id=client_id, amount=amount)
        return self.sent[key]

    def refunds(self, gateway_id: str) -> Sequence[RemoteRefund]:
        """What was sent back."""
        return list(self.sent.values())

    def read(self, body: bytes, headers: Mapping[str, str], *, now: int) -> Notification | None:
        """It writes no letters."""
        return None

    def stand(self, gateway_id: str, standing: Standing, failure: str = "") -> None:
        """Let a payment stand otherwise."""
        self.open[gateway_id] = replace(self.open[gateway_id], standing=standing, failure=failure)

    def _answer(self) -> None:
        self.transactions.append(bool(db.session.registry.has() and db.session().in_transaction()))
        if self.away:
            raise Unavailable


def till(app: Flask) -> Till:
    """Put a till where the gateway stands."""
    made = Till()
    app.extensions["gateway"] = made
    return made


@dataclass(frozen=True, kw_only=True)
class Street:
    """Cloth of Acme (18.50, from 100 m 16.50) and thread of the rival (9.00), plenty of both."""

    cloth: UUID
    thread: UUID
    cloth_product: UUID
    thread_product: UUID


def street(cast: Cast, *, cloth: int = 1000, thread: int = 1000) -> Street:
    """Two products on sale. Call inside a unit of work."""
    kind = goods.category(attributes=True).id
    first = goods.product(cast.acme_id, kind, on_hand=cloth)
    second = goods.product(
        cast.rival_id,
        kind,
        on_hand=thread,
        tiers=[goods.TierSheet(from_quantity=Decimal(1), price=900)],
        title={"zh_Hans": "涤纶缝纫线", "en": "Sewing thread"},
    )
    return Street(cloth=first.variants[0].id, thread=second.variants[0].id, cloth_product=first.id, thread_product=second.id)


def as_buyer(person: Person) -> Any:
    """Act as this buyer."""
    return buying_as(buyer_id=person.buyer_id, account_id=person.account_id)


def put(person: Person, *lines: tuple[UUID, int]) -> None:
    """Fill a buyer's cart."""
    with unit_of_work(), buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
        for variant_id, quantity in lines:
            carts.add(buyer_id=person.buyer_id, variant_id=variant_id, quantity=Decimal(quantity))


def wish(person: Person, expected: int, key: str | None = None, **values: Any) -> Wish:
    """What a buyer sends."""
    made: dict[str, Any] = {"ship_to": HOME, "notes": {}}
    return Wish(
        key=key or secret_word(16),
        buyer_id=person.buyer_id,
        account_id=person.account_id,
        buyer_name="王经理",
        currency="CNY",
        expected_minor=expected,
        **{**made, **values},
    )


def place(person: Person, *lines: tuple[UUID, int], expected: int, key: str | None = None) -> list[UUID]:
    """Fill the cart and order it; the ids of the orders in the order of their numbers."""
    put(person, *lines)
    with unit_of_work(), buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
        placed = checkout.place(wish=wish(person, expected, key))
        return [one.id for one in orders.of_purchase(placed.id)]


def order(order_id: UUID) -> Order:
    """An order as it stands now, seen by the market."""
    with unit_of_work(), working_on(Purpose.CONSOLE):
        return orders.get(order_id)


def pay(app: Flask, person: Person, order_id: UUID) -> str:
    """Pay the payment that an order belongs to; the gateway's name of it."""
    reference = order(order_id).payment_reference
    payer = payments.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with buying_as(buyer_id=person.buyer_id, account_id=person.account_id):
        checkout.pay(reference=reference, payer=payer, return_url="http://localhost/back")
        with unit_of_work():
            gateway_id = payment_queries.live_intent(reference).gateway_id  # type: ignore[union-attr]
        app.extensions["gateway"].stand(gateway_id, Standing.PAID)
        checkout.check(reference=reference)
    return str(gateway_id)


def begin_paying(app: Flask, person: Person, order_id: UUID) -> None:
    """Go to the gateway and do one's part there; the money is on its way."""
    reference = order(order_id).payment_reference
    payer = payments.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with as_buyer(person):
        checkout.pay(reference=reference, payer=payer, return_url="http://localhost/back")
        with unit_of_work():
            gateway_id = str(payment_queries.live_intent(reference).gateway_id)  # type: ignore[union-attr]
        app.extensions["gateway"].stand(gateway_id, Standing.PENDING)
        checkout.check(reference=reference)


def order_and_pay(person: Person, *, key: str, expected: int) -> None:
    """What one sending of the form does, from PREPARE to the gateway's page; sent again it finds what is there."""
    payer = payments.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    back = "http://localhost/back"
    with as_buyer(person):
        try:
            with unit_of_work():
                placed = checkout.place_to_pay(wish=wish(person, expected, key), payer=payer, back=lambda _reference: back)
        except (EmptyCart, AlreadyPlaced):
            with unit_of_work():
                known = orders.purchase_by_key(person.buyer_id, key)
                assert known is not None
                reference = f"purchase:{known.number}"
            checkout.pay(reference=reference, payer=payer, return_url=back)
            return
        reach("checkout.placed")
        assert placed.opening is not None
        checkout.lead(placed.opening)


def adopt(made: Till, person: Person) -> str:
    """The one payment that another process opened at this gateway before it died; its name there."""
    with unit_of_work(), as_buyer(person):
        (intent,) = db.session.scalars(select(Intent).where(Intent.gateway_id.is_not(None))).all()
        known = Remote(
            id=str(intent.gateway_id),
            client_id=str(intent.id),
            standing=Standing.OPEN,
            amount=intent.money,
            refunded=Money.zero(intent.currency),
            pay_url=str(intent.pay_url),
        )
    made.open.setdefault(known.id, known)
    assert len(made.open) == 1
    return known.id


def settle_all(person: Person) -> None:
    """Ask about every payment of a buyer, as the sweep would."""
    with unit_of_work(), as_buyer(person):
        found = [one.id for one in db.session.scalars(select(Intent))]
    for intent_id in found:
        payments.settle(intent_id=intent_id)


def held(variant_id: UUID) -> Decimal:
    """How much of a variant is promised."""
    with unit_of_work(), working_on(Purpose.CHECKOUT):
        return db.session.scalar(select(func.sum(StockLevel.held)).where(StockLevel.variant_id == variant_id)) or Decimal(0)


def choose(merchant_id: UUID, account_id: UUID, **choices: Any) -> None:
    """Give a merchant another order workflow."""
    with unit_of_work(), acting_for(merchant_id):
        order_services.save_choices(merchant_id=merchant_id, choices=Choices(**choices), account_id=account_id)


__all__ = ["OrderState", "Street", "Till"]
