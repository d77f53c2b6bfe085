"""How the market and its gateway know each other: a time and an HMAC-SHA256 over it and the exact bytes.

    t=1795320000,v1=5f2b…        several v1 may stand there while a secret is being changed

What is signed starts with a word for its use, so that a signed question can never be replayed as a notification.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

NOTIFICATION = "notification"
QUESTION = "question"
TOLERANCE_SECONDS = 300


class BadSignature(ValueError):
    """The bytes were not signed by somebody who knows the secret, or not now."""


def sign(*, secret: str, use: str, body: bytes, at: int) -> str:
    """The signature header for these bytes at this moment (seconds since 1970)."""
    return f"t={at},v1={_digest(secret, use, body, at)}"


def verify(*, header: str, secret: str, use: str, body: bytes, now: int) -> int:
    """Check a signature header; answers when it was signed. Raises BadSignature; old and *future* ones are refused alike."""
    at, given = _read(header)
    if abs(now - at) > TOLERANCE_SECONDS:
        raise BadSignature("the signature is too old, or from the future")
    wanted = _digest(secret, use, body, at)
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise BadSignature("the signature does not fit")
    return at


def _digest(secret: str, use: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{use}.{at}.".encode() + body, hashlib.sha256).hexdigest()


def _read(header: str) -> tuple[int, Sequence[str]]:
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1" and value.isascii()]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12 or not given:
        raise BadSignature("the signature cannot be read")
    return int(times[0]), given
