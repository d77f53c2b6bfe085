"""What can be done with the books: post an entry, hold an account, close a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from billing.ledger import queries, rules
from billing.ledger.errors import AlreadyClosed, PeriodNotOver, SaidDifferently, Unbalanced
from billing.ledger.models import Entry, LedgerAccount, Period, Posting
from billing.ledger.rules import CHART, AccountName, EntryType, Leg, Subject
from marketplace.kernel import audit, clock, rows
from marketplace.kernel.db import db
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from tenants.scope import Purpose, working_on

PERIODS = text("select pg_advisory_xact_lock(7452101)")


def post(
    *,
    because: str,
    what: EntryType,
    about: Subject,
    legs: Sequence[Leg],
    reverses: UUID | None = None,
    memo: str = "",
) -> Entry:
    """Move money once. `because` is the reason's unique key: the same reason with the same content is the same entry.

    Amounts are Money above or equal to zero (zero legs are left out). Raises SaidDifferently when the reason was posted
    with other content, Unbalanced when the legs are no entry. The database checks all of it again when it commits.
    """
    moved = rules.moving(legs)
    trouble = rules.complaint(moved)
    if trouble:
        raise Unbalanced(f"{because}: {trouble}")
    mark = rules.fingerprint(what, about, moved)
    with working_on(Purpose.SETTLEMENT):
        known = queries.entry_by_key(because)
        if known is None and _begin(because, what, about, mark, reverses=reverses, memo=memo):
            known = queries.entry_by_key(because)
            if known is None:
                raise LookupError(because)
            _write_legs(known.id, moved)
            return known
        known = known or queries.entry_by_key(because)
    if known is None or known.fingerprint != mark:
        raise SaidDifferently
    return known


def _begin(because: str, what: EntryType, about: Subject, mark: str, **more: Any) -> bool:
    """Write the entry's head unless its reason is known. Waits for another transaction with the same reason."""
    head = {
        "id": uuid7(),
        "event_key": because,
        "event_type": what,
        "occurred_at": clock.now(),
        "posted_at": clock.now(),
        "actor": rows.current().account,
        "merchant_id": about.merchant_id,
        "reference": about.reference,
        "reverses_entry_id": more["reverses"],
        "memo": more["memo"],
        "fingerprint": mark,
    }
    written = db.session.execute(
        upsert(Entry).values(head).on_conflict_do_nothing(index_elements=["event_key"]).returning(Entry.id)
    )
    return written.first() is not None


def _write_legs(entry_id: UUID, legs: Sequence[Leg]) -> None:
    accounts = {name: _open(name) for name in {leg.account for leg in legs}}
    db.session.execute(
        insert(Posting),
        [
            {
                "id": uuid7(),
                "entry_id": entry_id,
                "account_id": accounts[leg.account],
                "side": leg.side,
                "amount": leg.amount.minor,
                "currency": leg.amount.currency,
                "dims": {},
            }
            for leg in legs
        ],
    )


def _open(name: AccountName) -> UUID:
    """The account of this name, opened when it is first used."""
    known = queries.account_id(name)
    if known is not None:
        return known
    shape = CHART[name.code]
    row = {
        "id": uuid7(),
        "code": name.code,
        "kind": shape.kind,
        "currency": name.currency,
        "merchant_id": name.merchant_id,
        "reference": name.reference,
        "exact": shape.exact,
        "allow_negative": not shape.exact,
        "opened_at": clock.now(),
    }
    db.session.execute(upsert(LedgerAccount).values(row).on_conflict_do_nothing(constraint="uq_ledger_accounts_name"))
    opened = queries.account_id(name)
    if opened is None:
        raise LookupError(name)
    return opened


def hold(*, name: AccountName) -> Money:
    """The account's exact balance, locked until the transaction ends: for deciding which account pays."""
    with working_on(Purpose.SETTLEMENT):
        account_id = _open(name)
        held = db.session.scalar(text("select ledger_hold(:id)"), {"id": account_id})
    return Money(int(held or 0), name.currency)


def close_period(*, name: str, starts_at: datetime, ends_at: datetime) -> Period:
    """Close a month that is over: nothing can be posted into it any more. Raises PeriodNotOver, AlreadyClosed."""
    if ends_at > clock.now():
        raise PeriodNotOver
    db.session.execute(PERIODS)
    if queries.period(name) is not None:
        raise AlreadyClosed
    closed = Period(name=name, starts_at=starts_at, ends_at=ends_at, closed_at=clock.now(), closed_by=rows.current().account)
    db.session.add(closed)
    audit.record("ledger.period_closed", subject=("period", None), after={"period": name})
    db.session.flush()
    return closed
