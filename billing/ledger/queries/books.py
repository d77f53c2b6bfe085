"""What the console asks: accounts, entries, whether everything is balanced, and what has stood too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from billing.ledger.models import Entry, LedgerAccount, Period, Posting
from billing.ledger.queries.posting import moved
from billing.ledger.rules import AccountKind, Code, EntryType, Side
from billing.seeking import NOTHING, Sought
from marketplace.kernel.db import db
from marketplace.kernel.money import Money

AGES = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
PASSING = (Code.REFUND_IN_TRANSIT, Code.ESCROW, Code.PAYOUT_IN_TRANSIT, Code.SUSPENSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """One code of the chart: everything that was ever posted on each side, and what stands now."""

    code: Code
    kind: AccountKind
    accounts: int
    debit: Money
    credit: Money

    @property
    def balance(self) -> Money:
        """In the direction in which the account grows."""
        grows = self.debit - self.credit
        return grows if self.kind in (AccountKind.ASSET, AccountKind.EXPENSE) else -grows


def trial_balance(currency: str) -> Sequence[TrialLine]:
    """Debits and credits by code, in the order of the chart. One statement."""
    debit = func.coalesce(func.sum(case((Posting.side == Side.DEBIT, Posting.amount))), 0)
    credit = func.coalesce(func.sum(case((Posting.side == Side.CREDIT, Posting.amount))), 0)
    wanted = (
        select(LedgerAccount.code, LedgerAccount.kind, func.count(LedgerAccount.id.distinct()), debit, credit)
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(LedgerAccount.currency == currency)
        .group_by(LedgerAccount.code, LedgerAccount.kind)
    )
    found = {
        code: TrialLine(
            code=code, kind=kind, accounts=count, debit=Money(int(left), currency), credit=Money(int(right), currency)
        )
        for code, kind, count, left, right in db.session.execute(wanted)
    }
    return [found[code] for code in Code if code in found]


def ageing(currency: str, now: datetime) -> dict[Code, list[Money]]:
    """What passes through and still stands there, by age: up to a day, a week, a month, and older."""
    age = now - LedgerAccount.opened_at
    bucket = case(*((age <= limit, number) for number, limit in enumerate(AGES)), else_=len(AGES))
    wanted = (
        select(LedgerAccount.code, bucket, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.code.in_(PASSING), LedgerAccount.currency == currency, LedgerAccount.balance != 0)
        .group_by(LedgerAccount.code, bucket)
    )
    found: dict[Code, list[Money]] = {}
    for code, number, amount in db.session.execute(wanted):
        found.setdefault(code, [Money.zero(currency)] * (len(AGES) + 1))[number] = Money(int(amount), currency)
    return {code: found[code] for code in PASSING if code in found}


def accounts(*, code: Code | None = None, find: Sought = NOTHING, standing_only: bool = False) -> Select[LedgerAccount]:
    """Accounts, the newest first."""
    wanted = select(LedgerAccount).order_by(LedgerAccount.opened_at.desc(), LedgerAccount.id.desc())
    if code is not None:
        wanted = wanted.where(LedgerAccount.code == code)
    if find:
        wanted = wanted.where(find.within(LedgerAccount.reference, LedgerAccount.merchant_id))
    if standing_only:
        wanted = wanted.where((LedgerAccount.balance != 0) | ~LedgerAccount.exact)
    return wanted


def sums_by_account(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Balances of accounts that are summed when asked."""
    if not ids:
        return {}
    wanted = (
        select(LedgerAccount.id, moved())
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .where(LedgerAccount.id.in_(ids))
        .group_by(LedgerAccount.id)
    )
    return {account_id: int(amount) for account_id, amount in db.session.execute(wanted)}


def account(account_id: UUID) -> LedgerAccount | None:
    """One account."""
    return db.session.scalars(select(LedgerAccount).where(LedgerAccount.id == account_id)).one_or_none()


def entries(
    *,
    kind: EntryType | None = None,
    find: Sought = NOTHING,
    since: datetime | None = None,
    until: datetime | None = None,
    account_id: UUID | None = None,
) -> Select[Entry, Any, Any]:
    """Entries with what they moved in all (the sum of one side), newest first."""
    size = select(func.sum(Posting.amount)).where(Posting.entry_id == Entry.id, Posting.side == Side.DEBIT)
    money = select(func.min(Posting.currency)).where(Posting.entry_id == Entry.id)
    wanted = select(Entry, size.scalar_subquery().label("size"), money.scalar_subquery().label("currency"))
    if kind is not None:
        wanted = wanted.where(Entry.event_type == kind)
    if find:
        wanted = wanted.where(find.within(Entry.reference, Entry.merchant_id, Entry.event_key))
    if since is not None:
        wanted = wanted.where(Entry.posted_at >= since)
    if until is not None:
        wanted = wanted.where(Entry.posted_at < until)
    if account_id is not None:
        wanted = wanted.where(Entry.id.in_(select(Posting.entry_id).where(Posting.account_id == account_id)))
    return wanted.order_by(Entry.posted_at.desc(), Entry.id.desc())


def entry(entry_id: UUID) -> Entry | None:
    """One entry."""
    return db.session.scalars(select(Entry).where(Entry.id == entry_id)).one_or_none()


def legs_of(entry_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Posting, LedgerAccount]]]:
    """The legs of several entries with their accounts, debits first. One statement."""
    found: dict[UUID, list[tuple[Posting, LedgerAccount]]] = {entry_id: [] for entry_id in entry_ids}
    if entry_ids:
        wanted = (
            select(Posting, LedgerAccount)
            .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
            .where(Posting.entry_id.in_(entry_ids))
            .order_by(Posting.side.desc(), Posting.id)
        )
        for posting, where in db.session.execute(wanted):
            found[posting.entry_id].append((posting, where))
    return found


def postings_on(account_id: UUID, entry_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """What several entries moved on one account. One statement."""
    found: dict[UUID, list[Posting]] = {entry_id: [] for entry_id in entry_ids}
    if entry_ids:
        wanted = select(Posting).where(Posting.account_id == account_id, Posting.entry_id.in_(entry_ids)).order_by(Posting.id)
        for posting in db.session.scalars(wanted):
            found[posting.entry_id].append(posting)
    return found


def period(name: str) -> Period | None:
    """A month of the books that somebody closed."""
    return db.session.scalars(select(Period).where(Period.name == name)).one_or_none()


def closed_periods(limit: int = 24) -> Sequence[Period]:
    """The months that are closed, newest first."""
    return db.session.scalars(select(Period).order_by(Period.starts_at.desc()).limit(limit)).all()


def entries_about(references: Sequence[str]) -> Sequence[Entry]:
    """Entries that concern one of these references, oldest first; two hundred at most."""
    wanted = select(Entry).where(Entry.reference.in_(references)).order_by(Entry.posted_at, Entry.id)
    return db.session.scalars(wanted.limit(200)).all()
