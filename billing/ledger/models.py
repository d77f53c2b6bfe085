"""The tables of the books. The database keeps their law: triggers balance, count and refuse (see the migration)."""

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

from billing.ledger.rules import AccountKind, Code, EntryType, Side
from marketplace.kernel.db import Base, created, currency, pk
from marketplace.kernel.money import Money
from marketplace.kernel.rows import DataClass


class WholeUnits(TypeDecorator[int]):
    """Minor units that the database compares as written: a bigint would quietly round 10.5, this column refuses it."""

    impl = Numeric
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Whole numbers come back as integers."""
        return None if value is None else int(value)


class LedgerAccount(Base):
    """One account. `exact`: its balance is kept with every posting and never falls below zero unless debt is allowed."""

    __tablename__ = "ledger_accounts"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        Unique(
            "code", "currency", "merchant_id", "reference", name="uq_ledger_accounts_name", postgresql_nulls_not_distinct=True
        ),
        Unique("id", "currency", name="uq_ledger_accounts_id_currency"),
        CheckConstraint("balance >= 0 or allow_negative", name="balance_not_negative"),
        CheckConstraint("(merchant_id is null and reference = '') or (exact and not allow_negative)", name="owned_is_exact"),
        Index("ix_ledger_accounts_merchant_id", "merchant_id"),
        Index("ix_ledger_accounts_reference", "reference"),
    )

    id: Mapped[pk]
    code: Mapped[Code]
    kind: Mapped[AccountKind]
    currency: Mapped[currency]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    reference: Mapped[str] = mapped_column(String(100), default="")
    exact: Mapped[bool]
    allow_negative: Mapped[bool]
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[created]


class Entry(Base):
    """One movement of money with its reason. The same `event_key` twice is the same entry."""

    __tablename__ = "ledger_entries"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        Index("ix_ledger_entries_posted_at", "posted_at", "id"),
        Index("ix_ledger_entries_merchant_id_posted_at", "merchant_id", "posted_at"),
        Index("ix_ledger_entries_reference", "reference"),
    )

    id: Mapped[pk]
    event_key: Mapped[str] = mapped_column(String(200), unique=True)
    event_type: Mapped[EntryType]
    occurred_at: Mapped[datetime]
    posted_at: Mapped[created]
    actor: Mapped[UUID | None]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    reference: Mapped[str] = mapped_column(String(100), default="")
    reverses_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entries.id"))
    memo: Mapped[str] = mapped_column(Text, default="")
    fingerprint: Mapped[str] = mapped_column(String(64))
    written_in: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue(), deferred=True)


class Posting(Base):
    """One leg of an entry: an amount above zero on one side of one account, in that account's currency."""

    __tablename__ = "ledger_postings"
    __data__ = DataClass.PLATFORM
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("amount = trunc(amount) and amount < 9223372036854775807", name="amount_whole"),
        CheckConstraint("side in ('D', 'C')", name="side"),
        Index("ix_ledger_postings_entry_id", "entry_id"),
        Index("ix_ledger_postings_account_id", "account_id"),
        Index("ix_ledger_postings_merchant_id", "merchant_id"),
    )

    id: Mapped[pk]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entries.id"))
    account_id: Mapped[UUID]
    side: Mapped[Side]
    amount: Mapped[int] = mapped_column(WholeUnits)
    currency: Mapped[currency]
    merchant_id: Mapped[UUID | None]
    dims: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def money(self) -> Money:
        """The amount as a value."""
        return Money(self.amount, self.currency)


class Period(Base):
    """A span of the books; a closed one takes no more entries. Corrections go to the present one."""

    __tablename__ = "ledger_periods"
    __data__ = DataClass.PLATFORM
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="order"),)

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
