"""Errors of the platform administration."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class LastAdministrator(Conflict):
    """The removal or demotion of the last administrator; the platform could no longer be managed."""

    code = "last_administrator"
    message = _l("The market keeps at least one administrator. Make somebody else one first.")


class StaleSettings(Conflict):
    """A save of settings that another user has changed since the form was opened."""

    code = "stale_settings"
    message = _l("A colleague has changed the settings meanwhile. Compare them with yours, then save again.")
