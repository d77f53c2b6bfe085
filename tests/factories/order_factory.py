"""Factories for sample products, carts, orders and payments, and a payment gateway that tests control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from billing.payments import queries as payment_queries
from billing.payments import services as payment_services
from billing.payments.gateway import GatewayPayment, GatewayRefund, GatewayStatus, PaymentRequest, WebhookNotification
from billing.payments.models import PaymentIntent
from marketplace.carts import services as cart_services
from marketplace.checkout import services as checkout_services
from marketplace.checkout.errors import DuplicatePurchase, EmptyCart
from marketplace.checkout.services import PlaceOrderCommand
from marketplace.inventory.models import StockLevel
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.failpoints import failpoint
from marketplace.kernel.ids import random_token
from marketplace.kernel.money import Money
from marketplace.orders import queries as order_queries
from marketplace.orders import services as order_services
from marketplace.orders.models import Order, OrderState
from marketplace.orders.workflow.builder import WorkflowOptions
from tenants.isolation import AccessPurpose, as_buyer, as_merchant, with_purpose
from tests.actors import Actors, Person
from tests.factories import product_factory

SHIPPING_ADDRESS = {
    "name": "王经理",
    "phone": "13805718866",
    "region_code": "330110",
    "region": "浙江省杭州市余杭区",
    "street": "仓前街道 88 号",
    "postcode": "311121",
}


@dataclass
class FakeGateway:
    """In-memory implementation of the gateway port; tests set the status of its payments."""

    name: str = "fake"
    payments: dict[str, GatewayPayment] = field(default_factory=dict)
    payment_ids: dict[str, str] = field(default_factory=dict)
    refunds_by_key: dict[str, GatewayRefund] = field(default_factory=dict)
    is_down: bool = False
    calls_in_transaction: list[bool] = field(default_factory=list)

    def create(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """Create a payment; idempotent by key."""
        self._record_call()
        gateway_id = self.payment_ids.setdefault(key, f"pay_{len(self.payment_ids) + 1}")
        return self.payments.setdefault(
            gateway_id,
            GatewayPayment(
                id=gateway_id,
                client_id=request.client_id,
                status=GatewayStatus.OPEN,
                amount=request.amount,
                refunded=Money.zero(request.amount.currency),
                pay_url=f"https://gateway.example/{gateway_id}",
            ),
        )

    def fetch(self, gateway_id: str) -> GatewayPayment:
        """Return the payment."""
        self._record_call()
        return self.payments[gateway_id]

    def expire(self, gateway_id: str, *, key: str) -> GatewayPayment:
        """Expire the payment if it is open."""
        self._record_call()
        if self.payments[gateway_id].status is GatewayStatus.OPEN:
            self.set_status(gateway_id, GatewayStatus.EXPIRED)
        return self.payments[gateway_id]

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> GatewayRefund:
        """Refund an amount, idempotent by key and at most the paid amount."""
        self._record_call()
        if key not in self.refunds_by_key:
            paid = self.payments[gateway_id]
            assert paid.refunded + amount <= paid.amount
            self.payments[gateway_id] = replace(paid, refunded=paid.refunded + amount)
            self.refunds_by_key[key] = GatewayRefund(id=f"back_{len(self.refunds_by_key)}", client_id=client_id, amount=amount)
        return self.refunds_by_key[key]

    def list_refunds(self, gateway_id: str) -> Sequence[GatewayRefund]:
        """Return the refunds."""
        return list(self.refunds_by_key.values())

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], *, now: int) -> WebhookNotification | None:
        """Return None, because this gateway sends no webhooks."""
        return None

    def set_status(self, gateway_id: str, status: GatewayStatus, failure: str = "") -> None:
        """Set the status of a payment."""
        self.payments[gateway_id] = replace(self.payments[gateway_id], status=status, failure=failure)

    def _record_call(self) -> None:
        self.calls_in_transaction.append(bool(db.session.registry.has() and db.session().in_transaction()))
        if self.is_down:
            raise ServiceUnavailable


def install_fake_gateway(app: Flask) -> FakeGateway:
    """Replace the gateway of the application by a fake one."""
    gateway = FakeGateway()
    app.extensions["gateway"] = gateway
    return gateway


@dataclass(frozen=True, kw_only=True)
class SampleProducts:
    """Products on sale: cloth of acme (18.50, 16.50 from 100 m) and thread of rival (9.00)."""

    cloth: UUID
    thread: UUID
    cloth_product: UUID
    thread_product: UUID


def create_sample_products(actors: Actors, *, cloth: int = 1000, thread: int = 1000) -> SampleProducts:
    """Create two products on sale with stock. Call inside a unit of work."""
    category_id = product_factory.create_category(attributes=True).id
    first = product_factory.create_product(actors.acme_id, category_id, on_hand=cloth)
    second = product_factory.create_product(
        actors.rival_id,
        category_id,
        on_hand=thread,
        tiers=[product_factory.TierInput(from_quantity=Decimal(1), price=900)],
        title={"zh_Hans": "涤纶缝纫线", "en": "Sewing thread"},
    )
    return SampleProducts(
        cloth=first.variants[0].id, thread=second.variants[0].id, cloth_product=first.id, thread_product=second.id
    )


def as_person(person: Person) -> Any:
    """Return a context manager with the tenant context of this buyer."""
    return as_buyer(buyer_id=person.buyer_id, account_id=person.account_id)


def add_to_cart(person: Person, *lines: tuple[UUID, int]) -> None:
    """Add items to the cart of a buyer."""
    with unit_of_work(), as_buyer(buyer_id=person.buyer_id, account_id=person.account_id):
        for variant_id, quantity in lines:
            cart_services.add_item(buyer_id=person.buyer_id, variant_id=variant_id, quantity=Decimal(quantity))


def place_order_command(person: Person, expected: int, key: str | None = None, **values: Any) -> PlaceOrderCommand:
    """Return the command that the checkout form of a buyer sends."""
    defaults: dict[str, Any] = {"ship_to": SHIPPING_ADDRESS, "notes": {}}
    return PlaceOrderCommand(
        idempotency_key=key or random_token(16),
        buyer_id=person.buyer_id,
        account_id=person.account_id,
        buyer_name="王经理",
        currency="CNY",
        expected_minor=expected,
        **{**defaults, **values},
    )


def place_orders(person: Person, *lines: tuple[UUID, int], expected: int, key: str | None = None) -> list[UUID]:
    """Add items to the cart and place the orders; return the order ids sorted by number."""
    add_to_cart(person, *lines)
    with unit_of_work(), as_buyer(buyer_id=person.buyer_id, account_id=person.account_id):
        purchase = checkout_services.place_purchase(command=place_order_command(person, expected, key))
        return [order.id for order in order_queries.get_orders_of_purchase(purchase.id)]


def get_order(order_id: UUID) -> Order:
    """Return the current state of an order, read with the console purpose."""
    with unit_of_work(), with_purpose(AccessPurpose.CONSOLE):
        return order_queries.get_order(order_id)


def pay_order(app: Flask, person: Person, order_id: UUID) -> str:
    """Pay the payment of an order; return its gateway id."""
    reference = get_order(order_id).payment_reference
    payer = payment_services.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with as_buyer(buyer_id=person.buyer_id, account_id=person.account_id):
        checkout_services.pay_reference(reference=reference, payer=payer, return_url="http://localhost/back")
        with unit_of_work():
            gateway_id = payment_queries.get_active_intent(reference).gateway_id  # type: ignore[union-attr]
        app.extensions["gateway"].set_status(gateway_id, GatewayStatus.PAID)
        checkout_services.refresh_payment(reference=reference)
    return str(gateway_id)


def start_pending_payment(app: Flask, person: Person, order_id: UUID) -> None:
    """Start the payment of an order and leave it pending at the gateway."""
    reference = get_order(order_id).payment_reference
    payer = payment_services.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    with as_person(person):
        checkout_services.pay_reference(reference=reference, payer=payer, return_url="http://localhost/back")
        with unit_of_work():
            gateway_id = str(payment_queries.get_active_intent(reference).gateway_id)  # type: ignore[union-attr]
        app.extensions["gateway"].set_status(gateway_id, GatewayStatus.PENDING)
        checkout_services.refresh_payment(reference=reference)


def place_and_start_payment(person: Person, *, key: str, expected: int) -> None:
    """Place the orders and start the payment as one form submission does; a repeated key continues the existing payment."""
    payer = payment_services.Payer(buyer_id=person.buyer_id, account_id=person.account_id)
    return_url = "http://localhost/back"
    with as_person(person):
        try:
            with unit_of_work():
                placed = checkout_services.place_and_prepare_payment(
                    command=place_order_command(person, expected, key),
                    payer=payer,
                    return_url_for=lambda _reference: return_url,
                )
        except (EmptyCart, DuplicatePurchase):
            with unit_of_work():
                purchase = order_queries.get_purchase_by_key(person.buyer_id, key)
                assert purchase is not None
                reference = f"purchase:{purchase.number}"
            checkout_services.pay_reference(reference=reference, payer=payer, return_url=return_url)
            return
        failpoint("checkout.placed")
        assert placed.pending_redirect is not None
        checkout_services.start_payment(placed.pending_redirect)


def adopt_open_payment(gateway: FakeGateway, person: Person) -> str:
    """Register the only payment that another process created before it was killed; return its gateway id."""
    with unit_of_work(), as_person(person):
        (intent,) = db.session.scalars(select(PaymentIntent).where(PaymentIntent.gateway_id.is_not(None))).all()
        payment = GatewayPayment(
            id=str(intent.gateway_id),
            client_id=str(intent.id),
            status=GatewayStatus.OPEN,
            amount=intent.money,
            refunded=Money.zero(intent.currency),
            pay_url=str(intent.pay_url),
        )
    gateway.payments.setdefault(payment.id, payment)
    assert len(gateway.payments) == 1
    return payment.id


def sync_all_payments(person: Person) -> None:
    """Synchronize every payment of a buyer, as the polling task does."""
    with unit_of_work(), as_person(person):
        intent_ids = [intent.id for intent in db.session.scalars(select(PaymentIntent))]
    for intent_id in intent_ids:
        payment_services.sync_payment(intent_id=intent_id)


def reserved_quantity(variant_id: UUID) -> Decimal:
    """Return the reserved quantity of a variant."""
    with unit_of_work(), with_purpose(AccessPurpose.CHECKOUT):
        return db.session.scalar(select(func.sum(StockLevel.reserved)).where(StockLevel.variant_id == variant_id)) or Decimal(0)


def configure_workflow(merchant_id: UUID, account_id: UUID, **options: Any) -> None:
    """Set the options of the order workflow of a merchant."""
    with unit_of_work(), as_merchant(merchant_id):
        order_services.save_workflow_options(merchant_id=merchant_id, options=WorkflowOptions(**options), account_id=account_id)


__all__ = ["FakeGateway", "OrderState", "SampleProducts"]
