"""Every question to the books."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from billing.ledger.models import Entry, LedgerAccount, Period, Posting
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


def period(name: str) -> Period | None:
    """A month of the books that somebody closed."""
    return db.session.scalars(select(Period).where(Period.name == name)).one_or_none()


def postings_of(entry_id: UUID) -> Select[Posting]:
    """The legs of one entry, debits first."""
    return select(Posting).where(Posting.entry_id == entry_id).order_by(Posting.side.desc(), Posting.id)


def balance(name: AccountName) -> Money:
    """What stands on an account, in its normal direction; nothing when it was never opened."""
    account = db.session.scalars(_named(name)).one_or_none()
    if account is None:
        return Money.zero(name.currency)
    if account.exact:
        db.session.refresh(account)
        return Money(account.balance, account.currency)
    return Money(
        int(db.session.scalar(select(moved()).where(Posting.account_id == account.id).join(LedgerAccount)) or 0), name.currency
    )


def moved() -> ColumnElement[int]:
    """The sum of postings in the direction in which their account grows; to be joined with accounts."""
    grows = case((LedgerAccount.kind.in_((AccountKind.ASSET, AccountKind.EXPENSE)), Side.DEBIT.value), else_=Side.CREDIT.value)
    return func.coalesce(func.sum(case((Posting.side == grows, Posting.amount), else_=-Posting.amount)), 0)
