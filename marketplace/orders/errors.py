"""Errors of orders."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound, ValidationError


class OrderNotFound(NotFound):
    """An order that does not exist, or not for this party."""

    code = "order_not_found"
    message = _l("We could not find this order.")


class OrderLookupFailed(ValidationError):
    """A public look-up without result; it does not reveal whether the number or the telephone was wrong."""

    code = "order_lookup_failed"
    message = _l("No order has this number together with this telephone number.")


class OrderLocked(Conflict):
    """A change of an order that has advanced too far for it."""

    code = "order_locked"
    message = _l("This can no longer be changed: the order has moved on. You can still cancel it before it is shipped.")


class StaleOrder(Conflict):
    """An action on an outdated version of an order."""

    code = "stale_order"
    message = _l("This order was changed meanwhile. Look at it again; nothing was done yet.")


class StaleWorkflow(Conflict):
    """Workflow options that were edited from an outdated version."""

    code = "stale_workflow"
    message = _l(
        "A colleague has saved another workflow meanwhile. Your choices are still here: compare, then save yours again."
    )
