"""Errors of accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, ValidationError


class InvalidCredentials(ValidationError):
    """A wrong login name or password; the message does not say which."""

    code = "invalid_credentials"
    message = _l("Login and password do not fit. Look at the capitals, or set a new password.")


class AccountDisabled(ValidationError):
    """A correct password for an account that the platform has disabled."""

    code = "account_disabled"
    message = _l("This account is closed. Please write to the market.")


class InvalidToken(Conflict):
    """A link from an e-mail that was used, has expired, or was replaced by a newer one."""

    code = "invalid_token"
    message = _l("This link no longer works: it was used already, it is too old, or a newer one was sent.")
