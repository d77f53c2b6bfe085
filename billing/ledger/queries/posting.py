"""Queries of posting: entries by key, accounts by name, balances."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from billing.ledger.domain import AccountKind, AccountName, Side
from billing.ledger.models import Entry, LedgerAccount, Posting
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def get_entry_by_key(event_key: str) -> Entry | None:
    """Return the entry with this event key, or None."""
    return db.session.scalars(select(Entry).where(Entry.event_key == event_key)).one_or_none()


def get_account_id(name: AccountName) -> UUID | None:
    """Return the id of the account with this name, or None."""
    return db.session.scalar(_account_stmt(name).with_only_columns(LedgerAccount.id))


def _account_stmt(name: AccountName) -> Select[LedgerAccount]:
    return select(LedgerAccount).where(
        LedgerAccount.code == name.code,
        LedgerAccount.currency == name.currency,
        LedgerAccount.merchant_id.is_not_distinct_from(name.merchant_id),
        LedgerAccount.reference == name.reference,
    )


def get_balance(name: AccountName) -> Money:
    """Return the balance of an account in its normal direction; zero if it does not exist."""
    account = db.session.scalars(_account_stmt(name).execution_options(populate_existing=True)).one_or_none()
    if account is None:
        return Money.zero(name.currency)
    if account.tracks_balance:
        return Money(account.balance, account.currency)
    stmt = (
        select(posting_sum())
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(Posting.account_id == account.id)
    )
    return Money(int(db.session.scalar(stmt) or 0), name.currency)


def posting_sum() -> ColumnElement[int]:
    """Return the sum of postings in the normal direction of their account; to be joined with accounts."""
    return func.coalesce(func.sum(signed_amount()), 0)


def signed_amount() -> ColumnElement[int]:
    """Return the amount of a posting in the normal direction of its account; to be joined with accounts."""
    normal_side = case(
        (LedgerAccount.kind.in_((AccountKind.ASSET, AccountKind.EXPENSE)), Side.DEBIT.value), else_=Side.CREDIT.value
    )
    return case((Posting.side == normal_side, Posting.amount), else_=-Posting.amount)
