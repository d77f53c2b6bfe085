"""Errors of the ledger."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class UnbalancedEntry(ValueError):
    """Legs that are not a valid entry: a programming error, never caused by user input."""


class EntryConflict(Conflict):
    """The same event key was posted before with other content."""

    code = "entry_conflict"
    message = _l("This movement of money is already in the books, with other amounts. Nothing was changed.")


class PeriodStillOpen(Conflict):
    """The month is not over, so it cannot be closed."""

    code = "period_still_open"
    message = _l("A month can be closed when it is over.")


class PeriodAlreadyClosed(Conflict):
    """The month is already closed."""

    code = "period_already_closed"
    message = _l("This month is already closed.")
