"""Signatures between the platform and its gateway: HMAC-SHA256 over a timestamp and the exact bytes.

    t=1795320000,v1=5f2b…        several v1 are allowed while a secret is rotated

The signed data starts with the purpose, so that a signed API request cannot be replayed as a webhook.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

WEBHOOK = "webhook"
API_REQUEST = "api_request"
TOLERANCE_SECONDS = 300


class InvalidSignature(ValueError):
    """The bytes were not signed with the secret, or not recently."""


def sign(*, secret: str, purpose: str, body: bytes, timestamp: int) -> str:
    """Return the signature header of these bytes at this time (seconds since 1970)."""
    return f"t={timestamp},v1={_digest(secret, purpose, body, timestamp)}"


def verify(*, header: str, secret: str, purpose: str, body: bytes, now: int) -> int:
    """Verify a signature header and return its timestamp.

    Raises:
        InvalidSignature: If the signature is wrong, too old, or from the future.
    """
    timestamp, signatures = _parse_header(header)
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        raise InvalidSignature("the signature is too old, or from the future")
    expected = _digest(secret, purpose, body, timestamp)
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise InvalidSignature("the signature does not match")
    return timestamp


def _digest(secret: str, purpose: str, body: bytes, timestamp: int) -> str:
    return hmac.new(secret.encode(), f"{purpose}.{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _parse_header(header: str) -> tuple[int, Sequence[str]]:
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1" and value.isascii()]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12 or not signatures:
        raise InvalidSignature("the signature header is malformed")
    return int(times[0]), signatures
