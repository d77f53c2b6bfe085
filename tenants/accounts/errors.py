"""What an account refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, Invalid


class WrongPassword(Invalid):
    """Name or password are wrong; which of them is not said."""

    message = _l("Login and password do not fit. Look at the capitals, or set a new password.")


class AccountClosed(Invalid):
    """The password is right, but the market has closed the account."""

    message = _l("This account is closed. Please write to the market.")


class LinkUsedUp(Conflict):
    """A link from a letter that was used, is too old, or was replaced by a newer one."""

    message = _l("This link no longer works: it was used already, it is too old, or a newer one was sent.")
