"""Parts of a page that are the same for everybody, drawn once in some seconds for each key.

    {% kept 'foot' %} … {% endkept %}
    {% kept 'filters', action, wish.address() %} … {% endkept %}
    {% kept 'product', code marked page.mark lasting 900 filled {'token': csrf()} %} … {{ hole('token') }} … {% endkept %}

Key and mark must name everything that the part depends on: the mark what changes with time, so that only the newest is kept.
Language and host are part of every key. Never around anything personal: names, addresses, tokens, what somebody may see.
Where such a thing stands in the midst of a part, the part has a hole there, and what fills it is given for each page anew.
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

from marketplace.kernel.memo import Ready
from marketplace.kernel.texts import language

SECONDS = 15
MOST = 3 * 2**20  # bytes
FRESH = object()
"""As a mark: this part is drawn for one page and not kept."""
_parts: Ready[bytes] = Ready(MOST, len)
# No text of a page can contain it: it is drawn anew by every process.
_edge = f"\0{secrets.token_hex(8)}\0"


class Kept(Extension):
    """The tag."""

    tags = {"kept"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["hole"] = hole

    def parse(self, parser: Parser) -> nodes.Node:
        """Everything up to `endkept`, with the expressions after the tag's name as its key."""
        line = next(parser.stream).lineno
        key = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            key.append(parser.parse_expression())
        mark = parser.parse_expression() if parser.stream.skip_if("name:marked") else nodes.Const(None)
        lasting = parser.parse_expression() if parser.stream.skip_if("name:lasting") else nodes.Const(SECONDS)
        fillings = parser.parse_expression() if parser.stream.skip_if("name:filled") else nodes.Const(None)
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        call = self.call_method("draw", [nodes.Tuple(key, "load"), mark, lasting, fillings])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    @staticmethod
    def draw(
        key: tuple[Any, ...], mark: Hashable, lasting: int, fillings: Mapping[str, Any] | None, caller: Callable[[], str]
    ) -> str:
        """The part as it was drawn in these seconds, or drawn now, with its holes filled."""
        text = str(caller()) if mark is FRESH else _text(key, mark, lasting, caller)
        for name, filling in (fillings or {}).items():
            text = text.replace(_edged(name), escape(filling))
        return Markup(text)  # noqa: S704 - a template escapes what it shows


def hole(name: str) -> Markup:
    """Where something personal stands in a kept part; `filled` says what."""
    return Markup(_edged(name))  # noqa: S704 - the name is written in a template


def _text(key: tuple[Any, ...], mark: Hashable, lasting: int, caller: Callable[[], str]) -> str:
    whole = (language(), request.host, key)
    # Not all parts end at once: each has a beginning of its own.
    now = (mark, (int(time.monotonic()) + hash(key) % lasting) // lasting)
    known = _parts.get(whole, now)
    if known is not None:
        return (known if mark is None else zlib.decompress(known)).decode()
    text = str(caller())
    said = text.encode()
    # What has a mark there is much of, and it is long: pressed it takes a fifth of the room, for a hundredth of the time.
    _parts.keep(whole, said if mark is None else zlib.compress(said, 1), now)
    return text


def _edged(name: str) -> str:
    return f"{_edge}{name}{_edge}"
