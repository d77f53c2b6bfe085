"""Errors of shipping."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class ParcelNotFound(NotFound):
    """A parcel that does not exist or belongs to another tenant."""

    code = "parcel_not_found"
    message = _l("We could not find this parcel.")


class StaleRates(Conflict):
    """Freight rates that another member of staff has saved since the form was opened."""

    code = "stale_rates"
    message = _l("A colleague has saved other rules meanwhile. What you typed is still here: compare, then save yours again.")


class RecipientsDiffer(Conflict):
    """Orders of different recipients, which cannot share a parcel."""

    code = "recipients_differ"
    message = _l("These orders go to different recipients, so they cannot share a parcel.")


class AlreadyDelivered(Conflict):
    """A delivered parcel, which takes no more tracking events."""

    code = "already_delivered"
    message = _l("This parcel has been delivered; nothing can be added to its way.")
