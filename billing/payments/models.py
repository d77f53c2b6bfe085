"""Tables of the payments: intents, allocations, refunds, requests to the gateway and its webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from billing.payments.domain import STATE_ORDER, OperationKind, OperationState, PaymentState, RefundState
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, MinorUnits, PrimaryKey
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import BuyerMerchantSharedMixin, BuyerOwnedMixin

ACTIVE_STATES_SQL = "state in ('prepared', 'open', 'processing')"


class PaymentIntent(BuyerOwnedMixin, Base):
    """One attempt to pay for one reference. At most one is active, and at most one was ever captured."""

    __tablename__ = "payment_intents"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (
        Unique("id", "buyer_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("uq_payment_intents_active", "reference", unique=True, postgresql_where=text(ACTIVE_STATES_SQL)),
        Index("uq_payment_intents_captured", "reference", unique=True, postgresql_where=text("state = 'captured'")),
        Index("ix_payment_intents_created_at", "created_at"),
    )

    id: Mapped[PrimaryKey]
    payer_account_id: Mapped[UUID | None]
    reference: Mapped[str] = mapped_column(String(100))
    amount: Mapped[MinorUnits]
    currency: Mapped[CurrencyCode]
    state: Mapped[PaymentState] = mapped_column(default=PaymentState.PREPARED)
    description: Mapped[str] = mapped_column(String(300))
    return_url: Mapped[str] = mapped_column(String(500))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    gateway: Mapped[str] = mapped_column(String(40))
    gateway_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    pay_url: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[CreatedAt]
    checked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(100), default="")
    mismatch: Mapped[str] = mapped_column(Text, default="")

    @property
    def money(self) -> Money:
        """Return the amount that the buyer pays."""
        return Money(self.amount, self.currency)

    def transition(self, state: PaymentState, *, at: datetime) -> None:
        """Move to a later state. Moving backwards, or between final states, is a programming error."""
        if STATE_ORDER[state] <= STATE_ORDER[self.state]:
            raise ValueError(f"invalid transition from {self.state.value} to {state.value}")
        self.state = state
        if STATE_ORDER[state] >= STATE_ORDER[PaymentState.FAILED]:
            self.ended_at = at


class PaymentAllocation(BuyerMerchantSharedMixin, Base):
    """The part of a payment that belongs to one order. The database computes `refunded` from the refunds."""

    __tablename__ = "payment_allocations"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["intent_id", "buyer_id"], ["payment_intents.id", "payment_intents.buyer_id"]),
        Unique("intent_id", "reference"),
        Unique("id", "buyer_id", "merchant_id", "intent_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("refunded between 0 and amount", name="refunded"),
        Index("ix_payment_allocations_reference", "reference"),
    )

    id: Mapped[PrimaryKey]
    intent_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(100))
    amount: Mapped[MinorUnits]
    currency: Mapped[CurrencyCode]
    refunded: Mapped[MinorUnits] = mapped_column(default=0)
    released_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """Return the price of the order."""
        return Money(self.amount, self.currency)

    @property
    def refunded_money(self) -> Money:
        """Return the refunded amount."""
        return Money(self.refunded, self.currency)

    @property
    def refundable(self) -> Money:
        """Return the amount that can still be refunded."""
        return Money(self.amount - self.refunded, self.currency)


class Refund(BuyerMerchantSharedMixin, Base):
    """Money returned to the buyer: posted to the ledger first, then executed by the gateway."""

    __tablename__ = "payment_refunds"
    __ownership__ = RowOwnership.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(
            ["allocation_id", "buyer_id", "merchant_id", "intent_id"],
            [
                "payment_allocations.id",
                "payment_allocations.buyer_id",
                "payment_allocations.merchant_id",
                "payment_allocations.intent_id",
            ],
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_payment_refunds_allocation_id", "allocation_id"),
    )

    id: Mapped[PrimaryKey]
    allocation_id: Mapped[UUID]
    intent_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    amount: Mapped[MinorUnits]
    currency: Mapped[CurrencyCode]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[RefundState] = mapped_column(default=RefundState.PENDING)
    gateway_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
    completed_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """Return the refunded amount."""
        return Money(self.amount, self.currency)

    @property
    def ledger_reference(self) -> str:
        """Return the reference of this refund in the ledger."""
        return f"refund:{self.id}"


class GatewayOperation(Base):
    """A request to the gateway, committed before it is sent, with the key and the parameters that a retry repeats."""

    __tablename__ = "gateway_operations"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        Index("ix_gateway_operations_pending", "created_at", postgresql_where=text("state = 'pending'")),
        Index("ix_gateway_operations_intent_id", "intent_id"),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[OperationKind]
    key: Mapped[str] = mapped_column(String(100), unique=True)
    intent_id: Mapped[UUID] = mapped_column(ForeignKey("payment_intents.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_refunds.id"))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[OperationState] = mapped_column(default=OperationState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[CreatedAt]
    last_attempt_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")


class WebhookEvent(Base):
    """A webhook as it was received, under the gateway's own id: stored first, processed later."""

    __tablename__ = "payment_webhook_events"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        Index("ix_payment_webhook_events_unprocessed", "received_at", postgresql_where=text("processed_at is null")),
        Index("ix_payment_webhook_events_gateway_id", "gateway_id"),
    )

    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    gateway_id: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[CreatedAt]
    processed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
