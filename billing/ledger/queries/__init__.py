"""Every question to the books: while posting, for the console, for a merchant's statement."""

from billing.ledger.queries.books import (
    account,
    accounts,
    ageing,
    closed_periods,
    entries,
    entries_about,
    entry,
    legs_of,
    period,
    postings_on,
    sums_by_account,
    trial_balance,
)
from billing.ledger.queries.posting import account_id, balance, entry_by_key, moved
from billing.ledger.queries.statements import OWN, before, daily, first_entry_at, lines, standing, totals

__all__ = [
    "OWN",
    "account",
    "account_id",
    "accounts",
    "ageing",
    "balance",
    "before",
    "closed_periods",
    "daily",
    "entries",
    "entries_about",
    "entry",
    "entry_by_key",
    "first_entry_at",
    "legs_of",
    "lines",
    "moved",
    "period",
    "postings_on",
    "standing",
    "sums_by_account",
    "totals",
    "trial_balance",
]
