"""Errors of merchant applications."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class InvalidApplicationState(Conflict):
    """A transition that is not allowed in the current state of the application."""

    code = "invalid_application_state"
    message = _l("The application stands at “%(state)s”; this is not possible now.")


class StaleSubmission(Conflict):
    """A decision on an older submission than the applicant's latest."""

    code = "stale_submission"
    message = _l("The applicant has handed in a newer version meanwhile. Please read that one.")
