"""One place where refusals become pages, fragments or JSON."""

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
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from marketplace.kernel.db import db
from marketplace.kernel.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    MarketplaceError,
    NotFound,
    NotSignedIn,
    TooMany,
    Unavailable,
)
from marketplace.kernel.urls import local_path
from tenants.access import unsent

log = structlog.get_logger(__name__)

REFUSALS = (BadRequest, NotSignedIn, Forbidden, NotFound, Conflict, TooMany, Unavailable)
KNOWN: dict[int, type[MarketplaceError]] = {kind.status: kind for kind in REFUSALS}


def register(app: Flask) -> None:
    """Teach the application to refuse politely."""
    app.register_error_handler(MarketplaceError, refuse)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StaleDataError, lambda _trouble: refuse(Conflict()))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _unwritable)
    app.register_error_handler(Exception, _unexpected)


def refuse(refusal: MarketplaceError) -> Response:
    """The answer to a refusal, in the manner of the door."""
    db.session.rollback()
    if request.blueprint and request.blueprint.startswith("api"):
        return _json(refusal)
    if isinstance(refusal, NotSignedIn):
        return _to_sign_in(refusal)
    if request.headers.get("HX-Request"):
        return _fragment(refusal)
    return _page(refusal.status, refusal.sentence(), str(refusal.hint))


def _to_sign_in(refusal: NotSignedIn) -> Response:
    audience = getattr(refusal.facts.get("audience"), "value", "shop")
    if request.method in ("GET", "HEAD"):
        session["next"] = request.full_path.rstrip("?")
    else:
        session["next"] = _came_from()
        flash(_unsent_yet(), "warning")
    target = url_for("console.entry.sign_in") if audience == "console" else url_for("account.entry.sign_in", door=audience)
    if request.headers.get("HX-Request"):
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = target
        return answer
    return make_response(redirect(target, code=303 if request.method == "POST" else 302))


def _unsent_yet() -> str:
    kept = _("You are not signed in any more. What you sent is kept: sign in, and one click sends it.")
    lost = _("You are not signed in any more, so this was not sent. Sign in, and you are led back to the form.")
    return str(kept if session.get(unsent.WORD) else lost)


def _fragment(refusal: MarketplaceError) -> Response:
    answer = make_response(render_template("_partials/refusal.html", sentence=refusal.sentence()), refusal.status)
    answer.headers["HX-Retarget"] = "#toasts"
    answer.headers["HX-Reswap"] = "beforeend"
    return answer


def _json(refusal: MarketplaceError) -> Response:
    body: dict[str, Any] = {"error": {"code": refusal.code, "message": refusal.sentence()}}
    if isinstance(refusal, Invalid):
        body["error"]["fields"] = {key: str(value) for key, value in refusal.errors.items()}
    return make_response(jsonify(body), refusal.status)


def _page(status: int, sentence: str, hint: str = "") -> Response:
    g.frame_plain = True
    return make_response(render_template("error.html", status=status, sentence=sentence, hint=hint, back=_came_from()), status)


def _came_from() -> str:
    """The page of ours from which something was sent that is refused; nothing for an address that somebody opened."""
    if request.method in ("GET", "HEAD"):
        return ""
    pages = current_app.create_url_adapter(request)
    try:
        where = urlsplit(request.referrer or "")
        if where.netloc != request.host or pages is None:
            return ""
        pages.match(where.path, method="GET")
    except (ValueError, HTTPException):  # no address, or the form stood where it was sent to: there is nothing to open
        return ""
    return local_path(urlunsplit(("", "", where.path, where.query, "")), "")


def _http(trouble: HTTPException) -> Response | HTTPException:
    status = trouble.code or 500
    if trouble.response is not None or status < 400:
        return trouble
    if status in KNOWN:
        return refuse(KNOWN[status]())
    sentences = {
        405: _("This address cannot be used in this way."),
        413: _("This is larger than we can take. Please choose a smaller file."),
    }
    answer = _page(status, sentences.get(status) or MarketplaceError().sentence())
    if status == 405 and trouble.get_headers():
        answer.headers["Allow"] = dict(trouble.get_headers()).get("Allow", "")
    return answer


def _forged(_trouble: CSRFError) -> Response:
    db.session.rollback()
    # That it came from a page of ours says the browser itself; whoever leads visitors here from elsewhere gets no such form.
    if (
        request.headers.get("Sec-Fetch-Site") == "same-origin"
        and not request.headers.get("HX-Request")
        and (kept := unsent.sent())
    ):
        why = _("You have signed in or out since this page was opened. What you sent is still here and has had no effect yet.")
        return make_response(render_template("unsent.html", kept=kept, why=why, here=_came_from() or "/"), 400)
    return _page(400, _("This page was open for too long or came from elsewhere. Go back, reload it and send it again."))


def _database_away(trouble: DBAPIError) -> Response:
    log.error("database_trouble", trouble=str(trouble.orig))
    db.session.rollback()
    return refuse(Unavailable())


def _unwritable(trouble: DataError) -> Response:
    """The sign NUL, which PostgreSQL keeps in no text: nobody types it. Any other value that does not fit is our mistake."""
    said = str(trouble.orig)
    return refuse(BadRequest()) if "NUL (0x00)" in said or "\\u0000" in said else _unexpected(trouble)


def _unexpected(trouble: Exception) -> Response:
    log.exception("unexpected", path=request.path, trouble=type(trouble).__name__)
    db.session.rollback()
    return refuse(MarketplaceError())
