"""Addresses: what came from outside and where it may lead; what stands on every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from flask import request, url_for


def steady(endpoint: str) -> Callable[[], str]:
    """The address of a page without parts of its own, as the head of every page shows it: built once for each host."""
    return lambda: _built(endpoint, request.scheme, request.host, request.script_root)


@lru_cache(maxsize=1000)
def _built(endpoint: str, _scheme: str, _host: str, _root: str) -> str:
    return url_for(endpoint)


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
