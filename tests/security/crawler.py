"""Parser for the forms and links of pages, and a crawler over all reachable pages."""

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
MAX_PER_ROUTE = 3  # pages for each combination of endpoint and query parameters
FormPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Control:
    """Field of a form."""

    name: str
    input_type: str = "text"
    value: str = ""
    options: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Form:
    """Form of a page, as a browser would submit it."""

    page_path: str
    action: str
    method: str
    controls: tuple[Control, ...] = ()
    button: tuple[str, str] | None = None
    multipart: bool = False

    def default_pairs(self) -> FormPairs:
        """Return the submitted fields: the prefilled values, or sample values for empty fields."""
        pairs = [
            (control.name, control.value or sample_value(control))
            for control in self.controls
            if control.input_type not in ("file", "off")
        ]
        return (*pairs, *((self.button,) if self.button else ()))

    def send(self, client: FlaskClient, pairs: Sequence[tuple[str, str]]) -> Any:
        """Submit the form with these fields; the cookies of the client are restored."""
        cookies = dict(client._cookies)  # type: ignore[attr-defined]
        try:
            return self._submit(client, pairs)
        finally:
            client._cookies = cookies  # type: ignore[attr-defined]  # also reverts a logout

    def _submit(self, client: FlaskClient, pairs: Sequence[tuple[str, str]]) -> Any:
        if self.method == "GET":
            return client.get(f"{self.action.split('?')[0]}?{urlencode(pairs)}")
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        content_type = "multipart/form-data" if self.multipart else "application/x-www-form-urlencoded"
        return client.open(self.action, method=self.method, data=data, content_type=content_type)


SAMPLE_VALUES = {
    "email": "new-account@example.com",
    "tel": "13800138000",
    "number": "1",
    "date": "2026-11-01",
    "password": "Nine-purple-looms-4471",
    "url": "https://example.com/",
    "color": "#7a2f5d",
}


def sample_value(control: Control) -> str:
    """Return a valid value for an empty field."""
    if control.input_type == "select":
        return next((option for option in control.options if option), "")
    if not control.required or control.input_type in ("hidden", "checkbox", "radio"):
        return ""
    return SAMPLE_VALUES.get(control.input_type, "某某布行")


class PageParser(HTMLParser):
    """HTML parser that collects forms, links and elements with htmx requests."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.forms_by_id: dict[str, dict[str, Any]] = {}
        self.detached_controls: list[tuple[str, Control]] = []
        self.current_form: dict[str, Any] | None = None
        self.current_select: dict[str, Any] | None = None
        self.current_textarea: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle the start of an element."""
        attributes = {name: value or "" for name, value in attrs}
        self._collect_requests(tag, attributes)
        if tag == "form":
            form_data = {
                "action": attributes.get("action") or self.page,
                "method": attributes.get("method", "get").upper(),
                "controls": [],
            }
            self.current_form = {**form_data, "pressed": [], "multipart": "multipart" in attributes.get("enctype", "")}
            self.forms.append(self.current_form)
            if "id" in attributes:
                self.forms_by_id[attributes["id"]] = self.current_form
        elif tag == "option" and self.current_select is not None:
            value = attributes.get("value", "")
            self.current_select["options"].append(value)
            if "selected" in attributes:
                self.current_select["value"] = value
        elif tag == "select":
            self.current_select = {"has": attributes, "options": [], "value": ""}
        elif tag == "textarea":
            self.current_textarea = {"has": attributes, "text": ""}
        elif tag == "button" and attributes.get("type", "submit") == "submit":
            self._add_button(attributes)
        elif tag == "input":
            self._add_input(attributes)

    def handle_data(self, data: str) -> None:
        """Collect the text of a textarea."""
        if self.current_textarea is not None:
            self.current_textarea["text"] += data

    def handle_endtag(self, tag: str) -> None:
        """Handle the end of a form, select or textarea."""
        if tag == "form":
            self.current_form = None
        elif tag == "select" and self.current_select is not None:
            attributes, options = self.current_select["has"], tuple(self.current_select["options"])
            self._add_control(
                attributes,
                Control(attributes.get("name", ""), "select", self.current_select["value"], options, "required" in attributes),
            )
            self.current_select = None
        elif tag == "textarea" and self.current_textarea is not None:
            attributes = self.current_textarea["has"]
            self._add_control(
                attributes,
                Control(
                    attributes.get("name", ""), "textarea", self.current_textarea["text"].strip(), (), "required" in attributes
                ),
            )
            self.current_textarea = None

    def _collect_requests(self, tag: str, attributes: dict[str, str]) -> None:
        for name in ("href", "hx-get", "data-href") if tag != "link" else ():
            if attributes.get(name):
                self.links.append(urljoin(self.page, attributes[name]))
        for method in ("post", "put", "patch", "delete"):
            if attributes.get(f"hx-{method}") and tag != "form":
                form_data = {"action": attributes[f"hx-{method}"], "method": method.upper(), "controls": [], "pressed": []}
                self.forms.append({**form_data, "multipart": False})

    def _add_button(self, attributes: dict[str, str]) -> None:
        form = self.forms_by_id.get(attributes.get("form", "")) or self.current_form
        if form is not None:
            form["pressed"].append((attributes.get("name", ""), attributes.get("value", ""), attributes.get("formaction", "")))

    def _add_input(self, attributes: dict[str, str]) -> None:
        input_type = attributes.get("type", "text")
        if input_type in ("submit", "image"):
            self._add_button(attributes)
        elif input_type in ("checkbox", "radio"):
            self._add_control(
                attributes,
                Control(
                    attributes.get("name", ""), input_type if "checked" in attributes else "off", attributes.get("value", "on")
                ),
            )
        elif input_type not in ("button", "reset"):
            self._add_control(
                attributes,
                Control(attributes.get("name", ""), input_type, attributes.get("value", ""), (), "required" in attributes),
            )

    def _add_control(self, attributes: dict[str, str], control: Control) -> None:
        if not control.name:
            return
        if "form" in attributes:
            self.detached_controls.append((attributes["form"], control))
        elif self.current_form is not None:
            self.current_form["controls"].append(control)

    def build_forms(self) -> Iterator[Form]:
        """Yield every form once for each of its buttons."""
        for owner, control in self.detached_controls:
            if owner in self.forms_by_id:
                self.forms_by_id[owner]["controls"].append(control)
        for raw_form in self.forms:
            form = Form(
                page_path=self.page,
                action=strip_host(urljoin(self.page, raw_form["action"])),
                method=raw_form["method"],
                controls=tuple(raw_form["controls"]),
                multipart=raw_form["multipart"],
            )
            for name, value, action in raw_form["pressed"] or [("", "", "")]:
                target = strip_host(urljoin(self.page, action)) if action else form.action
                yield replace(form, action=target, button=(name, value) if name else None)


