"""Refusals: exceptions with a status and a sentence. One handler turns them into a page, a fragment or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l


class MarketplaceError(Exception):
    """Something was refused. `message` is shown to people and may use `%(fact)s` placeholders.

    `hint` says on a page what to do next, where what its status says of it does not fit.
    """

    status: ClassVar[int] = 500
    message: ClassVar[Any] = _l("Something went wrong on our side. Nothing was changed; please try again.")
    hint: ClassVar[Any] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(type(self).__name__)

    @property
    def code(self) -> str:
        """The stable name of this refusal, for programs."""
        return type(self).__name__

    def sentence(self) -> str:
        """What happened, in the reader's language."""
        text = str(self.message)
        return text % self.facts if self.facts else text

    def __str__(self) -> str:
        return f"{self.code}({', '.join(f'{key}={value!r}' for key, value in self.facts.items())})"


class BadRequest(MarketplaceError):
    """The request itself cannot be read."""

    status = 400
    message = _l("We could not read this request.")


class NotSignedIn(MarketplaceError):
    """Nobody is signed in where somebody must be."""

    status = 401
    message = _l("Please sign in first.")


class Forbidden(MarketplaceError):
    """A colleague without this right."""

    status = 403
    message = _l("Your role does not allow this. Ask the owner of the shop.")


class NotFound(MarketplaceError):
    """It does not exist, or not for you: strangers never learn which."""

    status = 404
    message = _l("We could not find this page.")


class Conflict(MarketplaceError):
    """It is possible in general, but not in the present state of things."""

    status = 409
    message = _l("Somebody has changed this meanwhile. Look at the present state and try again.")


class Invalid(MarketplaceError):
    """What was given breaks a rule; `errors` says which field and why."""

    status = 422
    message = _l("Some entries need your attention.")

    def __init__(self, errors: Mapping[str, Any] | None = None, **facts: Any) -> None:
        self.errors = dict(errors or {})
        super().__init__(**facts)


class TooLong(Invalid):
    """A text that is longer than its field takes: no browser lets one type it, so a page of its own says so."""

    message = _l("“%(beginning)s…” is longer than the %(most)s characters that fit there.")
    hint = _l("Nothing was saved. Go back and shorten it; what you typed is still there.")


class TooMany(MarketplaceError):
    """Too often in too short a time."""

    status = 429
    message = _l("Too many tries in a short time. Please wait a little.")


class Unavailable(MarketplaceError):
    """A service that we need does not answer."""

    status = 503
    message = _l("This service does not answer at the moment. Nothing was lost; please try again shortly.")
