"""URLs: validation of redirect targets, and cached URLs of links on every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from flask import request, url_for


def cached_url(endpoint: str) -> Callable[[], str]:
    """Return a function for the URL of an endpoint without parameters, built once per host."""
    return lambda: _build_url(endpoint, request.scheme, request.host, request.script_root)


@lru_cache(maxsize=1000)
def _build_url(endpoint: str, _scheme: str, _host: str, _root: str) -> str:
    return url_for(endpoint)


def safe_redirect_path(text: str | None, default: str = "/") -> str:
    """Return `text` as a path on this host, or `default`.

    Everything that a browser could interpret as another host is rejected: schemes, `//`, backslashes, control characters.
    """
    if not text or not text.startswith("/") or any(ord(char) < 0x20 or char in "\\\x7f" for char in unquote(text)):
        return default
    try:
        parts = urlsplit(text)
    except ValueError:
        return default
    if parts.scheme or parts.netloc or parts.path.startswith("//") or "//" in parts.path[:3]:
        return default
    path = quote(parts.path, safe="/:@!$&'()*+,;=-._~%")
    return path + (f"?{quote(parts.query, safe='/:@!$&()*+,;=-._~%?')}" if parts.query else "")
