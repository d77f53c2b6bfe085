"""Identifiers: UUIDv7, so that keys made later sort later and indexes stay dense."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new time-ordered identifier (RFC 9562, version 7), strictly increasing within this process.

    It names things; it is not a secret. What must not be guessed uses `secret_word`.
    """
    global _last
    with _lock:
        moment = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = moment
    value = (moment >> 12) << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def secret_word(size: int = 32) -> str:
    """A word of `size` random bytes for links and cookies, safe in a URL."""
    return secrets.token_urlsafe(size)
