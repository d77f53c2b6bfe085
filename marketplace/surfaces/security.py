"""Protection of every page: security headers, origin check in addition to the CSRF token, trusted hosts, rate limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer

from marketplace.kernel import rate_limit
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.rate_limit import SAFE_METHODS
from marketplace.kernel.settings import Settings

csrf = CSRFProtect()


class CachedSignerSessionInterface(SecureCookieSessionInterface):
    """Flask's signed sessions with one cached signer, because creating the signer costs more than signing."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the cached signer."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def init_app(app: Flask, settings: Settings) -> None:
    """Register the protections on an application."""
    app.session_interface = CachedSignerSessionInterface()
    csrf.init_app(app)
    rate_limit.init(app, settings)
    app.before_request(_check_origin)
    app.after_request(_set_security_headers)


def _check_origin() -> None:
    """Reject cross-site unsafe requests, even with a valid token; webhooks are exempt, as they are signed."""
    if request.method in SAFE_METHODS or (request.blueprint or "").startswith("hooks"):
        return
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        raise Forbidden
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden


def content_security_policy(settings: Settings) -> str:
    """Return the content security policy: nothing inline and no other hosts; forms may target the main host and the gateway."""
    base_url = settings.base_url.rstrip("/")
    directives = {
        "default-src": "'self'",
        "img-src": "'self' data:" if not settings.secure else "'self'",
        "media-src": "'self'",
        "style-src": "'self'",
        "script-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", base_url, *([settings.gateway_url] if settings.gateway_url else [])]),
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _set_security_headers(response: Response) -> Response:
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
        response.vary.update(
            ("Cookie", "Accept-Language", "HX-Request")
        )  # keeps caches from serving an htmx fragment as the page
    return response


def check_host(app: Flask) -> None:
    """Reject unknown host names before any URL is built from them. Raises NotFound."""
    settings: Settings = app.config["SETTINGS"]
    allowed = {settings.host, *settings.trusted_hosts}
    host = request.host
    if host in allowed or any(host.endswith("." + name) for name in allowed):
        return
    raise NotFound
