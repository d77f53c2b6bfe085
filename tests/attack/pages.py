"""Pages as a program sees them: the forms and links in their HTML, and a walk over everything that can be reached."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

HOST = "http://localhost"
EACH = 3  # so many pages of one route and set of query words
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Control:
    """One field of a form."""

    name: str
    kind: str = "text"
    value: str = ""
    options: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Form:
    """A form of a page, as a browser would send it."""

    page: str
    action: str
    method: str
    controls: tuple[Control, ...] = ()
    pressed: tuple[str, str] | None = None
    multipart: bool = False

    def filled(self) -> Pairs:
        """What the form sends: what stands in it, and something sensible where nothing does."""
        pairs = [(one.name, one.value or suggestion(one)) for one in self.controls if one.kind not in ("file", "off")]
        return (*pairs, *((self.pressed,) if self.pressed else ()))

    def send(self, browser: FlaskClient, pairs: Sequence[tuple[str, str]]) -> Any:
        """Send it with these pairs."""
        cookies = dict(browser._cookies)  # type: ignore[attr-defined]
        try:
            return self._sent(browser, pairs)
        finally:
            browser._cookies = cookies  # type: ignore[attr-defined]  # signing out is undone, too

    def _sent(self, browser: FlaskClient, pairs: Sequence[tuple[str, str]]) -> Any:
        if self.method == "GET":
            return browser.get(f"{self.action.split('?')[0]}?{urlencode(pairs)}")
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        kind = "multipart/form-data" if self.multipart else "application/x-www-form-urlencoded"
        return browser.open(self.action, method=self.method, data=data, content_type=kind)


SUGGESTED = {
    "email": "somebody-new@example.com",
    "tel": "13800138000",
    "number": "1",
    "date": "2026-11-01",
    "password": "Nine-purple-looms-4471",
    "url": "https://example.com/",
    "color": "#7a2f5d",
}


def suggestion(control: Control) -> str:
    """A sensible entry for a field that stands empty."""
    if control.kind == "select":
        return next((option for option in control.options if option), "")
    if not control.required or control.kind in ("hidden", "checkbox", "radio"):
        return ""
    return SUGGESTED.get(control.kind, "某某布行")


class Reader(HTMLParser):
    """Collects forms, links and elements that ask the server by themselves."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.by_id: dict[str, dict[str, Any]] = {}
        self.strays: list[tuple[str, Control]] = []
        self.open: dict[str, Any] | None = None
        self.select: dict[str, Any] | None = None
        self.typing: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        has = {name: value or "" for name, value in attrs}
        self._calls(tag, has)
        if tag == "form":
            made = {"action": has.get("action") or self.page, "method": has.get("method", "get").upper(), "controls": []}
            self.open = {**made, "pressed": [], "multipart": "multipart" in has.get("enctype", "")}
            self.forms.append(self.open)
            if "id" in has:
                self.by_id[has["id"]] = self.open
        elif tag == "option" and self.select is not None:
            value = has.get("value", "")
            self.select["options"].append(value)
            if "selected" in has:
                self.select["value"] = value
        elif tag == "select":
            self.select = {"has": has, "options": [], "value": ""}
        elif tag == "textarea":
            self.typing = {"has": has, "text": ""}
        elif tag == "button" and has.get("type", "submit") == "submit":
            self._button(has)
        elif tag == "input":
            self._input(has)

    def handle_data(self, data: str) -> None:
        """Text of a textarea."""
        if self.typing is not None:
            self.typing["text"] += data

    def handle_endtag(self, tag: str) -> None:
        """The end of a form, a choice or a text."""
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select is not None:
            has, options = self.select["has"], tuple(self.select["options"])
            self._add(has, Control(has.get("name", ""), "select", self.select["value"], options, "required" in has))
            self.select = None
        elif tag == "textarea" and self.typing is not None:
            has = self.typing["has"]
            self._add(has, Control(has.get("name", ""), "textarea", self.typing["text"].strip(), (), "required" in has))
            self.typing = None

    def _calls(self, tag: str, has: dict[str, str]) -> None:
        for name in ("href", "hx-get", "data-href") if tag != "link" else ():
            if has.get(name):
                self.links.append(urljoin(self.page, has[name]))
        for method in ("post", "put", "patch", "delete"):
            if has.get(f"hx-{method}") and tag != "form":
                made = {"action": has[f"hx-{method}"], "method": method.upper(), "controls": [], "pressed": []}
                self.forms.append({**made, "multipart": False})

    def _button(self, has: dict[str, str]) -> None:
        form = self.by_id.get(has.get("form", "")) or self.open
        if form is not None:
            form["pressed"].append((has.get("name", ""), has.get("value", ""), has.get("formaction", "")))

    def _input(self, has: dict[str, str]) -> None:
        kind = has.get("type", "text")
        if kind in ("submit", "image"):
            self._button(has)
        elif kind in ("checkbox", "radio"):
            self._add(has, Control(has.get("name", ""), kind if "checked" in has else "off", has.get("value", "on")))
        elif kind not in ("button", "reset"):
            self._add(has, Control(has.get("name", ""), kind, has.get("value", ""), (), "required" in has))

    def _add(self, has: dict[str, str], control: Control) -> None:
        if not control.name:
            return
        if "form" in has:
            self.strays.append((has["form"], control))
        elif self.open is not None:
            self.open["controls"].append(control)

    def finished(self) -> Iterator[Form]:
        """Every form, once for each of its buttons."""
        for owner, control in self.strays:
            if owner in self.by_id:
                self.by_id[owner]["controls"].append(control)
        for made in self.forms:
            form = Form(
                page=self.page,
                action=path_of(urljoin(self.page, made["action"])),
                method=made["method"],
                controls=tuple(made["controls"]),
                multipart=made["multipart"],
            )
            for name, value, action in made["pressed"] or [("", "", "")]:
                target = path_of(urljoin(self.page, action)) if action else form.action
                yield replace(form, action=target, pressed=(name, value) if name else None)


