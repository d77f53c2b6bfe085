"""What commissions refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class RatesMoved(Conflict):
    """Somebody published other rates meanwhile."""

    message = _l(
        "Somebody has published other rates meanwhile. What you typed is still here: compare, then publish yours again."
    )


class FrozenDifferently(Conflict):
    """The fees of this order stand already, for other lines."""

    message = _l("The commission of this order is already fixed, for other amounts. Nothing was changed.")
