"""Addresses that came from outside and where they may lead."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit


def local_path(text: str | None, otherwise: str = "/") -> str:
    """A path on this very host, rebuilt from what was given, or `otherwise`.

    Anything that a browser could read as another host is refused: schemes, `//`, backslashes, control characters.
    """
    if not text or not text.startswith("/") or any(ord(sign) < 0x20 or sign in "\\\x7f" for sign in unquote(text)):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    if parts.scheme or parts.netloc or parts.path.startswith("//") or "//" in parts.path[:3]:
        return otherwise
    path = quote(parts.path, safe="/:@!$&'()*+,;=-._~%")
    return path + (f"?{quote(parts.query, safe='/:@!$&()*+,;=-._~%?')}" if parts.query else "")
