"""What shipping refuses."""

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class NoSuchParcel(NotFound):
    """There is no such parcel for this party."""

    message = _l("We could not find this parcel.")


class RulesMoved(Conflict):
    """A colleague saved other freight rules meanwhile."""

    message = _l("A colleague has saved other rules meanwhile. What you typed is still here: compare, then save yours again.")


class NotTogether(Conflict):
    """Orders of different recipients cannot share a parcel."""

    message = _l("These orders go to different recipients, so they cannot share a parcel.")


class HasArrived(Conflict):
    """A delivered parcel's story is over."""

    message = _l("This parcel has been delivered; nothing can be added to its way.")
