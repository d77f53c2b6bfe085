"""Short-lived strings in Redis: values that may be lost, and that expire by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app

if TYPE_CHECKING:
    from redis import Redis

log = structlog.get_logger(__name__)
TIMEOUT_S = 0.3


def set_with_ttl(key: str, value: str, *, ttl: int) -> bool:
    """Store a value that expires after `ttl` seconds; returns False if Redis is unavailable."""
    return bool(_with_client(lambda client: client.set(key, value, ex=ttl)))


def get(key: str) -> str | None:
    """Return the value of the key; None if it has expired or Redis is unavailable."""
    value = _with_client(lambda client: client.get(key))
    return value.decode() if isinstance(value, bytes) else None


def _with_client(operation: Callable[[Redis], Any]) -> Any:
    # Imported here: few processes need it, and it takes a tenth of their start-up time.
    import redis

    url = current_app.config["SETTINGS"].redis_url
    try:
        with redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
            return operation(client)
    except redis.RedisError as exc:
        log.warning("redis_unavailable", error=type(exc).__name__)
        return None
