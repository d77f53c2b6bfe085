"""Errors of the payments."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class PaymentNotFound(NotFound):
    """The payment does not exist."""

    code = "payment_not_found"
    message = _l("We could not find this payment.")


class PaymentInProgress(Conflict):
    """The payment is being processed or was captured: it cannot be cancelled without a refund."""

    code = "payment_in_progress"
    message = _l("This payment is already under way, so it cannot be cancelled now.")


class AlreadyPaid(Conflict):
    """The reference was paid before."""

    code = "already_paid"
    message = _l("This was already paid.")


class PaymentClosed(Conflict):
    """The payment was declined, has expired or was cancelled; a new one can be created."""

    code = "payment_closed"
    message = _l("This payment is over. Please start a new one.")


class NothingCaptured(Conflict):
    """No payment was captured for this order."""

    code = "nothing_captured"
    message = _l("No payment is held for this order.")


class RefundExceedsPayment(Conflict):
    """The refund exceeds the refundable amount of the payment."""

    code = "refund_exceeds_payment"
    message = _l("Only %(left)s of this payment can still be refunded.")


class RefundNotFailed(Conflict):
    """The refund is not in the failed state: it was resolved concurrently, or never failed."""

    code = "refund_not_failed"
    message = _l("This refund does not wait for a decision any more. Nothing was changed.")


class RefundConflict(Conflict):
    """The refund key was used before with another amount or order."""

    code = "refund_conflict"
    message = _l("This refund was already made, with another amount. Nothing was changed.")
