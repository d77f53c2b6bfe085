"""Scenarios of visitors: viewing pages, adding to the cart, buying from two merchants and paying."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from benchmarks.http_client import ACCEPT_LANGUAGE, HttpClient, RequestFailed, parse_form_fields, port_and_path
from benchmarks.load import LOCAL_HOSTS, GetRequests, Scenario

ADDRESS = {
    "address": "new",
    "name": "王经理",
    "phone": "13805718866",
    "region_province": "33",
    "region_city": "3301",
    "region_district": "330110",
    "street": "仓前街道 88 号",
    "postcode": "311121",
}


@dataclass(frozen=True)
class Site:
    """The site under test and what can be visited there."""

    port: int
    codes: list[str]
    lots: list[list[list[str]]]
    categories: list[str]
    common_term: str
    search_terms: list[str]
    session_tokens: list[str]

    @classmethod
    def from_seed_summary(cls, port: int, summary: dict[str, Any]) -> Site:
        """Create it from the summary printed by `benchmarks.bulk_seed`."""
        return cls(port=port, **summary)


def page_scenarios(site: Site) -> dict[str, Scenario]:
    """Return the page scenarios by target id."""
    headers = {"Accept-Language": ACCEPT_LANGUAGE}
    return {
        "home": GetRequests(("/",), headers),
        "category": GetRequests(tuple(f"/c/{slug}" for slug in site.categories), headers),
        "search": GetRequests(tuple(f"/search?q={quote(term)}" for term in site.search_terms), headers),
        "search.common": GetRequests((f"/search?q={quote(site.common_term)}",), headers),
        "product": GetRequests(tuple(f"/p/{code}" for code in site.codes), headers),
        "no-sql": GetRequests(("/api/v1/",), headers),
        "sign-in": GetRequests(("/sign-in",), headers),
    }


@dataclass
class AddToCart:
    """A visitor with an empty cart submits the form of a product page, as htmx sends it."""

    site: Site
    form: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> AddToCart:
        """Open one product page for the CSRF token and the cookies, which all new visitors share."""
        connection = http.client.HTTPConnection(LOCAL_HOSTS[0], self.site.port, timeout=30)
        client = HttpClient(connection)
        page = parse_form_fields(client.get(f"/p/{self.site.lots[0][0][0]}"))
        connection.close()
        self.form = {name: page[name] for name in ("csrf_token", "variant", "quantity")}
        self.cookies = client.cookies
        return self

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """Submit the form once."""
        client = HttpClient(connection, self.cookies)
        client.post("/cart/lines", self.form, htmx=True)
        return client.status


@dataclass
class ProductPageAndAddToCart:
    """A new visitor views a product and adds it to the cart."""

    site: Site

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """View the page and submit the form."""
        client = HttpClient(connection)
        _add_to_cart(client, self.site.codes[turn % len(self.site.codes)])
        return client.status


@dataclass
class Checkout:
    """A buyer adds products of two merchants, views the cart, enters an address, orders, and is redirected to the gateway."""

    site: Site
    _tokens: dict[str, str] = field(default_factory=dict)
    _session_cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """Run from the first click to the unpaid purchase: six requests, plus a page view once per buyer."""
        self._place_order(connection, turn)
        return 200

    def _place_order(self, connection: http.client.HTTPConnection, turn: int) -> HttpClient:
        client = self._fill_cart(connection, turn)
        client.post("/checkout", self._checkout_form(client))
        if "/pay/" not in client.location:
            raise RequestFailed(f"redirected to {client.location!r} instead of the gateway")
        return client

    def time_place_order(self, connection: http.client.HTTPConnection, turn: int) -> float:
        """Return how many seconds the submission of the checkout form takes."""
        client = self._fill_cart(connection, turn)
        form = self._checkout_form(client)
        started = time.perf_counter()
        client.post("/checkout", form)
        return time.perf_counter() - started

    def _fill_cart(self, connection: http.client.HTTPConnection, turn: int) -> HttpClient:
        """Add the minimum quantity of two products as htmx does, for a buyer who has viewed a product page before."""
        session_token = self.site.session_tokens[turn % len(self.site.session_tokens)]
        client = HttpClient(connection, self._session_cookies.get(session_token, {"shop": session_token}))
        if session_token not in self._tokens:
            self._tokens[session_token] = parse_form_fields(client.get(f"/p/{self.site.lots[0][0][0]}"))["csrf_token"]
            self._session_cookies[session_token] = client.cookies
        token = self._tokens[session_token]
        first, second = self.site.lots[turn % 2], self.site.lots[2 + turn % (len(self.site.lots) - 2)]
        for lot in (first, second):
            _code, variant, min_quantity = lot[turn % len(lot)]
            form = {"csrf_token": token, "variant": variant, "quantity": min_quantity}
            client.post("/cart/lines", form, htmx=True)
        client.get("/cart")
        return client

    def _checkout_form(self, client: HttpClient) -> dict[str, str]:
        form = parse_form_fields(client.get("/checkout"))
        carried_fields = {
            name: value for name, value in form.items() if name in ("csrf_token", "key") or name.startswith("seen-")
        }
        # Choosing the district recalculates shipping: htmx requests the form only.
        recount_form = carried_fields | ADDRESS | {"do": "recount", "expected": form["expected"]}
        recounted = parse_form_fields(client.post("/checkout", recount_form, htmx=True))
        return carried_fields | ADDRESS | {"do": "place", "expected": recounted["expected"]}

    def _pay(self, client: HttpClient) -> None:
        port, path = port_and_path(client.location)
        gateway_connection = http.client.HTTPConnection(LOCAL_HOSTS[0], port, timeout=30)
        gateway_client = HttpClient(gateway_connection)
        gateway_client.get(path)
        gateway_client.post(f"{path.partition('?')[0]}/pay", {"method": "alipay", "post": "never"})
        gateway_connection.close()
        _, return_path = port_and_path(gateway_client.location)
        form = parse_form_fields(client.get(return_path))
        client.post("/pay/check", {name: form[name] for name in ("csrf_token", "reference")})


@dataclass
class Purchase(Checkout):
    """The checkout followed by the gateway's page, the payment, the return and the check of the payment."""

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """Run the checkout and pay."""
        client = self._place_order(connection, turn)
        self._pay(client)
        return client.status


def _add_to_cart(client: HttpClient, code: str) -> None:
    page = parse_form_fields(client.get(f"/p/{code}"))
    client.post("/cart/lines", {name: page[name] for name in ("csrf_token", "variant", "quantity")}, htmx=True)
