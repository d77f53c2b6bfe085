"""What payments refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class NoSuchPayment(NotFound):
    """There is no such payment."""

    message = _l("We could not find this payment.")


class PaymentUnderway(Conflict):
    """It is being paid, or was: it can no longer be cancelled without a refund."""

    message = _l("This payment is already under way, so it cannot be cancelled now.")


class AlreadyPaid(Conflict):
    """It was paid before."""

    message = _l("This was already paid.")


class PaymentOver(Conflict):
    """The payment was declined, has expired or was cancelled; a new one can be started."""

    message = _l("This payment is over. Please start a new one.")


class NothingHeld(Conflict):
    """Nothing was captured for this order."""

    message = _l("No payment is held for this order.")


class TooMuch(Conflict):
    """More than what is left of the payment."""

    message = _l("Only %(left)s of this payment can still be refunded.")


class NotRefused(Conflict):
    """Somebody else has decided meanwhile, or there was nothing to decide."""

    message = _l("This refund does not wait for a decision any more. Nothing was changed.")


class RefundSaidDifferently(Conflict):
    """The same refund was asked before with another amount."""

    message = _l("This refund was already made, with another amount. Nothing was changed.")
