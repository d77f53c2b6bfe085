"""Errors of the staff feature."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class LastOwner(Conflict):
    """The removal or demotion of the last owner; a merchant without one could not be managed."""

    code = "last_owner"
    message = _l("A shop keeps at least one owner. Make somebody else an owner first.")


class InvitationExpired(Conflict):
    """An invitation that was used, revoked or replaced, or is older than seven days."""

    code = "invitation_expired"
    message = _l("This invitation is no longer open. Ask for a new one.")


class OwnerAlreadyExists(Conflict):
    """An owner invited by the platform although the merchant has one; then only owners invite."""

    code = "owner_already_exists"
    message = _l("This desk has an owner, who invites colleagues at the desk. The market invites only where there is none.")
