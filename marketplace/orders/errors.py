"""What orders refuse."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, Invalid, NotFound


class NoSuchOrder(NotFound):
    """There is no such order for this party."""

    message = _l("We could not find this order.")


class NothingMatches(Invalid):
    """A look-up by number and telephone found nothing; it does not say which of the two was wrong."""

    message = _l("No order has this number together with this telephone number.")


class StepInUse(Invalid):
    """A step cannot be switched off while orders wait in it."""

    message = _l("This step is in use.")


class TooLateToChange(Conflict):
    """The order is too far for what the buyer would change of it."""

    message = _l("This can no longer be changed: the order has moved on. You can still cancel it before it is shipped.")


class ChangedMeanwhile(Conflict):
    """The order is not as its reader saw it."""

    message = _l("This order was changed meanwhile. Look at it again; nothing was done yet.")


class WorkflowMoved(Conflict):
    """A colleague saved another workflow meanwhile."""

    message = _l(
        "A colleague has saved another workflow meanwhile. Your choices are still here: compare, then save yours again."
    )


class AlreadyPaid(Conflict):
    """There is nothing left to pay."""

    message = _l("This is paid already. Thank you.")


class TooLateToPay(Conflict):
    """The order was called off before the payment."""

    message = _l("This order is no longer open, so it cannot be paid.")
