"""A visitor's browser, as little of it as a visit needs: cookies, forms, redirects inside this machine."""

from __future__ import annotations

import html
import http.client
import re
from urllib.parse import urlencode, urlsplit

FIELD = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?>')
VALUE = re.compile(r'value="([^"]*)"')
LANGUAGE = "zh-CN,zh;q=0.9"


class Refused(Exception):
    """An answer that no visitor wants."""


class Browser:
    """Cookies over one connection."""

    def __init__(self, connection: http.client.HTTPConnection, cookies: dict[str, str] | None = None) -> None:
        self._connection = connection
        self.cookies = dict(cookies or {})
        self.status = 0
        self.location = ""

    def get(self, path: str) -> str:
        """Look at a page. Raises Refused."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, form: dict[str, str], *, fragment: bool = False) -> str:
        """Send a form; `fragment`: as htmx does. Raises Refused."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({"HX-Request": "true"} if fragment else {})
        return self._ask("POST", path, urlencode(form), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._connection.request(method, path, body, {"Accept-Language": LANGUAGE, "Cookie": held, **headers})
        answer = self._connection.getresponse()
        page = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        self.status, self.location = answer.status, answer.headers.get("Location") or ""
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status}")
        return page


def fields(page: str) -> dict[str, str]:
    """The values of a page's input fields; of several with one name, the first."""
    found: dict[str, str] = {}
    for match in FIELD.finditer(page):
        value = VALUE.search(match.group(0))
        found.setdefault(match.group(1), html.unescape(value.group(1)) if value else "")
    return found


def local(url: str) -> tuple[int, str]:
    """The port and path of an address on this machine."""
    parts = urlsplit(url)
    return parts.port or 80, parts.path + (f"?{parts.query}" if parts.query else "")