def strip_host(address: str) -> str:
    """Return the URL without the local host; URLs of other hosts are unchanged."""
    parts = urlsplit(address)
    if parts.netloc and parts.netloc != "localhost":
        return address
    return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Crawler:
    """Crawler over all pages that one visitor can reach: responses by path, forms by the endpoint of their action."""

    app: Flask
    client: FlaskClient
    max_per_route: int = MAX_PER_ROUTE
    headers: dict[str, str] = field(default_factory=dict)
    responses: dict[str, Any] = field(default_factory=dict)
    forms: dict[tuple[str, str, FormPairs], Form] = field(default_factory=dict)
    visit_counts: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)

    def crawl(self, *starts: str) -> Crawler:
        """Visit the start pages and every page that they lead to."""
        queue = deque(starts)
        while queue:
            path = strip_host(queue.popleft())
            if not self.should_visit(path):
                continue
            response = self.client.get(path, headers=self.headers)
            self.responses[path] = response
            if response.location:
                queue.append(urljoin(path, response.location))
            if response.mimetype == "text/html":
                parser = self.parse_page(path, response.text)
                queue.extend(parser.links)
        return self

    def parse_page(self, path: str, text: str) -> PageParser:
        """Parse a page and store its forms."""
        parser = PageParser(path)
        parser.feed(text)
        for form in parser.build_forms():
            endpoint = self.endpoint_for(form.action, form.method)
            if endpoint is not None:
                field_names = tuple(
                    sorted({(control.name, control.input_type) for control in form.controls} | {form.button or ("", "")})
                )
                self.forms.setdefault((endpoint, form.method, field_names), form)
        return parser

    def should_visit(self, path: str) -> bool:
        """Return whether a path is a new page of this application within the limit of its kind."""
        if path in self.responses or not path.startswith("/") or len(self.responses) > 600:
            return False
        endpoint = self.endpoint_for(path)
        if endpoint is None or endpoint == "static":
            return False
        page_key = (endpoint, tuple(sorted({name for name, _ in parse_qsl(urlsplit(path).query)})))
        self.visit_counts[page_key] += 1
        return self.visit_counts[page_key] <= self.max_per_route

    def endpoint_for(self, path: str, method: str = "GET") -> str | None:
        """Return the endpoint of a path, or None."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(path).path, method=method)[0])
        except HTTPException:
            return None

    def form_endpoints(self) -> set[str]:
        """Return the endpoints of the unsafe forms."""
        return {str(self.endpoint_for(form.action, form.method)) for form in self.unsafe_forms()}

    def unsafe_forms(self) -> list[Form]:
        """Return the forms with a method other than GET."""
        return [form for (_, method, _), form in self.forms.items() if method != "GET"]
