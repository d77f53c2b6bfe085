"""Purchases, orders, their lines and history, and the workflow versions that merchants keep."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.models import Unit
from marketplace.kernel.db import Base, Versioned, created, currency, minor, pk, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.money import Money
from marketplace.kernel.rows import DataClass
from marketplace.orders.workflow import Facts
from tenants.scope import OwnedByBuyer, OwnedByMerchant, SharedByParties

Quantity = Numeric(14, 3)


class OrderState(Labelled):
    """Where an order stands, in the words of the market; which of them exist for an order is its workflow's business."""

    PAYMENT = "payment", _l("To be paid")
    ORDER_REVIEW = "order_review", _l("Order review")
    FINANCE_REVIEW = "finance_review", _l("Finance review")
    OUTBOUND_REVIEW = "outbound_review", _l("Outbound review")
    SHIPPING = "shipping", _l("To be shipped")
    RECEIPT = "receipt", _l("To be received")
    FINISHED = "finished", _l("Finished")
    CANCELLED = "cancelled", _l("Cancelled")
    CLOSED = "closed", _l("Closed")


OPEN_STATES = frozenset(OrderState) - {OrderState.FINISHED, OrderState.CANCELLED, OrderState.CLOSED}
TONES = {
    OrderState.PAYMENT.value: "due",
    OrderState.ORDER_REVIEW.value: "due",
    OrderState.FINANCE_REVIEW.value: "due",
    OrderState.OUTBOUND_REVIEW.value: "due",
    OrderState.SHIPPING.value: "info",
    OrderState.RECEIPT.value: "info",
    OrderState.FINISHED.value: "good",
}


class CancelReason(Labelled):
    """Why an order was called off."""

    CHANGED_MIND = "changed_mind", _l("No longer needed")
    WRONG_ORDER = "wrong_order", _l("Ordered by mistake, will order again")
    ADDRESS = "address", _l("The address is wrong")
    TOO_SLOW = "too_slow", _l("Takes too long")
    OUT_OF_STOCK = "out_of_stock", _l("The goods are not in stock")
    PRICE = "price", _l("Price or terms do not fit")
    UNPAID = "unpaid", _l("Not paid in time")
    REVIEW = "review", _l("Did not pass the review")
    OTHER = "other", _l("Another reason")


BUYERS_REASONS = (
    CancelReason.CHANGED_MIND,
    CancelReason.WRONG_ORDER,
    CancelReason.ADDRESS,
    CancelReason.TOO_SLOW,
    CancelReason.OTHER,
)
MERCHANTS_REASONS = (CancelReason.OUT_OF_STOCK, CancelReason.PRICE, CancelReason.ADDRESS, CancelReason.OTHER)


class WorkflowVersion(OwnedByMerchant, Base):
    """One version of a merchant's order workflow. Never changed; the newest holds for new orders, old orders keep theirs."""

    __tablename__ = "order_workflows"
    __data__ = DataClass.PUBLIC
    __table_args__ = (Unique("id", "merchant_id"), Unique("merchant_id", "number"))

    id: Mapped[pk]
    number: Mapped[int]
    choices: Mapped[dict[str, Any]]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[created]
    created_by: Mapped[UUID | None]


class Purchase(OwnedByBuyer, Base):
    """One visit to the cash desk: what one buyer ordered at once, from one or many merchants."""

    __tablename__ = "purchases"
    __data__ = DataClass.BUYER
    __table_args__ = (Unique("buyer_id", "idempotency_key"), Unique("id", "buyer_id"))

    id: Mapped[pk]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    currency: Mapped[currency]
    total_minor: Mapped[minor]
    orders_count: Mapped[int]
    placed_at: Mapped[created]

    @property
    def total(self) -> Money:
        """What all its orders cost."""
        return Money(self.total_minor, self.currency)


