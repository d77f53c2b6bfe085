"""Application errors: exceptions with an HTTP status, a code for API clients and a message for the user.

The web layer's error handlers turn them into a page, a fragment or JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l


class MarketplaceError(Exception):
    """Base class of the application's errors.

    Attributes:
        status: The HTTP status of the response.
        code: The stable name in JSON responses and logs. Every subclass sets its own, so that renaming a class never
            changes the API.
        message: The text shown to the user; may contain `%(name)s` placeholders, filled from the keyword arguments.
        hint: What the error page suggests to do next, if the suggestion for the status does not fit.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "marketplace_error"
    message: ClassVar[Any] = _l("Something went wrong on our side. Nothing was changed; please try again.")
    hint: ClassVar[Any] = ""

    def __init__(self, **context: Any) -> None:
        self.context = context
        super().__init__(self.code)

    def user_message(self) -> str:
        """Return the message in the user's language."""
        template = str(self.message)
        return template % self.context if self.context else template

    def __str__(self) -> str:
        return f"{self.code}({', '.join(f'{key}={value!r}' for key, value in self.context.items())})"


class BadRequest(MarketplaceError):
    """A request that cannot be parsed."""

    status = 400
    code = "bad_request"
    message = _l("We could not read this request.")


class NotAuthenticated(MarketplaceError):
    """A request without a login where a login is required."""

    status = 401
    code = "not_authenticated"
    message = _l("Please sign in first.")


class Forbidden(MarketplaceError):
    """A logged-in user without the required permission."""

    status = 403
    code = "forbidden"
    message = _l("Your role does not allow this. Ask the owner of the shop.")


class NotFound(MarketplaceError):
    """An object that does not exist or that the user may not know of: the response never tells which."""

    status = 404
    code = "not_found"
    message = _l("We could not find this page.")


class Conflict(MarketplaceError):
    """An operation that the present state of the object does not allow."""

    status = 409
    code = "conflict"
    message = _l("Somebody has changed this meanwhile. Look at the present state and try again.")


class ValidationError(MarketplaceError):
    """Input that breaks a rule; `errors` maps field names to messages."""

    status = 422
    code = "validation_error"
    message = _l("Some entries need your attention.")

    def __init__(self, errors: Mapping[str, Any] | None = None, **context: Any) -> None:
        self.errors = dict(errors or {})
        super().__init__(**context)


class TextTooLong(ValidationError):
    """A text longer than its column: browsers respect `maxlength`, so an error page is enough."""

    code = "text_too_long"
    message = _l("“%(beginning)s…” is longer than the %(most)s characters that fit there.")
    hint = _l("Nothing was saved. Go back and shorten it; what you typed is still there.")


class RateLimited(MarketplaceError):
    """Too many attempts within a time window."""

    status = 429
    code = "rate_limited"
    message = _l("Too many tries in a short time. Please wait a little.")


class ServiceUnavailable(MarketplaceError):
    """A required external service that does not respond."""

    status = 503
    code = "service_unavailable"
    message = _l("This service does not answer at the moment. Nothing was lost; please try again shortly.")
