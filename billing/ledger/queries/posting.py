"""What posting asks: whether a reason is known, where an account stands, what is on it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from billing.ledger.models import Entry, LedgerAccount, Posting
from billing.ledger.rules import AccountKind, AccountName, Side
from marketplace.kernel.db import db
from marketplace.kernel.money import Money


def entry_by_key(event_key: str) -> Entry | None:
    """The entry of this reason."""
    return db.session.scalars(select(Entry).where(Entry.event_key == event_key)).one_or_none()


def account_id(name: AccountName) -> UUID | None:
    """Where the account of this name stands."""
    return db.session.scalar(_named(name).with_only_columns(LedgerAccount.id))


def _named(name: AccountName) -> Select[LedgerAccount]:
    return select(LedgerAccount).where(
        LedgerAccount.code == name.code,
        LedgerAccount.currency == name.currency,
        LedgerAccount.merchant_id.is_not_distinct_from(name.merchant_id),
        LedgerAccount.reference == name.reference,
    )


def balance(name: AccountName) -> Money:
    """What stands on an account, in its normal direction; nothing when it was never opened."""
    found = db.session.scalars(_named(name).execution_options(populate_existing=True)).one_or_none()
    if found is None:
        return Money.zero(name.currency)
    if found.exact:
        return Money(found.balance, found.currency)
    summed = select(moved()).join(LedgerAccount, LedgerAccount.id == Posting.account_id).where(Posting.account_id == found.id)
    return Money(int(db.session.scalar(summed) or 0), name.currency)


def moved() -> ColumnElement[int]:
    """The sum of postings in the direction in which their account grows; to be joined with accounts."""
    return func.coalesce(func.sum(signed()), 0)


def signed() -> ColumnElement[int]:
    """One posting in the direction in which its account grows; to be joined with accounts."""
    grows = case((LedgerAccount.kind.in_((AccountKind.ASSET, AccountKind.EXPENSE)), Side.DEBIT.value), else_=Side.CREDIT.value)
    return case((Posting.side == grows, Posting.amount), else_=-Posting.amount)
