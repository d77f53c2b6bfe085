"""Queries of the console: accounts, entries, the trial balance and the aging of accounts in transit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from billing.ledger.domain import AccountCode, AccountKind, EntryType, Side
from billing.ledger.models import Entry, LedgerAccount, Period, Posting
from billing.ledger.queries.posting import posting_sum
from billing.search import EMPTY_SEARCH, LedgerSearch
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

AGE_LIMITS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
TRANSIT_CODES = (AccountCode.REFUND_IN_TRANSIT, AccountCode.ESCROW, AccountCode.PAYOUT_IN_TRANSIT, AccountCode.SUSPENSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalanceLine:
    """One code of the chart: the total of each side."""

    code: AccountCode
    kind: AccountKind
    accounts: int
    debit: Money
    credit: Money

    @property
    def balance(self) -> Money:
        """Return the balance in the normal direction of the account."""
        net_debit = self.debit - self.credit
        return net_debit if self.kind in (AccountKind.ASSET, AccountKind.EXPENSE) else -net_debit


def get_trial_balance(currency: str) -> Sequence[TrialBalanceLine]:
    """Return total debits and credits by code, in the order of the chart. One query."""
    debit = func.coalesce(func.sum(case((Posting.side == Side.DEBIT, Posting.amount))), 0)
    credit = func.coalesce(func.sum(case((Posting.side == Side.CREDIT, Posting.amount))), 0)
    stmt = (
        select(LedgerAccount.code, LedgerAccount.kind, func.count(LedgerAccount.id.distinct()), debit, credit)
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(LedgerAccount.currency == currency)
        .group_by(LedgerAccount.code, LedgerAccount.kind)
    )
    lines_by_code = {
        code: TrialBalanceLine(
            code=code,
            kind=kind,
            accounts=count,
            debit=Money(int(debit_total), currency),
            credit=Money(int(credit_total), currency),
        )
        for code, kind, count, debit_total, credit_total in db.session.execute(stmt)
    }
    return [lines_by_code[code] for code in AccountCode if code in lines_by_code]


def get_aging(currency: str, now: datetime) -> dict[AccountCode, list[Money]]:
    """Return the balances of accounts in transit by age: up to a day, a week, a month, and older."""
    age = now - LedgerAccount.opened_at
    bucket = case(*((age <= limit, index) for index, limit in enumerate(AGE_LIMITS)), else_=len(AGE_LIMITS))
    stmt = (
        select(LedgerAccount.code, bucket, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.code.in_(TRANSIT_CODES), LedgerAccount.currency == currency, LedgerAccount.balance != 0)
        .group_by(LedgerAccount.code, bucket)
    )
    amounts_by_code: dict[AccountCode, list[Money]] = {}
    for code, index, amount in db.session.execute(stmt):
        amounts_by_code.setdefault(code, [Money.zero(currency)] * (len(AGE_LIMITS) + 1))[index] = Money(int(amount), currency)
    return {code: amounts_by_code[code] for code in TRANSIT_CODES if code in amounts_by_code}


def select_accounts(
    *, code: AccountCode | None = None, search: LedgerSearch = EMPTY_SEARCH, nonzero_only: bool = False
) -> Select[LedgerAccount]:
    """Return the query for the accounts that match the filters, newest first."""
    stmt = select(LedgerAccount).order_by(LedgerAccount.opened_at.desc(), LedgerAccount.id.desc())
    if code is not None:
        stmt = stmt.where(LedgerAccount.code == code)
    if search:
        stmt = stmt.where(search.build_filter(LedgerAccount.reference, LedgerAccount.merchant_id))
    if nonzero_only:
        stmt = stmt.where((LedgerAccount.balance != 0) | ~LedgerAccount.tracks_balance)
    return stmt


def get_posting_sums(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the balances of accounts whose balance is not tracked, summed from their postings."""
    if not ids:
        return {}
    stmt = (
        select(LedgerAccount.id, posting_sum())
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(LedgerAccount.id.in_(ids))
        .group_by(LedgerAccount.id)
    )
    return {account_id: int(amount) for account_id, amount in db.session.execute(stmt)}


def get_account(account_id: UUID) -> LedgerAccount | None:
    """Return the account with this id, or None."""
    return db.session.scalars(select(LedgerAccount).where(LedgerAccount.id == account_id)).one_or_none()


def select_entries(
    *,
    entry_type: EntryType | None = None,
    search: LedgerSearch = EMPTY_SEARCH,
    since: datetime | None = None,
    until: datetime | None = None,
    account_id: UUID | None = None,
) -> Select[Entry, Any, Any]:
    """Return the query for (entry, amount, currency) rows that match the filters, newest first.

    The amount is the sum of the entry's debits.
    """
    size = select(func.sum(Posting.amount)).where(Posting.entry_id == Entry.id, Posting.side == Side.DEBIT)
    money = select(func.min(Posting.currency)).where(Posting.entry_id == Entry.id)
    stmt = select(Entry, size.scalar_subquery().label("size"), money.scalar_subquery().label("currency"))
    if entry_type is not None:
        stmt = stmt.where(Entry.event_type == entry_type)
    if search:
        stmt = stmt.where(search.build_filter(Entry.reference, Entry.merchant_id, Entry.event_key))
    if since is not None:
        stmt = stmt.where(Entry.posted_at >= since)
    if until is not None:
        stmt = stmt.where(Entry.posted_at < until)
    if account_id is not None:
        stmt = stmt.where(Entry.id.in_(select(Posting.entry_id).where(Posting.account_id == account_id)))
    return stmt.order_by(Entry.posted_at.desc(), Entry.id.desc())


def get_entry(entry_id: UUID) -> Entry | None:
    """Return the entry with this id, or None."""
    return db.session.scalars(select(Entry).where(Entry.id == entry_id)).one_or_none()


def get_postings_by_entry(entry_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Posting, LedgerAccount]]]:
    """Return the postings of several entries with their accounts, debits first. One query."""
    postings: dict[UUID, list[tuple[Posting, LedgerAccount]]] = {entry_id: [] for entry_id in entry_ids}
    if entry_ids:
        stmt = (
            select(Posting, LedgerAccount)
            .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
            .where(Posting.entry_id.in_(entry_ids))
            .order_by(Posting.side.desc(), Posting.id)
        )
        for posting, account in db.session.execute(stmt):
            postings[posting.entry_id].append((posting, account))
    return postings


def get_account_postings(account_id: UUID, entry_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """Return the postings of several entries on one account. One query."""
    postings: dict[UUID, list[Posting]] = {entry_id: [] for entry_id in entry_ids}
    if entry_ids:
        stmt = select(Posting).where(Posting.account_id == account_id, Posting.entry_id.in_(entry_ids)).order_by(Posting.id)
        for posting in db.session.scalars(stmt):
            postings[posting.entry_id].append(posting)
    return postings


def get_period(name: str) -> Period | None:
    """Return the closed month with this name, or None."""
    return db.session.scalars(select(Period).where(Period.name == name)).one_or_none()


def list_closed_periods(limit: int = 24) -> Sequence[Period]:
    """Return the closed months, newest first."""
    return db.session.scalars(select(Period).order_by(Period.starts_at.desc()).limit(limit)).all()


def list_entries_for(references: Sequence[str]) -> Sequence[Entry]:
    """Return the entries that concern one of these references, oldest first; at most two hundred."""
    stmt = select(Entry).where(Entry.reference.in_(references)).order_by(Entry.posted_at, Entry.id)
    return db.session.scalars(stmt.limit(200)).all()
