"""What admission refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict


class WrongState(Conflict):
    """The step does not exist from where the application stands."""

    message = _l("The application stands at “%(state)s”; this is not possible now.")


class AnotherRound(Conflict):
    """The applicant has handed in something newer than what the reviewer read."""

    message = _l("The applicant has handed in a newer version meanwhile. Please read that one.")
