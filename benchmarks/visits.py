"""What visitors do: look at pages, put something into a cart, buy from two merchants and pay."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from benchmarks.browser import LANGUAGE, Browser, Refused, fields, local
from benchmarks.load import LOCAL, Get, Visit

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
class Market:
    """Where the market is, and what can be visited there."""

    port: int
    codes: list[str]
    lots: list[list[list[str]]]
    categories: list[str]
    common: str
    asked: list[str]
    words: list[str]

    @classmethod
    def of(cls, port: int, facts: dict[str, Any]) -> Market:
        """From what the planting printed."""
        return cls(port=port, **facts)


def pages(market: Market) -> dict[str, Visit]:
    """The pages, by mark."""
    reader = {"Accept-Language": LANGUAGE}
    return {
        "home": Get(("/",), reader),
        "P1": Get(tuple(f"/c/{slug}" for slug in market.categories), reader),
        "P5": Get(tuple(f"/search?q={quote(word)}" for word in market.asked), reader),
        "P5.common": Get((f"/search?q={quote(market.common)}",), reader),
        "P2": Get(tuple(f"/p/{code}" for code in market.codes), reader),
        "P3": Get(("/api/v1/",), reader),
        "sign-in": Get(("/sign-in",), reader),
    }


@dataclass
class AddToCart:
    """Somebody with an empty cart presses the button of a product's page, as htmx sends it."""

    market: Market
    form: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def prepare(self) -> AddToCart:
        """Open one product's page, for the token and the visit that every new visitor gets alike."""
        connection = http.client.HTTPConnection(LOCAL[0], self.market.port, timeout=30)
        browser = Browser(connection)
        page = fields(browser.get(f"/p/{self.market.lots[0][0][0]}"))
        connection.close()
        self.form = {name: page[name] for name in ("csrf_token", "variant", "quantity")}
        self.cookies = browser.cookies
        return self

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """One press."""
        browser = Browser(connection, self.cookies)
        browser.post("/cart/lines", self.form, fragment=True)
        return browser.status


@dataclass
class PageAndAdd:
    """A new visitor: looks at a product, then puts it into the cart."""

    market: Market

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """The page and the press."""
        browser = Browser(connection)
        _take(browser, self.market.codes[turn % len(self.market.codes)])
        return browser.status


@dataclass
class Checkout:
    """A buyer puts goods of two merchants into the cart, looks at it, gives an address, orders, and is led to the gateway."""

    market: Market
    _tokens: dict[str, str] = field(default_factory=dict)
    _visits: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """From the first press to the purchase that waits for its money: six requests, and once a buyer the page before."""
        self._ordered(connection, turn)
        return 200

    def _ordered(self, connection: http.client.HTTPConnection, turn: int) -> Browser:
        browser = self._with_goods(connection, turn)
        browser.post("/checkout", self._form(browser))
        if "/pay/" not in browser.location:
            raise Refused(f"not led to the gateway but to {browser.location!r}")
        return browser

    def place(self, connection: http.client.HTTPConnection, turn: int) -> float:
        """How many seconds the press of "order and pay" takes, alone."""
        browser = self._with_goods(connection, turn)
        form = self._form(browser)
        started = time.perf_counter()
        browser.post("/checkout", form)
        return time.perf_counter() - started

    def _with_goods(self, connection: http.client.HTTPConnection, turn: int) -> Browser:
        """Two presses as htmx sends them, by somebody who has been on a product's page before; a minimum's worth of each."""
        word = self.market.words[turn % len(self.market.words)]
        browser = Browser(connection, self._visits.get(word, {"shop": word}))
        if word not in self._tokens:
            self._tokens[word] = fields(browser.get(f"/p/{self.market.lots[0][0][0]}"))["csrf_token"]
            self._visits[word] = browser.cookies
        token = self._tokens[word]
        first, second = self.market.lots[turn % 2], self.market.lots[2 + turn % (len(self.market.lots) - 2)]
        for lot in (first, second):
            _code, variant, least = lot[turn % len(lot)]
            form = {"csrf_token": token, "variant": variant, "quantity": least}
            browser.post("/cart/lines", form, fragment=True)
        browser.get("/cart")
        return browser

    def _form(self, browser: Browser) -> dict[str, str]:
        form = fields(browser.get("/checkout"))
        kept = {name: value for name, value in form.items() if name in ("csrf_token", "key") or name.startswith("seen-")}
        # Choosing the district counts the freight: htmx asks for the form alone.
        asked = kept | ADDRESS | {"do": "recount", "expected": form["expected"]}
        recounted = fields(browser.post("/checkout", asked, fragment=True))
        return kept | ADDRESS | {"do": "place", "expected": recounted["expected"]}

    def _pay(self, browser: Browser) -> None:
        port, path = local(browser.location)
        desk = http.client.HTTPConnection(LOCAL[0], port, timeout=30)
        buyer = Browser(desk)
        buyer.get(path)
        buyer.post(f"{path.partition('?')[0]}/pay", {"method": "alipay", "post": "never"})
        desk.close()
        _, back = local(buyer.location)
        form = fields(browser.get(back))
        browser.post("/pay/check", {name: form[name] for name in ("csrf_token", "reference")})


@dataclass
class Purchase(Checkout):
    """The same, and then the gateway's page, the payment there, the way back and the question whether it arrived."""

    def __call__(self, connection: http.client.HTTPConnection, turn: int) -> int:
        """The whole story."""
        browser = self._ordered(connection, turn)
        self._pay(browser)
        return browser.status


def _take(browser: Browser, code: str) -> None:
    page = fields(browser.get(f"/p/{code}"))
    browser.post("/cart/lines", {name: page[name] for name in ("csrf_token", "variant", "quantity")}, fragment=True)
