"""What merchants refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class NotNow(Conflict):
    """The deed does not fit what the merchant is at present."""

    message = _l("This does not fit the present state of the merchant. Reload the page and look again.")


class RecordMoved(Conflict):
    """Somebody else changed the record since the form was opened."""

    message = _l("Somebody else has changed this record meanwhile. Compare it with yours, then save again.")


class AddressTaken(Conflict):
    """Another merchant has this shop address."""

    message = _l("The shop address “%(slug)s” is taken. Ask the applicant for another.")
