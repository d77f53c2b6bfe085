"""Identifiers: UUIDv7, because keys in order of creation keep indexes dense."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Return a new time-ordered identifier (RFC 9562, version 7), strictly increasing within this process.

    It is not a secret: use `random_token` for what must not be guessed.
    """
    global _last
    with _lock:
        timestamp = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = timestamp
    value = (timestamp >> 12) << 80 | 0x7 << 76 | (timestamp & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def random_token(num_bytes: int = 32) -> str:
    """Return a URL-safe token of `num_bytes` random bytes, for links and cookies."""
    return secrets.token_urlsafe(num_bytes)
