"""Every page of the market's story, looked at as a picky visitor would: in both languages, wide and on a phone.

Nothing serious or critical for axe, nothing scrolls sideways, the console is silent, no other host is asked, no page is
heavy, no word stands in the wrong language.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tenants.accounts.seeds import PASSWORD
from tests.factories.market import ADMIN, BUYER, OWNER
from tests.journeys.conftest import CHROMIUM, Market
from tests.journeys.pages import PATIENCE
from tests.journeys.walking import HEAVIEST, Walk, mixed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"
SHOP = "/s/jinlan"
DESK = f"/desk/{OWNER}"
# Addresses; "page > pattern" is the first link of that page that fits.
ANYBODY = (
    "/", "/c/cotton", "/search?q=棉", "/search?q=nothing-like-this", "/search?q=布&view=table", "/ > ^/p/", "/merchants/",
    f"{SHOP}/", f"{SHOP}/goods", f"{SHOP}/about", "/cart", "/register", "/sign-in", "/forgot", "/orders/find",
)  # fmt: skip
BUYERS = (
    "/cart", "/checkout", "/orders", "/orders > ^/orders/2", "/account/", "/account/addresses/", "/account/addresses/new",
    "/account/password", "/account/desks", "/apply/",
)  # fmt: skip
DESKS = (
    f"{DESK}/", f"{DESK}/orders/", f"{DESK}/orders/?view=all > /orders/2", f"{DESK}/products/",
    f"{DESK}/products/ > products/{UUID}$", f"{DESK}/products/new",
    f"{DESK}/imports/", f"{DESK}/stock/", f"{DESK}/stock/ > stock/{UUID}$", f"{DESK}/stock/book",
    f"{DESK}/stock/places", f"{DESK}/shop/", f"{DESK}/staff/", f"{DESK}/staff/roles", f"{DESK}/record/",
    f"{DESK}/money/", f"{DESK}/money/paper",
    f"{DESK}/parcels/", f"{DESK}/parcels/ > parcels/{UUID}$", f"{DESK}/freight/", f"{DESK}/workflow/",
)  # fmt: skip
CONSOLE = (
    "/console/", "/console/applications/", f"/console/applications/ > applications/{UUID}$", "/console/merchants/",
    f"/console/merchants/ > merchants/{UUID}$", f"/console/merchants/ > merchants/{UUID}$ > /record$",
    "/console/applications/new", "/console/catalogue/categories",
    f"/console/catalogue/categories > categories/{UUID}$",
    "/console/catalogue/brands", "/console/catalogue/products", f"/console/catalogue/products > products/{UUID}$",
    "/console/orders/", "/console/orders/ > orders/2", "/console/ledger/", "/console/ledger/accounts", "/console/ledger/entries",
    f"/console/ledger/entries > entries/{UUID}$", "/console/payments/", f"/console/payments/ > payments/{UUID}$",
    "/console/commissions/", "/console/commissions/edit", "/console/letters/", "/console/audit/", "/console/team/",
    "/console/settings/", "/console/style",
)  # fmt: skip


TOURS = {"anybody": ("", ANYBODY), "a buyer": (BUYER, BUYERS), "a merchant": (OWNER, DESKS), "the market": (ADMIN, CONSOLE)}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}


@pytest.fixture(scope="module")
def troubles(planted: Market) -> dict[tuple[str, str], list[str]]:
    """What is wrong with the pages of each visitor; the two languages are walked at the same time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        walks = pool.map(lambda language: tour(planted.url, language), LANGUAGES)
        return {place: said for walk in walks for place, said in walk.items()}


def tour(base: str, language: str) -> dict[tuple[str, str], list[str]]:
    """All pages of everybody, in one language, in a browser of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    said: dict[tuple[str, str], list[str]] = {}
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for visitor, (login, addresses) in TOURS.items():
            context = browser.new_context(locale=LANGUAGES[language], base_url=base)
            context.set_default_timeout(PATIENCE)
            if login:
                sign_in(context, login, language)
            walk = Walk(context, base, language)
            if login == BUYER:
                fill_cart(walk)
            for address in addresses:
                walk.look(found(walk, address))
            said[language, visitor] = walk.troubles
            context.close()
        browser.close()
    return said


def sign_in(context: Any, login: str, language: str) -> None:
    """Through the door this person uses, in the language of the browser."""
    page = context.new_page()
    page.goto("/console/sign-in" if login == ADMIN else "/sign-in")
    page.fill("#f-name", login)
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"/language/{ {'zh': 'zh_Hans', 'en': 'en'}[language] }")
    page.close()


def found(walk: Walk, address: str) -> str:
    """An address, or the first link of a page that fits a pattern, and so on from there."""
    page, *patterns = address.split(" > ")
    for pattern in patterns:
        walk.page.goto(page)
        links = walk.page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href').split('#')[0])")
        page = next((link for link in links if re.search(pattern, link)), "")
        assert page, f"{address}: no link fits"
    return page


def fill_cart(walk: Walk) -> None:
    """Something of two merchants in the cart, by the page's own button."""
    walk.page.goto("/search?q=布")
    links = walk.page.eval_on_selector_all("main article a[href^='/p/']", "all => all.map(one => one.getAttribute('href'))")
    for link in list(dict.fromkeys(links))[:3]:
        walk.page.goto(link)
        walk.page.locator("form[action*='/cart'] button.is-price, form[action*='/cart'] button.is-main").first.click()
        walk.page.wait_for_load_state("load")


@pytest.mark.parametrize("visitor", TOURS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wrong_with_any_page(troubles: dict[tuple[str, str], list[str]], language: str, visitor: str) -> None:
    assert "\n".join(troubles[language, visitor]) == ""


def test_a_page_weighs_the_same_from_the_cache(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url)
    walk = Walk(context, planted.url, "en")
    weights = []
    for _time in range(2):
        walk.look("/sign-in")
        weights.append(round(walk.weight))
    context.close()
    assert weights[0] == pytest.approx(weights[1], abs=2)
    assert 20 < weights[0] < HEAVIEST


def test_a_page_that_is_not_there_is_a_page_too(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    walk = Walk(context, planted.url, "zh")
    walk.look("/nowhere", status=404)
    context.close()
    assert walk.troubles == []


def test_the_eye_sees(planted: Market, chromium: Any) -> None:
    """The control: a page with every fault gets every complaint."""
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    walk = Walk(context, planted.url, "zh")
    page = """<!doctype html><html lang="zh"><title>x</title>
      <script>fetch('http://127.0.0.2:1/').catch(() => 0); console.error('loud')</script>
      <main><img src="/x"><p>Sign in</p><p>too_slow</p><p>%(name)s</p><div style="width: 1400px">宽</div></main>"""
    context.route("**/faulty", lambda route: route.fulfill(body=page, content_type="text/html"))
    walk.look("/faulty")
    context.close()
    said = "\n".join(walk.troubles)
    for fault in ("sideways", "image-alt", "loud", "127.0.0.2:1", "'Sign in'", "'too_slow'", "'%(name)s'"):
        assert fault in said, said
    assert list(mixed(["登录", "锦澜印花"], "en")) == ["登录"]
