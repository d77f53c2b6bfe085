"""Database models: purchases, orders, their lines and history, and the versions of merchants' order workflows."""

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
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, LocalizedText, MinorUnits, PrimaryKey, Versioned
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import RowOwnership
from marketplace.orders.workflow import OrderFacts
from tenants.isolation import BuyerMerchantSharedMixin, BuyerOwnedMixin, MerchantOwnedMixin

Quantity = Numeric(14, 3)


class OrderState(LabeledStrEnum):
    """The states of an order; its workflow version determines which of them it can pass through."""

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


class CancelReason(LabeledStrEnum):
    """The reason of a cancellation."""

    CHANGED_MIND = "changed_mind", _l("No longer needed")
    WRONG_ORDER = "wrong_order", _l("Ordered by mistake, will order again")
    ADDRESS = "address", _l("The address is wrong")
    TOO_SLOW = "too_slow", _l("Takes too long")
    OUT_OF_STOCK = "out_of_stock", _l("The goods are not in stock")
    PRICE = "price", _l("Price or terms do not fit")
    UNPAID = "unpaid", _l("Not paid in time")
    REVIEW = "review", _l("Did not pass the review")
    OTHER = "other", _l("Another reason")


BUYER_CANCEL_REASONS = (
    CancelReason.CHANGED_MIND,
    CancelReason.WRONG_ORDER,
    CancelReason.ADDRESS,
    CancelReason.TOO_SLOW,
    CancelReason.OTHER,
)
MERCHANT_CANCEL_REASONS = (CancelReason.OUT_OF_STOCK, CancelReason.PRICE, CancelReason.ADDRESS, CancelReason.OTHER)


class WorkflowVersion(MerchantOwnedMixin, Base):
    """One version of a merchant's order workflow. Immutable: new orders use the newest version, existing orders keep theirs."""

    __tablename__ = "order_workflows"
    __ownership__ = RowOwnership.PUBLIC
    __table_args__ = (Unique("id", "merchant_id"), Unique("merchant_id", "number"))

    id: Mapped[PrimaryKey]
    number: Mapped[int]
    options: Mapped[dict[str, Any]]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID | None]


class Purchase(BuyerOwnedMixin, Base):
    """One checkout: the orders that one buyer placed at once, with one or more merchants."""

    __tablename__ = "purchases"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (Unique("buyer_id", "idempotency_key"), Unique("id", "buyer_id"))

    id: Mapped[PrimaryKey]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[MinorUnits]
    orders_count: Mapped[int]
    placed_at: Mapped[CreatedAt]

    @property
    def total(self) -> Money:
        """Return the sum of all its orders."""
        return Money(self.total_minor, self.currency)


