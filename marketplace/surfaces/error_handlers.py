"""Error handlers: the conversion of exceptions to pages, htmx fragments or JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    MarketplaceError,
    NotAuthenticated,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    ValidationError,
)
from marketplace.kernel.urls import safe_redirect_path
from tenants.access import form_replay

log = structlog.get_logger(__name__)

HTTP_ERRORS = (BadRequest, NotAuthenticated, Forbidden, NotFound, Conflict, RateLimited, ServiceUnavailable)
ERRORS_BY_STATUS: dict[int, type[MarketplaceError]] = {error_class.status: error_class for error_class in HTTP_ERRORS}


def register(app: Flask) -> None:
    """Register the error handlers on the application."""
    app.register_error_handler(MarketplaceError, render_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_unavailable)
    app.register_error_handler(DataError, _nul_byte_error)
    app.register_error_handler(Exception, _unexpected_error)


def render_error(error: MarketplaceError) -> Response:
    """Return the response to an error in the format of the request: JSON, redirect to the login, fragment or page."""
    db.session.rollback()
    if request.blueprint and request.blueprint.startswith("api"):
        return _error_json(error)
    if isinstance(error, NotAuthenticated):
        return _redirect_to_login(error)
    if request.headers.get("HX-Request"):
        return _error_fragment(error)
    return _error_page(error.status, error.user_message(), str(error.hint))


def _redirect_to_login(error: NotAuthenticated) -> Response:
    realm = getattr(error.context.get("realm"), "value", "shop")
    if request.method in ("GET", "HEAD"):
        session["next"] = request.full_path.rstrip("?")
    else:
        session["next"] = _referrer_path()
        flash(_pending_form_message(), "warning")
    target = url_for("console.auth.sign_in") if realm == "console" else url_for("account.auth.sign_in", door=realm)
    if request.headers.get("HX-Request"):
        response = make_response("", 200)
        response.headers["HX-Redirect"] = target
        return response
    return make_response(redirect(target, code=303 if request.method == "POST" else 302))


def _pending_form_message() -> str:
    saved = _("You are not signed in any more. What you sent is kept: sign in, and one click sends it.")
    lost = _("You are not signed in any more, so this was not sent. Sign in, and you are led back to the form.")
    return str(saved if session.get(form_replay.SESSION_KEY) else lost)


def _error_fragment(error: MarketplaceError) -> Response:
    response = make_response(render_template("_partials/error_toast.html", message=error.user_message()), error.status)
    response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Reswap"] = "beforeend"
    return response


def _error_json(error: MarketplaceError) -> Response:
    payload: dict[str, Any] = {"error": {"code": error.code, "message": error.user_message()}}
    if isinstance(error, ValidationError):
        payload["error"]["fields"] = {key: str(value) for key, value in error.errors.items()}
    return make_response(jsonify(payload), error.status)


def _error_page(status: int, message: str, hint: str = "") -> Response:
    g.is_minimal_page = True
    return make_response(
        render_template("error.html", status=status, message=message, hint=hint, back_url=_referrer_path()), status
    )


def _referrer_path() -> str:
    """Return the path of our page that sent the rejected form; an empty string for GET requests and unknown referrers."""
    if request.method in ("GET", "HEAD"):
        return ""
    url_adapter = current_app.create_url_adapter(request)
    try:
        url = urlsplit(request.referrer or "")
        if url.netloc != request.host or url_adapter is None:
            return ""
        url_adapter.match(url.path, method="GET")
    except (ValueError, HTTPException):  # not a URL, or a URL without a GET route: there is no page to return to
        return ""
    return safe_redirect_path(urlunsplit(("", "", url.path, url.query, "")), "")


def _http_error(exc: HTTPException) -> Response | HTTPException:
    status = exc.code or 500
    if exc.response is not None or status < 400:
        return exc
    if status in ERRORS_BY_STATUS:
        return render_error(ERRORS_BY_STATUS[status]())
    messages = {
        405: _("This address cannot be used in this way."),
        413: _("This is larger than we can take. Please choose a smaller file."),
    }
    response = _error_page(status, messages.get(status) or MarketplaceError().user_message())
    if status == 405 and exc.get_headers():
        response.headers["Allow"] = dict(exc.get_headers()).get("Allow", "")
    return response


def _csrf_error(_exc: CSRFError) -> Response:
    db.session.rollback()
    # Sec-Fetch-Site comes from the browser itself, so a form submitted from another site is never offered for a replay.
    if (
        request.headers.get("Sec-Fetch-Site") == "same-origin"
        and not request.headers.get("HX-Request")
        and (submitted_form := form_replay.capture_form())
    ):
        reason = _(
            "You have signed in or out since this page was opened. What you sent is still here and has had no effect yet."
        )
        return make_response(
            render_template("form_replay.html", form=submitted_form, reason=reason, return_url=_referrer_path() or "/"), 400
        )
    return _error_page(400, _("This page was open for too long or came from elsewhere. Go back, reload it and send it again."))


def _database_unavailable(exc: DBAPIError) -> Response:
    log.error("database_error", error=str(exc.orig))
    db.session.rollback()
    return render_error(ServiceUnavailable())


def _nul_byte_error(exc: DataError) -> Response:
    """Respond 400 to a NUL character, which PostgreSQL text cannot store; any other DataError is a programming error."""
    detail = str(exc.orig)
    return render_error(BadRequest()) if "NUL (0x00)" in detail or "\\u0000" in detail else _unexpected_error(exc)


def _unexpected_error(exc: Exception) -> Response:
    log.exception("unexpected_error", path=request.path, error=type(exc).__name__)
    db.session.rollback()
    return render_error(MarketplaceError())
