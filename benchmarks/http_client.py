"""A minimal browser: cookies, forms, redirects on this machine."""

from __future__ import annotations

import html
import http.client
import re
from urllib.parse import urlencode, urlsplit

INPUT_RE = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?>')
VALUE_RE = re.compile(r'value="([^"]*)"')
ACCEPT_LANGUAGE = "zh-CN,zh;q=0.9"


class RequestFailed(Exception):
    """A response that no visitor expects."""


class HttpClient:
    """A client with cookies on one connection."""

    def __init__(self, connection: http.client.HTTPConnection, cookies: dict[str, str] | None = None) -> None:
        self._connection = connection
        self.cookies = dict(cookies or {})
        self.status = 0
        self.location = ""

    def get(self, path: str) -> str:
        """Request a page.

        Raises:
            RequestFailed: The status is 400 or above.
        """
        return self._request("GET", path, None, {})

    def post(self, path: str, form: dict[str, str], *, htmx: bool = False) -> str:
        """Submit a form, with `htmx` as an htmx request.

        Raises:
            RequestFailed: The status is 400 or above.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({"HX-Request": "true"} if htmx else {})
        return self._request("POST", path, urlencode(form), headers)

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
        cookie_header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._connection.request(method, path, body, {"Accept-Language": ACCEPT_LANGUAGE, "Cookie": cookie_header, **headers})
        response = self._connection.getresponse()
        page = response.read().decode("utf-8", "replace")
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        self.status, self.location = response.status, response.headers.get("Location") or ""
        if response.status >= 400:
            raise RequestFailed(f"{method} {path}: {response.status}")
        return page


def parse_form_fields(page: str) -> dict[str, str]:
    """Return the values of a page's input fields; of several with one name, the first."""
    fields: dict[str, str] = {}
    for match in INPUT_RE.finditer(page):
        value = VALUE_RE.search(match.group(0))
        fields.setdefault(match.group(1), html.unescape(value.group(1)) if value else "")
    return fields


def port_and_path(url: str) -> tuple[int, str]:
    """Return port and path of a URL on this machine."""
    parts = urlsplit(url)
    return parts.port or 80, parts.path + (f"?{parts.query}" if parts.query else "")
