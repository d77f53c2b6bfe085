"""Rate limits per client address for unsafe or expensive requests; in Redis, or in this process if Redis is unavailable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from marketplace.kernel.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
limiter = Limiter(key_func=get_remote_address)


def rate_limit(limit_value: str) -> Callable[[View], View]:
    """Limit the requests of one client to this view: `@rate_limit("30/minute")`, below the permission decorator.

    Unsafe requests have the default limit already; this is a stricter one, which also counts safe requests.
    """

    def decorator(view: View) -> View:
        limited_view: Any = limiter.limit(limit_value)(view)
        limited_view.is_rate_limited = True
        return cast(View, limited_view)

    return decorator


def init(app: Flask, settings: Settings) -> None:
    """Configure the limiter for this application."""
    url = settings.redis_url
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=url.replace("unix://", "redis+unix://", 1) if url.startswith("unix") else url,
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_IN_MEMORY_FALLBACK="120/minute",
        RATELIMIT_DEFAULT="240/minute;4000/hour",
        RATELIMIT_HEADERS_ENABLED=False,
        RATELIMIT_STRATEGY="fixed-window",
    )
    limiter.init_app(app)
    limiter.request_filter(_exempt_reads)


def _exempt_reads() -> bool:
    """Return whether the request is not counted: safe methods, unless the view has its own limit."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in SAFE_METHODS and not getattr(view, "is_rate_limited", False)
