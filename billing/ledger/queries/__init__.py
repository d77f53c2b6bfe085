"""Queries of the ledger: for posting, for the console, for a merchant's statement."""

from billing.ledger.queries.admin import (
    get_account,
    get_account_postings,
    get_aging,
    get_entry,
    get_period,
    get_posting_sums,
    get_postings_by_entry,
    get_trial_balance,
    list_closed_periods,
    list_entries_for,
    select_accounts,
    select_entries,
)
from billing.ledger.queries.posting import get_account_id, get_balance, get_entry_by_key, posting_sum
from billing.ledger.queries.statements import (
    STATEMENT_ACCOUNTS,
    get_current_balances,
    get_daily_totals,
    get_first_entry_at,
    get_opening_balance,
    get_statement_totals,
    select_statement_lines,
)

__all__ = [
    "STATEMENT_ACCOUNTS",
    "get_account",
    "get_account_id",
    "get_account_postings",
    "get_aging",
    "get_balance",
    "get_current_balances",
    "get_daily_totals",
    "get_entry",
    "get_entry_by_key",
    "get_first_entry_at",
    "get_opening_balance",
    "get_period",
    "get_posting_sums",
    "get_postings_by_entry",
    "get_statement_totals",
    "get_trial_balance",
    "list_closed_periods",
    "list_entries_for",
    "posting_sum",
    "select_accounts",
    "select_entries",
    "select_statement_lines",
]
