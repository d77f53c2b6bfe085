"""Errors of the commissions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class StaleRateSet(Conflict):
    """A rate set was published after the form was opened."""

    code = "stale_rate_set"
    message = _l(
        "Somebody has published other rates meanwhile. What you typed is still here: compare, then publish yours again."
    )


class FeeConflict(Conflict):
    """The fees of this order are already fixed, for other lines."""

    code = "fee_conflict"
    message = _l("The commission of this order is already fixed, for other amounts. Nothing was changed.")
