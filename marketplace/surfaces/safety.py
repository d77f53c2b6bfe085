"""What protects every page: headers, the origin check beside the CSRF token, trusted hosts, rate limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

from marketplace.kernel import limits
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.limits import SAFE
from marketplace.kernel.settings import Settings

csrf = CSRFProtect()


class Visits(SecureCookieSessionInterface):
    """Flask's signed visits with one signer for the process: making it costs more than signing with it."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the application's secret."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def init(app: Flask, settings: Settings) -> None:
    """Put the protections around an application."""
    app.session_interface = Visits()
    csrf.init_app(app)
    limits.init(app, settings)
    app.before_request(_own_origin)
    app.after_request(_headers)


def _own_origin() -> None:
    """Refuse what other sites send in a visitor's name, whatever token they have. Machines sign instead."""
    if request.method in SAFE or (request.blueprint or "").startswith("hooks"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden


def policy(settings: Settings) -> str:
    """The content policy: nothing inline, nothing from elsewhere; shop subdomains may link home."""
    own = settings.base_url.rstrip("/")
    rules = {
        "default-src": "'self'",
        "img-src": "'self' data:" if not settings.secure else "'self'",
        "media-src": "'self'",
        "style-src": "'self'",
        "script-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", own, *([settings.gateway_url] if settings.gateway_url else [])]),
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _headers(response: Response) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    headers: Any = response.headers
    headers.setdefault("Content-Security-Policy", current_app.config["CONTENT_POLICY"])
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if settings.secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.update(("Cookie", "Accept-Language", "HX-Request"))  # a part of a page is never shown for the page
    return response


def check_host(app: Flask) -> None:
    """Refuse names that are not ours before anything is built from them."""
    settings: Settings = app.config["SETTINGS"]
    allowed = {settings.host, *settings.trusted_hosts}
    host = request.host
    if host in allowed or any(host.endswith("." + name) for name in allowed):
        return
    raise NotFound