class Order(SharedByParties, Versioned, Base):
    """What one buyer takes from one merchant. Names, prices and the address are kept as they were when it was placed."""

    __tablename__ = "orders"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        Unique("id", "merchant_id"),
        Unique("id", "buyer_id"),
        ForeignKeyConstraint(["purchase_id", "buyer_id"], ["purchases.id", "purchases.buyer_id"]),
        ForeignKeyConstraint(["workflow_id", "merchant_id"], ["order_workflows.id", "order_workflows.merchant_id"]),
        CheckConstraint("goods_minor >= 0 and freight_minor >= 0 and total_minor = goods_minor + freight_minor", name="sums"),
        Index("ix_orders_merchant_queue", "merchant_id", "state", "placed_at"),
        Index("ix_orders_buyer_list", "buyer_id", "placed_at"),
        Index("ix_orders_due", "due_at", postgresql_where="due_at is not null"),
        Index("ix_orders_payment_reference", "payment_reference"),
        Index("ix_orders_purchase_id", "purchase_id"),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    purchase_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    workflow_id: Mapped[UUID]
    state: Mapped[OrderState]
    entered: Mapped[dict[str, Any]]
    due_at: Mapped[datetime | None]
    payment_reference: Mapped[str] = mapped_column(String(60))
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    shipped_all: Mapped[bool] = mapped_column(default=False)
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    cancel_reason: Mapped[CancelReason | None]
    currency: Mapped[currency]
    goods_minor: Mapped[minor]
    freight_minor: Mapped[minor]
    total_minor: Mapped[minor]
    merchant_name: Mapped[texts]
    merchant_slug: Mapped[str] = mapped_column(String(80))
    buyer_name: Mapped[str] = mapped_column(String(200))
    ship_to: Mapped[dict[str, Any]]
    phone_digits: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    flag: Mapped[str] = mapped_column(String(20), default="")
    lines_count: Mapped[int]
    first_line: Mapped[dict[str, Any]]
    sought: Mapped[str] = mapped_column(Text, default="")
    placed_at: Mapped[created]

    @property
    def reading(self) -> str:
        """Which reading of the order this is: forms carry it, so that nobody acts on goods that its buyer changed meanwhile."""
        return self.changed_at.isoformat() if self.changed_at else ""

    @property
    def goods(self) -> Money:
        """What the goods cost."""
        return Money(self.goods_minor, self.currency)

    @property
    def freight(self) -> Money:
        """What carrying them costs."""
        return Money(self.freight_minor, self.currency)

    @property
    def total(self) -> Money:
        """What the buyer pays for this order."""
        return Money(self.total_minor, self.currency)

    @property
    def first_unit(self) -> Unit:
        """The unit of its first line."""
        return Unit(str(self.first_line["unit"]))

    @property
    def is_open(self) -> bool:
        """Whether something is still expected."""
        return self.state in OPEN_STATES

    def facts(self) -> Facts:
        """What the engine asks about this order."""
        times = {name: (_time(at[0]), _time(at[1])) for name, at in self.entered.items()}
        return Facts(
            paid=self.paid_at is not None,
            shipped_any=self.shipped_at is not None,
            shipped_all=self.shipped_all,
            entered=times,
            delivered_at=self.delivered_at,
        )

    def enter(self, state: OrderState, moment: datetime) -> None:
        """Stand in another state from this moment on."""
        first = self.entered.get(state.value, [moment.isoformat()])[0]
        self.entered = {**self.entered, state.value: [first, moment.isoformat()]}
        self.state = state
        if state not in OPEN_STATES:
            self.ended_at = moment


class OrderLine(SharedByParties, Base):
    """Some of one variant, at the price and under the name it had."""

    __tablename__ = "order_lines"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        Unique("id", "order_id"),
        Unique("order_id", "position"),
        ForeignKeyConstraint(["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"]),
        ForeignKeyConstraint(["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"]),
        CheckConstraint("quantity > 0 and shipped >= 0 and shipped <= quantity", name="quantities"),
        CheckConstraint("price_minor >= 0 and amount_minor >= 0", name="amounts"),
    )

    id: Mapped[pk]
    order_id: Mapped[UUID]
    position: Mapped[int]
    variant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    category_id: Mapped[UUID | None]
    title: Mapped[texts]
    options: Mapped[texts]
    sku: Mapped[str] = mapped_column(String(80), default="")
    picture: Mapped[dict[str, Any] | None]
    unit: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    shipped: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    currency: Mapped[currency]
    price_minor: Mapped[minor]
    amount_minor: Mapped[minor]
    weight_grams: Mapped[int] = mapped_column(default=0)

    @property
    def price(self) -> Money:
        """The price of one unit."""
        return Money(self.price_minor, self.currency)

    @property
    def amount(self) -> Money:
        """What the line costs."""
        return Money(self.amount_minor, self.currency)

    @property
    def measure(self) -> Unit:
        """The unit it is counted in."""
        return Unit(self.unit)

    @property
    def unit_label(self) -> str:
        """The unit in the reader's language."""
        return str(self.measure.label)

    @property
    def to_ship(self) -> Decimal:
        """What has not been put into a parcel yet."""
        return self.quantity - self.shipped


class OrderEvent(SharedByParties, Base):
    """One thing that happened to an order; written once. `inside`: only the merchant reads it.

    `details` of a change: what it was and what it is, as `orders.changes.details` writes it.
    """

    __tablename__ = "order_events"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"]),
        ForeignKeyConstraint(["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"]),
        Index("ix_order_events_order", "order_id", "at"),
    )

    id: Mapped[pk]
    order_id: Mapped[UUID]
    at: Mapped[created]
    kind: Mapped[str] = mapped_column(String(40))
    leaves: Mapped[str] = mapped_column(String(40), default="")
    reaches: Mapped[str] = mapped_column(String(40), default="")
    who: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(80), default="")
    said: Mapped[str] = mapped_column(Text, default="")
    inside: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
