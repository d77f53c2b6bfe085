"""Short texts laid aside for a while, in Redis: what may be lost when it is away, and should be gone by itself otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app

if TYPE_CHECKING:
    from redis import Redis

log = structlog.get_logger(__name__)
AWAY_AFTER_S = 0.3


def lay(key: str, text: str, *, seconds: int) -> bool:
    """Lay a text aside; False when Redis is away."""
    return bool(_ask(lambda store: store.set(key, text, ex=seconds)))


def find(key: str) -> str | None:
    """What was laid aside under this key; None when it is gone, or Redis is away."""
    text = _ask(lambda store: store.get(key))
    return text.decode() if isinstance(text, bytes) else None


def _ask(question: Callable[[Redis], Any]) -> Any:
    # Loaded here: few processes ever need it, and it is a tenth of the time they take to start.
    import redis

    url = current_app.config["SETTINGS"].redis_url
    try:
        with redis.Redis.from_url(url, socket_timeout=AWAY_AFTER_S, socket_connect_timeout=AWAY_AFTER_S) as store:
            return question(store)
    except redis.RedisError as trouble:
        log.warning("nothing_aside", trouble=type(trouble).__name__)
        return None
