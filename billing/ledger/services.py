"""Operations on the ledger: post an entry, lock a balance, close a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from billing.ledger import domain, queries
from billing.ledger.domain import CHART_OF_ACCOUNTS, AccountName, EntrySubject, EntryType, Leg
from billing.ledger.errors import EntryConflict, PeriodAlreadyClosed, PeriodStillOpen, UnbalancedEntry
from billing.ledger.models import Entry, LedgerAccount, Period, Posting
from marketplace.kernel import audit, clock, tenancy
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.isolation import AccessPurpose, with_purpose

LOCK_PERIODS = text("select pg_advisory_xact_lock(7452101)")


def post_entry(
    *,
    event_key: str,
    entry_type: EntryType,
    subject: EntrySubject,
    legs: Sequence[Leg],
    reverses: UUID | None = None,
    memo: str = "",
) -> Entry:
    """Post an entry once. Repeating the call with the same key and content returns the same entry.

    The database validates all of it again when the transaction commits.

    Args:
        event_key: The unique key of the business event.
        entry_type: The reason of the entry.
        subject: The merchant and the reference that the entry concerns.
        legs: Debits and credits with amounts of zero or more; legs of zero are dropped.
        reverses: The entry that this one reverses.
        memo: A note or a reason code, shown on the statement.

    Raises:
        EntryConflict: If the key was posted before with other content.
        UnbalancedEntry: If the legs are not a valid entry.
    """
    nonzero = domain.nonzero_legs(legs)
    error = domain.entry_error(nonzero)
    if error:
        raise UnbalancedEntry(f"{event_key}: {error}")
    fingerprint = domain.fingerprint(entry_type, subject, nonzero)
    with with_purpose(AccessPurpose.SETTLEMENT):
        entry = queries.get_entry_by_key(event_key)
        if entry is None and _insert_entry(event_key, entry_type, subject, fingerprint, reverses=reverses, memo=memo):
            entry = queries.get_entry_by_key(event_key)
            if entry is None:
                raise LookupError(event_key)
            _insert_postings(entry.id, nonzero)
            return entry
        entry = entry or queries.get_entry_by_key(event_key)
    if entry is None or entry.fingerprint != fingerprint:
        raise EntryConflict
    return entry


def _insert_entry(event_key: str, entry_type: EntryType, subject: EntrySubject, fingerprint: str, **options: Any) -> bool:
    """Insert the entry unless its key exists; return whether it was inserted.

    Waits for a concurrent transaction that inserts the same key.
    """
    values = {
        "id": uuid7(),
        "event_key": event_key,
        "event_type": entry_type,
        "occurred_at": clock.now(),
        "posted_at": clock.now(),
        "actor": tenancy.get_context().account,
        "merchant_id": subject.merchant_id,
        "reference": subject.reference,
        "reverses_entry_id": options["reverses"],
        "memo": options["memo"],
        "fingerprint": fingerprint,
    }
    result = db.session.execute(
        upsert(Entry).values(values).on_conflict_do_nothing(index_elements=["event_key"]).returning(Entry.id)
    )
    return result.first() is not None


def _insert_postings(entry_id: UUID, legs: Sequence[Leg]) -> None:
    account_ids = {name: _get_or_create_account(name) for name in {leg.account for leg in legs}}
    db.session.execute(
        insert(Posting),
        [
            {
                "id": uuid7(),
                "entry_id": entry_id,
                "account_id": account_ids[leg.account],
                "side": leg.side,
                "amount": leg.amount.minor,
                "currency": leg.amount.currency,
                "dimensions": {},
            }
            for leg in legs
        ],
    )


def _get_or_create_account(name: AccountName) -> UUID:
    """Return the id of the account with this name. Accounts are created when they are first used."""
    existing_id = queries.get_account_id(name)
    if existing_id is not None:
        return existing_id
    spec = CHART_OF_ACCOUNTS[name.code]
    values = {
        "id": uuid7(),
        "code": name.code,
        "kind": spec.kind,
        "currency": name.currency,
        "merchant_id": name.merchant_id,
        "reference": name.reference,
        "tracks_balance": spec.tracks_balance,
        "allow_negative": not spec.tracks_balance,
        "opened_at": clock.now(),
    }
    db.session.execute(upsert(LedgerAccount).values(values).on_conflict_do_nothing(constraint="uq_ledger_accounts_name"))
    account_id = queries.get_account_id(name)
    if account_id is None:
        raise LookupError(name)
    return account_id


def lock_balance(*, name: AccountName) -> Money:
    """Return the account's exact balance and lock it until the transaction ends, to decide from which account money is taken."""
    with with_purpose(AccessPurpose.SETTLEMENT):
        account_id = _get_or_create_account(name)
        balance = db.session.scalar(text("select ledger_lock_balance(:id)"), {"id": account_id})
    return Money(int(balance or 0), name.currency)


def close_period(*, name: str, starts_at: datetime, ends_at: datetime) -> Period:
    """Close a month that is over: nothing can be posted into it any more.

    Raises:
        PeriodStillOpen: If the month is not over.
        PeriodAlreadyClosed: If the month was closed before.
    """
    if ends_at > clock.now():
        raise PeriodStillOpen
    db.session.execute(LOCK_PERIODS)
    if queries.get_period(name) is not None:
        raise PeriodAlreadyClosed
    period = Period(
        name=name, starts_at=starts_at, ends_at=ends_at, closed_at=clock.now(), closed_by=tenancy.get_context().account
    )
    db.session.add(period)
    audit.record("ledger.period_closed", subject=("period", None), after={"period": name})
    db.session.flush()
    return period
