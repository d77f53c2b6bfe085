"""Payments, their parts, what is asked of the gateway, what it writes, and what is sent back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from billing.payments.rules import RANK, OperationKind, OperationState, RefundState, State
from marketplace.kernel.db import Base, created, currency, minor, pk
from marketplace.kernel.money import Money
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByBuyer, SharedByParties

ONE_LIVE = "state in ('prepared', 'open', 'processing')"


class Intent(OwnedByBuyer, Base):
    """One attempt to pay for one reference. At most one is live, and at most one was ever captured."""

    __tablename__ = "payment_intents"
    __data__ = DataClass.BUYER
    __table_args__ = (
        Unique("id", "buyer_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("uq_payment_intents_live", "reference", unique=True, postgresql_where=text(ONE_LIVE)),
        Index("uq_payment_intents_captured", "reference", unique=True, postgresql_where=text("state = 'captured'")),
        Index("ix_payment_intents_created_at", "created_at"),
    )

    id: Mapped[pk]
    payer_account_id: Mapped[UUID | None]
    reference: Mapped[str] = mapped_column(String(100))
    amount: Mapped[minor]
    currency: Mapped[currency]
    state: Mapped[State] = mapped_column(default=State.PREPARED)
    description: Mapped[str] = mapped_column(String(300))
    return_url: Mapped[str] = mapped_column(String(500))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    gateway: Mapped[str] = mapped_column(String(40))
    gateway_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    pay_url: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[created]
    checked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(100), default="")
    oddity: Mapped[str] = mapped_column(Text, default="")

    @property
    def money(self) -> Money:
        """What the buyer pays."""
        return Money(self.amount, self.currency)

    def move(self, state: State, *, at: datetime) -> None:
        """Go forward. A step back, or sideways between ends, is a mistake of the program."""
        if RANK[state] <= RANK[self.state]:
            raise ValueError(f"a payment does not go from {self.state.value} to {state.value}")
        self.state = state
        if RANK[state] >= RANK[State.FAILED]:
            self.ended_at = at


class Allocation(SharedByParties, Base):
    """What one order takes of a payment. `refunded` is counted by the database from the refunds."""

    __tablename__ = "payment_allocations"
    __data__ = DataClass.PARTIES
    __table_args__ = (
        ForeignKeyConstraint(["intent_id", "buyer_id"], ["payment_intents.id", "payment_intents.buyer_id"]),
        Unique("intent_id", "reference"),
        Unique("id", "buyer_id", "merchant_id", "intent_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("refunded between 0 and amount", name="refunded"),
        Index("ix_payment_allocations_reference", "reference"),
    )

    id: Mapped[pk]
    intent_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(100))
    amount: Mapped[minor]
    currency: Mapped[currency]
    refunded: Mapped[minor] = mapped_column(default=0)
    released_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """What the order cost."""
        return Money(self.amount, self.currency)

    @property
    def money_back(self) -> Money:
        """What was refunded of it."""
        return Money(self.refunded, self.currency)

    @property
    def left(self) -> Money:
        """What can still be refunded."""
        return Money(self.amount - self.refunded, self.currency)


class Refund(SharedByParties, Base):
    """Money that goes back to the buyer: in the books first, then sent by the gateway."""

    __tablename__ = "payment_refunds"
    __data__ = DataClass.PARTIES
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

    id: Mapped[pk]
    allocation_id: Mapped[UUID]
    intent_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    amount: Mapped[minor]
    currency: Mapped[currency]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[RefundState] = mapped_column(default=RefundState.PENDING)
    gateway_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[created]
    done_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)

    @property
    def word(self) -> str:
        """This refund as a reference of the books."""
        return f"refund:{self.id}"


class Operation(Base):
    """Something asked of the gateway: committed before the call, with the key and the words that a retry repeats."""

    __tablename__ = "gateway_operations"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        Index("ix_gateway_operations_pending", "created_at", postgresql_where=text("state = 'pending'")),
        Index("ix_gateway_operations_intent_id", "intent_id"),
    )

    id: Mapped[pk]
    kind: Mapped[OperationKind]
    key: Mapped[str] = mapped_column(String(100), unique=True)
    intent_id: Mapped[UUID] = mapped_column(ForeignKey("payment_intents.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_refunds.id"))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[OperationState] = mapped_column(default=OperationState.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[created]
    tried_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(Text, default="")


class GatewayLetter(Base):
    """A notification as it came, under the gateway's own id: stored first, handled after."""

    __tablename__ = "gateway_letters"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        Index("ix_gateway_letters_waiting", "received_at", postgresql_where=text("handled_at is null")),
        Index("ix_gateway_letters_gateway_id", "gateway_id"),
    )

    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    gateway_id: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[created]
    handled_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(Text, default="")
