"""Errors of merchants."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class InvalidMerchantState(Conflict):
    """An action that the current state of the merchant does not allow."""

    code = "invalid_merchant_state"
    message = _l("This does not fit the present state of the merchant. Reload the page and look again.")


class StaleMerchantProfile(Conflict):
    """A save of a profile that another user has changed since the form was opened."""

    code = "stale_merchant_profile"
    message = _l("Somebody else has changed this record meanwhile. Compare it with yours, then save again.")


class SlugTaken(Conflict):
    """A shop address that another merchant has."""

    code = "slug_taken"
    message = _l("The shop address “%(slug)s” is taken. Ask the applicant for another.")
