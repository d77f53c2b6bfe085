"""What the market refuses about itself."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class LastAdministrator(Conflict):
    """A market without an administrator could not be managed any more."""

    message = _l("The market keeps at least one administrator. Make somebody else one first.")


class SettingsMoved(Conflict):
    """A colleague has changed the settings since the form was opened."""

    message = _l("A colleague has changed the settings meanwhile. Compare them with yours, then save again.")
