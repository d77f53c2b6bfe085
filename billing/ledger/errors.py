"""What the books refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class Unbalanced(ValueError):
    """Legs that are no entry: a mistake of the program, never of a person."""


class SaidDifferently(Conflict):
    """The same reason was posted before with other content."""

    message = _l("This movement of money is already in the books, with other amounts. Nothing was changed.")


class PeriodNotOver(Conflict):
    """A month that is still running cannot be closed."""

    message = _l("A month can be closed when it is over.")


class AlreadyClosed(Conflict):
    """The month was closed before."""

    message = _l("This month is already closed.")
