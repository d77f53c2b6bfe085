"""What protects every page: headers, the origin check beside the CSRF token, trusted hosts, rate limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)


def limited(rule: str) -> Callable[[View], View]:
    """Let one visitor come to this view at most so often: `@limited("30/minute")`, below the guard.

    Every unsafe request has the general limit already; this is for what costs or tempts more, reading included.
    """

    def mark(view: View) -> View:
        counted: Any = limiter.limit(rule)(view)
        counted.limited = True
        return cast(View, counted)

    return mark


def init(app: Flask, settings: Settings) -> None:
    """Put the protections around an application."""
    csrf.init_app(app)
    _limits(app, settings)
    app.before_request(_own_origin)
    app.after_request(_headers)


def _limits(app: Flask, settings: Settings) -> None:
    url = settings.redis_url
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=url.replace("unix://", "redis+unix://", 1) if url.startswith("unix") else url,
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_IN_MEMORY_FALLBACK=["120/minute"],
        RATELIMIT_DEFAULT="240/minute;4000/hour",
        RATELIMIT_HEADERS_ENABLED=False,
        RATELIMIT_STRATEGY="fixed-window",
    )
    limiter.init_app(app)
    limiter.request_filter(_need_not_be_counted)


def _need_not_be_counted() -> bool:
    """Reading costs little and is not counted, unless the view asks for it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in SAFE and not getattr(view, "limited", False)


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
    rules = {
        "default-src": "'self'",
        "img-src": "'self' data:" if not settings.secure else "'self'",
        "style-src": "'self'",
        "script-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(["'self'", *([settings.gateway_url] if settings.gateway_url else [])]),
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
        response.vary.update(("Cookie", "Accept-Language"))
    return response


def check_host(app: Flask) -> None:
    """Refuse names that are not ours before anything is built from them."""
    settings: Settings = app.config["SETTINGS"]
    allowed = {settings.host, *settings.trusted_hosts}
    host = request.host
    if host in allowed or any(host.endswith("." + name) for name in allowed):
        return
    raise NotFound
