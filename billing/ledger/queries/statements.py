"""What a merchant asks: what it has, what is held for it, and how that came about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from billing.ledger.models import Entry, LedgerAccount, Posting
from billing.ledger.queries.posting import signed
from billing.ledger.rules import AccountKind, Code
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

HELD = (Code.ESCROW,)
AVAILABLE = (Code.MERCHANT_AVAILABLE, Code.MERCHANT_RECEIVABLE)
OWN: dict[str, tuple[Code, ...]] = {"all": HELD + AVAILABLE, "available": AVAILABLE, "held": HELD}
"""The accounts of which a merchant can ask a statement."""


def standing(merchant_id: UUID, currency: str) -> dict[Code, Money]:
    """What stands on a merchant's accounts now, by code."""
    wanted = (
        select(LedgerAccount.code, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.merchant_id == merchant_id, LedgerAccount.currency == currency)
        .group_by(LedgerAccount.code)
    )
    return {code: Money(int(amount), currency) for code, amount in db.session.execute(wanted)}


def _gained() -> ColumnElement[int]:
    """What a posting adds to what the merchant owns: its debts count against it."""
    return func.coalesce(func.sum(case((LedgerAccount.kind == AccountKind.ASSET, -signed()), else_=signed())), 0)


def _postings(merchant_id: UUID, codes: Sequence[Code], currency: str) -> Select[UUID, int]:
    return (
        select(Entry.id.label("entry_id"), _gained().label("change"))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(
            Entry.merchant_id == merchant_id,
            LedgerAccount.merchant_id == merchant_id,
            LedgerAccount.code.in_(codes),
            LedgerAccount.currency == currency,
        )
    )


def before(merchant_id: UUID, codes: Sequence[Code], currency: str, moment: datetime) -> Money:
    """What stood there at a moment: the opening of one statement and the closing of the one before."""
    wanted = _postings(merchant_id, codes, currency).with_only_columns(_gained()).where(Entry.posted_at < moment)
    return Money(int(db.session.scalar(wanted) or 0), currency)


def lines(merchant_id: UUID, codes: Sequence[Code], currency: str, since: datetime, until: datetime) -> Select[Entry, Any, Any]:
    """Every entry that touched these accounts in a span: (entry, change, sum of changes since the opening), oldest first."""
    moved = (
        _postings(merchant_id, codes, currency)
        .where(Entry.posted_at >= since, Entry.posted_at < until)
        .group_by(Entry.id)
        .subquery()
    )
    running = func.sum(moved.c.change).over(order_by=(Entry.posted_at, Entry.id))
    return select(Entry, moved.c.change, running).join(moved, moved.c.entry_id == Entry.id).order_by(Entry.posted_at, Entry.id)


def totals(merchant_id: UUID, codes: Sequence[Code], currency: str, since: datetime, until: datetime) -> tuple[Money, Money]:
    """(in, out) of a span: the sum of entries that added, and of those that took away (below zero)."""
    moved = lines(merchant_id, codes, currency, since, until).order_by(None).subquery()
    change = moved.c.change
    wanted = select(
        func.coalesce(func.sum(case((change > 0, change))), 0), func.coalesce(func.sum(case((change < 0, change))), 0)
    )
    gained, lost = db.session.execute(wanted).one()
    return Money(int(gained), currency), Money(int(lost), currency)


def first_entry_at(merchant_id: UUID) -> datetime | None:
    """When this merchant's books began."""
    return db.session.scalar(select(func.min(Entry.posted_at)).where(Entry.merchant_id == merchant_id))


def daily(
    codes: Sequence[Code], currency: str, since: datetime, *, zone: str, merchant_id: UUID | None = None
) -> dict[str, int]:
    """What was added to these accounts by day (as text, in the market's time zone): for charts."""
    day = func.to_char(func.timezone(zone, Entry.posted_at), "YYYY-MM-DD")
    grown = case((LedgerAccount.kind == AccountKind.EXPENSE, -signed()), else_=signed())
    wanted = (
        select(day, func.sum(grown))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.code.in_(codes), LedgerAccount.currency == currency, Entry.posted_at >= since)
        .group_by(day)
    )
    if merchant_id is not None:
        wanted = wanted.where(Entry.merchant_id == merchant_id)
    return {word: int(amount) for word, amount in db.session.execute(wanted)}
