"""Jinja tag that caches template fragments which are equal for all users, per key and for some seconds.

    {% cache 'footer' %} … {% endcache %}
    {% cache 'filters', action, criteria.key %} … {% endcache %}
    {% cache 'product', code, version=page.version, timeout=900, placeholders={'token': csrf()} %}
        … {{ placeholder('token') }} …
    {% endcache %}

Key and version must contain everything that the fragment depends on: the version what changes over time, so that only the
newest rendering of a key is stored. Language and host are part of every key. A fragment must not contain personal data:
names, addresses, tokens, or anything that depends on permissions. Such values go into placeholders, which are filled for
each response.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from flask import request
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup, escape

from marketplace.kernel.cache import VersionedCache
from marketplace.kernel.localized_text import current_language

DEFAULT_TTL = 15
MAX_BYTES = 3 * 2**20
NO_CACHE = object()
"""Version of a fragment that is rendered for one response and not cached."""
_fragments: VersionedCache[bytes] = VersionedCache(MAX_BYTES, len)
# Random per process, so that no text of a page can contain it.
_placeholder_delimiter = f"\0{secrets.token_hex(8)}\0"


class FragmentCacheExtension(Extension):
    """Jinja extension with the tag `cache`."""

    tags = {"cache"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["placeholder"] = placeholder

    def parse(self, parser: Parser) -> nodes.Node:
        """Parse the key and the options, and the body up to `endcache`."""
        lineno = next(parser.stream).lineno
        key = [parser.parse_expression()]
        options: dict[str, nodes.Expr] = {
            "version": nodes.Const(None),
            "timeout": nodes.Const(DEFAULT_TTL),
            "placeholders": nodes.Const(None),
        }
        while parser.stream.skip_if("comma"):
            token = parser.stream.current
            if token.test("name") and token.value in options and parser.stream.look().test("assign"):
                parser.stream.skip(2)
                options[token.value] = parser.parse_expression()
            else:
                key.append(parser.parse_expression())
        body = parser.parse_statements(("name:endcache",), drop_needle=True)
        call = self.call_method("render", [nodes.Tuple(key, "load"), *options.values()])
        return nodes.CallBlock(call, [], [], body).set_lineno(lineno)

    @staticmethod
    def render(
        key: tuple[Any, ...], version: Hashable, timeout: int, placeholders: Mapping[str, Any] | None, caller: Callable[[], str]
    ) -> str:
        """Return the cached or newly rendered fragment with its placeholders filled."""
        text = str(caller()) if version is NO_CACHE else _cached_text(key, version, timeout, caller)
        for name, value in (placeholders or {}).items():
            text = text.replace(_placeholder_token(name), escape(value))
        return Markup(text)  # noqa: S704 - rendered by a template with autoescape


def placeholder(name: str) -> Markup:
    """Return the placeholder of a personal value in a cached fragment; the option `placeholders` has the value."""
    return Markup(_placeholder_token(name))  # noqa: S704 - the name is written in a template


def _cached_text(key: tuple[Any, ...], version: Hashable, timeout: int, caller: Callable[[], str]) -> str:
    full_key = (current_language(), request.host, key)
    # The offset by key keeps fragments from expiring all at once.
    full_version = (version, (int(time.monotonic()) + hash(key) % timeout) // timeout)
    cached = _fragments.get(full_key, full_version)
    if cached is not None:
        return (cached if version is None else zlib.decompress(cached)).decode()
    text = str(caller())
    encoded = text.encode()
    # Versioned fragments are numerous and long: compressed they take a fifth of the memory, at 1 % of the rendering time.
    _fragments.set(full_key, encoded if version is None else zlib.compress(encoded, 1), full_version)
    return text


def _placeholder_token(name: str) -> str:
    return f"{_placeholder_delimiter}{name}{_placeholder_delimiter}"
