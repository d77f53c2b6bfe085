"""What a staff refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class LastOwner(Conflict):
    """A shop without an owner would belong to nobody."""

    message = _l("A shop keeps at least one owner. Make somebody else an owner first.")


class InvitationOver(Conflict):
    """The invitation was used, taken back, replaced, or is older than seven days."""

    message = _l("This invitation is no longer open. Ask for a new one.")


class OwnerThere(Conflict):
    """The market would put an owner beside one that is there: only owners do that."""

    message = _l("This desk has an owner, who invites colleagues at the desk. The market invites only where there is none.")