def path_of(address: str) -> str:
    """The address without its host; foreign hosts are left as they are."""
    parts = urlsplit(address)
    if parts.netloc and parts.netloc != "localhost":
        return address
    return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Walk:
    """Everything that one visitor reaches from where it starts: pages in `seen`, forms by the route that they go to."""

    app: Flask
    browser: FlaskClient
    each: int = EACH
    headers: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    forms: dict[tuple[str, str, Pairs], Form] = field(default_factory=dict)
    counted: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)

    def go(self, *starts: str) -> Walk:
        """Walk."""
        waiting = deque(starts)
        while waiting:
            path = path_of(waiting.popleft())
            if not self.wanted(path):
                continue
            answer = self.browser.get(path, headers=self.headers)
            self.seen[path] = answer
            if answer.location:
                waiting.append(urljoin(path, answer.location))
            if answer.mimetype == "text/html":
                reader = self.read(path, answer.text)
                waiting.extend(reader.links)
        return self

    def read(self, path: str, text: str) -> Reader:
        """Remember the forms of a page."""
        reader = Reader(path)
        reader.feed(text)
        for form in reader.finished():
            route = self.route(form.action, form.method)
            if route is not None:
                names = tuple(sorted({(one.name, one.kind) for one in form.controls} | {form.pressed or ("", "")}))
                self.forms.setdefault((route, form.method, names), form)
        return reader

    def wanted(self, path: str) -> bool:
        """Whether this page is new, ours, and not the tenth of its kind."""
        if path in self.seen or not path.startswith("/") or len(self.seen) > 600:
            return False
        route = self.route(path)
        if route is None or route == "static":
            return False
        kind = (route, tuple(sorted({name for name, _ in parse_qsl(urlsplit(path).query)})))
        self.counted[kind] += 1
        return self.counted[kind] <= self.each

    def route(self, path: str, method: str = "GET") -> str | None:
        """The endpoint that answers there; None where there is none."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(path).path, method=method)[0])
        except HTTPException:
            return None

    def targets(self) -> set[str]:
        """The routes that those forms go to."""
        return {str(self.route(form.action, form.method)) for form in self.writing()}

    def writing(self) -> list[Form]:
        """The forms that may change something."""
        return [form for (_, method, _), form in self.forms.items() if method != "GET"]
