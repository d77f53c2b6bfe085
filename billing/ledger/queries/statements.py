"""Queries of a merchant's statement: balances, opening, lines and totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from billing.ledger.domain import AccountCode, AccountKind
from billing.ledger.models import Entry, LedgerAccount, Posting
from billing.ledger.queries.posting import signed_amount
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

ESCROW_CODES = (AccountCode.ESCROW,)
AVAILABLE_CODES = (AccountCode.MERCHANT_AVAILABLE, AccountCode.MERCHANT_RECEIVABLE)
STATEMENT_ACCOUNTS: dict[str, tuple[AccountCode, ...]] = {
    "all": ESCROW_CODES + AVAILABLE_CODES,
    "available": AVAILABLE_CODES,
    "held": ESCROW_CODES,
}
"""Account codes of the statements that a merchant can choose, by the value of the query argument."""


def get_current_balances(merchant_id: UUID, currency: str) -> dict[AccountCode, Money]:
    """Return the current balances of a merchant's accounts by code."""
    stmt = (
        select(LedgerAccount.code, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.merchant_id == merchant_id, LedgerAccount.currency == currency)
        .group_by(LedgerAccount.code)
    )
    return {code: Money(int(amount), currency) for code, amount in db.session.execute(stmt)}


def _merchant_delta() -> ColumnElement[int]:
    """Return the change of what the merchant owns; a receivable of the platform is the merchant's debt and counts as negative."""
    return func.coalesce(func.sum(case((LedgerAccount.kind == AccountKind.ASSET, -signed_amount()), else_=signed_amount())), 0)


def _postings_stmt(merchant_id: UUID, codes: Sequence[AccountCode], currency: str) -> Select[UUID, int]:
    return (
        select(Entry.id.label("entry_id"), _merchant_delta().label("change"))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(
            Entry.merchant_id == merchant_id,
            LedgerAccount.merchant_id == merchant_id,
            LedgerAccount.code.in_(codes),
            LedgerAccount.currency == currency,
        )
    )


def get_opening_balance(merchant_id: UUID, codes: Sequence[AccountCode], currency: str, moment: datetime) -> Money:
    """Return the balance at a moment: the opening of one statement, the closing of the one before."""
    stmt = _postings_stmt(merchant_id, codes, currency).with_only_columns(_merchant_delta()).where(Entry.posted_at < moment)
    return Money(int(db.session.scalar(stmt) or 0), currency)


def select_statement_lines(
    merchant_id: UUID, codes: Sequence[AccountCode], currency: str, since: datetime, until: datetime
) -> Select[Entry, Any, Any]:
    """Return the query for (entry, change, running sum) of the entries on these accounts in a range, oldest first."""
    changes = (
        _postings_stmt(merchant_id, codes, currency)
        .where(Entry.posted_at >= since, Entry.posted_at < until)
        .group_by(Entry.id)
        .subquery()
    )
    running = func.sum(changes.c.change).over(order_by=(Entry.posted_at, Entry.id))
    return (
        select(Entry, changes.c.change, running)
        .join(changes, changes.c.entry_id == Entry.id)
        .order_by(Entry.posted_at, Entry.id)
    )


def get_statement_totals(
    merchant_id: UUID, codes: Sequence[AccountCode], currency: str, since: datetime, until: datetime
) -> tuple[Money, Money]:
    """Return (total in, total out) of a range: the sum of positive changes, and that of negative ones."""
    changes = select_statement_lines(merchant_id, codes, currency, since, until).order_by(None).subquery()
    change = changes.c.change
    stmt = select(
        func.coalesce(func.sum(case((change > 0, change))), 0), func.coalesce(func.sum(case((change < 0, change))), 0)
    )
    total_in, total_out = db.session.execute(stmt).one()
    return Money(int(total_in), currency), Money(int(total_out), currency)


def get_first_entry_at(merchant_id: UUID) -> datetime | None:
    """Return the time of the merchant's first entry, or None."""
    return db.session.scalar(select(func.min(Entry.posted_at)).where(Entry.merchant_id == merchant_id))


def get_daily_totals(
    codes: Sequence[AccountCode], currency: str, since: datetime, *, zone: str, merchant_id: UUID | None = None
) -> dict[str, int]:
    """Return the change of these accounts by day (as text, in the given time zone), for charts."""
    day = func.to_char(func.timezone(zone, Entry.posted_at), "YYYY-MM-DD")
    daily_change = case((LedgerAccount.kind == AccountKind.EXPENSE, -signed_amount()), else_=signed_amount())
    stmt = (
        select(day, func.sum(daily_change))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.code.in_(codes), LedgerAccount.currency == currency, Entry.posted_at >= since)
        .group_by(day)
    )
    if merchant_id is not None:
        stmt = stmt.where(Entry.merchant_id == merchant_id)
    return {date_text: int(amount) for date_text, amount in db.session.execute(stmt)}
