"""Tables of the ledger.

Triggers in the database enforce its rules: balanced entries, balances, append-only tables (see the migration).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from billing.ledger.domain import AccountCode, AccountKind, EntryType, Side
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, PrimaryKey
from marketplace.kernel.money import Money
from marketplace.kernel.tenancy import RowOwnership


class StrictInteger(TypeDecorator[int]):
    """Minor units stored as numeric: a bigint column would silently round 10.5, this column rejects it with a check."""

    impl = Numeric
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Convert the whole number to an int."""
        return None if value is None else int(value)


class LedgerAccount(Base):
    """An account of the chart, of one currency.

    If `tracks_balance`, the balance is updated with every posting and is never negative unless `allow_negative`.
    """

    __tablename__ = "ledger_accounts"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        Unique(
            "code", "currency", "merchant_id", "reference", name="uq_ledger_accounts_name", postgresql_nulls_not_distinct=True
        ),
        Unique("id", "currency", name="uq_ledger_accounts_id_currency"),
        CheckConstraint("balance >= 0 or allow_negative", name="balance_not_negative"),
        CheckConstraint(
            "(merchant_id is null and reference = '') or (tracks_balance and not allow_negative)", name="owned_tracks_balance"
        ),
        Index("ix_ledger_accounts_merchant_id", "merchant_id"),
        Index("ix_ledger_accounts_reference", "reference"),
    )

    id: Mapped[PrimaryKey]
    code: Mapped[AccountCode]
    kind: Mapped[AccountKind]
    currency: Mapped[CurrencyCode]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    reference: Mapped[str] = mapped_column(String(100), default="")
    tracks_balance: Mapped[bool]
    allow_negative: Mapped[bool]
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[CreatedAt]


class Entry(Base):
    """One movement of money with its reason. Posting the same `event_key` again yields the same entry."""

    __tablename__ = "ledger_entries"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        Index("ix_ledger_entries_posted_at", "posted_at", "id"),
        Index("ix_ledger_entries_merchant_id_posted_at", "merchant_id", "posted_at"),
        Index("ix_ledger_entries_reference", "reference"),
    )

    id: Mapped[PrimaryKey]
    event_key: Mapped[str] = mapped_column(String(200), unique=True)
    event_type: Mapped[EntryType]
    occurred_at: Mapped[datetime]
    posted_at: Mapped[CreatedAt]
    actor: Mapped[UUID | None]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    reference: Mapped[str] = mapped_column(String(100), default="")
    reverses_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entries.id"))
    memo: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str] = mapped_column(String(64))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue(), deferred=True)


class Posting(Base):
    """One leg of an entry: a positive amount on one side of one account, in that account's currency."""

    __tablename__ = "ledger_postings"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("amount = trunc(amount) and amount < 9223372036854775807", name="amount_whole"),
        CheckConstraint("side in ('D', 'C')", name="side"),
        Index("ix_ledger_postings_entry_id", "entry_id"),
        Index("ix_ledger_postings_account_id", "account_id"),
        Index("ix_ledger_postings_merchant_id", "merchant_id"),
    )

    id: Mapped[PrimaryKey]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entries.id"))
    account_id: Mapped[UUID]
    side: Mapped[Side]
    amount: Mapped[int] = mapped_column(StrictInteger)
    currency: Mapped[CurrencyCode]
    merchant_id: Mapped[UUID | None]
    dimensions: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def money(self) -> Money:
        """Return the amount as Money."""
        return Money(self.amount, self.currency)


class Period(Base):
    """An accounting period. A closed one accepts no more entries; corrections are posted into the current one."""

    __tablename__ = "ledger_periods"
    __ownership__ = RowOwnership.PLATFORM
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="order"),)

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
