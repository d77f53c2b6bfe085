"""How often one visitor may do what writes, costs or tempts; counted in Redis, in this process when Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from marketplace.kernel.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
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
    """Count for this application."""
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
    limiter.request_filter(_need_not_be_counted)


def _need_not_be_counted() -> bool:
    """Reading costs little and is not counted, unless the view asks for it."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in SAFE and not getattr(view, "limited", False)