class Order(BuyerMerchantSharedMixin, Versioned, Base):
    """An order of one buyer to one merchant. Names, prices and the address are snapshots of the moment it was placed."""

    __tablename__ = "orders"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        Unique("id", "merchant_id"),
        Unique("id", "buyer_id"),
        ForeignKeyConstraint(["purchase_id", "buyer_id"], ["purchases.id", "purchases.buyer_id"]),
        ForeignKeyConstraint(["workflow_id", "merchant_id"], ["order_workflows.id", "order_workflows.merchant_id"]),
        CheckConstraint(
            "subtotal_minor >= 0 and freight_minor >= 0 and total_minor = subtotal_minor + freight_minor", name="totals"
        ),
        Index("ix_orders_merchant_queue", "merchant_id", "state", "placed_at"),
        Index("ix_orders_buyer_list", "buyer_id", "placed_at"),
        Index("ix_orders_due", "due_at", postgresql_where="due_at is not null"),
        Index("ix_orders_payment_reference", "payment_reference"),
        Index("ix_orders_purchase_id", "purchase_id"),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    purchase_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    workflow_id: Mapped[UUID]
    state: Mapped[OrderState]
    state_times: Mapped[dict[str, Any]]
    due_at: Mapped[datetime | None]
    payment_reference: Mapped[str] = mapped_column(String(60))
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    shipped_all: Mapped[bool] = mapped_column(default=False)
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    cancel_reason: Mapped[CancelReason | None]
    currency: Mapped[CurrencyCode]
    subtotal_minor: Mapped[MinorUnits]
    freight_minor: Mapped[MinorUnits]
    total_minor: Mapped[MinorUnits]
    merchant_name: Mapped[LocalizedText]
    merchant_slug: Mapped[str] = mapped_column(String(80))
    buyer_name: Mapped[str] = mapped_column(String(200))
    ship_to: Mapped[dict[str, Any]]
    phone_digits: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    lines_count: Mapped[int]
    line_preview: Mapped[dict[str, Any]]
    search_text: Mapped[str] = mapped_column(Text, default="")
    placed_at: Mapped[CreatedAt]

    @property
    def content_version(self) -> str:
        """Return the version of the order's content; staff forms send it, so that an action on outdated content is rejected."""
        return self.changed_at.isoformat() if self.changed_at else ""

    @property
    def subtotal(self) -> Money:
        """Return the sum of the lines."""
        return Money(self.subtotal_minor, self.currency)

    @property
    def freight(self) -> Money:
        """Return the freight."""
        return Money(self.freight_minor, self.currency)

    @property
    def total(self) -> Money:
        """Return the amount that the buyer pays for this order."""
        return Money(self.total_minor, self.currency)

    @property
    def preview_unit(self) -> Unit:
        """Return the unit of the first line."""
        return Unit(str(self.line_preview["unit"]))

    @property
    def is_open(self) -> bool:
        """Return whether the order is in a non-final state."""
        return self.state in OPEN_STATES

    def facts(self) -> OrderFacts:
        """Return the facts that the workflow engine evaluates."""
        times = {name: (_parse_time(entered[0]), _parse_time(entered[1])) for name, entered in self.state_times.items()}
        return OrderFacts(
            paid=self.paid_at is not None,
            shipped_any=self.shipped_at is not None,
            shipped_all=self.shipped_all,
            state_times=times,
            delivered_at=self.delivered_at,
        )

    def enter_state(self, state: OrderState, moment: datetime) -> None:
        """Enter a state at a moment, and record the first and the last time it was entered."""
        first_entered = self.state_times.get(state.value, [moment.isoformat()])[0]
        self.state_times = {**self.state_times, state.value: [first_entered, moment.isoformat()]}
        self.state = state
        if state not in OPEN_STATES:
            self.ended_at = moment


class OrderLine(BuyerMerchantSharedMixin, Base):
    """A quantity of one variant, with the price and title of the moment the order was placed."""

    __tablename__ = "order_lines"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        Unique("id", "order_id"),
        Unique("order_id", "position"),
        ForeignKeyConstraint(["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"]),
        ForeignKeyConstraint(["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"]),
        CheckConstraint("quantity > 0 and shipped >= 0 and shipped <= quantity", name="quantities"),
        CheckConstraint("price_minor >= 0 and amount_minor >= 0", name="amounts"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[UUID]
    position: Mapped[int]
    variant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    category_id: Mapped[UUID | None]
    title: Mapped[LocalizedText]
    options: Mapped[LocalizedText]
    sku: Mapped[str] = mapped_column(String(80), default="")
    picture: Mapped[dict[str, Any] | None]
    unit: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    shipped: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    currency: Mapped[CurrencyCode]
    price_minor: Mapped[MinorUnits]
    amount_minor: Mapped[MinorUnits]
    weight_grams: Mapped[int] = mapped_column(default=0)

    @property
    def price(self) -> Money:
        """Return the price of one unit."""
        return Money(self.price_minor, self.currency)

    @property
    def amount(self) -> Money:
        """Return the amount of the line."""
        return Money(self.amount_minor, self.currency)

    @property
    def unit_of_measure(self) -> Unit:
        """Return the unit of measure."""
        return Unit(self.unit)

    @property
    def unit_label(self) -> str:
        """Return the unit in the user's language."""
        return str(self.unit_of_measure.label)

    @property
    def to_ship(self) -> Decimal:
        """Return the quantity that is not shipped yet."""
        return self.quantity - self.shipped


class OrderEvent(BuyerMerchantSharedMixin, Base):
    """An entry of an order's append-only history. `internal` entries are visible to the merchant only.

    `details` of a change holds the old and new values, as `orders.changes.change_log` returns them.
    """

    __tablename__ = "order_events"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"]),
        ForeignKeyConstraint(["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"]),
        Index("ix_order_events_order", "order_id", "at"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[UUID]
    at: Mapped[CreatedAt]
    kind: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str] = mapped_column(String(40), default="")
    to_state: Mapped[str] = mapped_column(String(40), default="")
    actor_kind: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(80), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    internal: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
