"""Parts of a page that are the same for everybody, drawn once in some seconds for each key.

    {% kept 'foot' %} … {% endkept %}
    {% kept 'filters', action, wish.address() %} … {% endkept %}

The key must name everything that the part depends on; language and host are part of every key. Never around anything
personal: names, addresses, tokens, what somebody may see.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from marketplace.kernel.memo import Ready
from marketplace.kernel.texts import language

SECONDS = 15
MOST = 150
_parts: Ready[str] = Ready(MOST)


class Kept(Extension):
    """The tag."""

    tags = {"kept"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Everything up to `endkept`, with the expressions after the tag's name as its key."""
        line = next(parser.stream).lineno
        key = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            key.append(parser.parse_expression())
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        call = self.call_method("draw", [nodes.Tuple(key, "load")])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    @staticmethod
    def draw(key: tuple[Any, ...], caller: Callable[[], str]) -> str:
        """The part as it was drawn in these seconds, or drawn now."""
        whole = (language(), request.host, int(time.monotonic()) // SECONDS, *key)
        return _parts.get(whole) or _parts.keep(whole, Markup(caller()))  # noqa: S704 - a template escapes what it shows
