"""Audit of every page of the demo market, in both languages, at desktop and phone widths.

No serious or critical axe violation, no horizontal scrolling, no console message, no request to another host, no heavy page,
no text in the wrong language.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from demo.seeds.accounts import PASSWORD
from tests.e2e.browser_user import TIMEOUT_MS
from tests.e2e.conftest import CHROMIUM, RunningMarket
from tests.e2e.page_audit import MAX_PAGE_KB, PageAudit, misplaced_texts
from tests.factories.demo_market import ADMIN, BUYER, OWNER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"
SHOP = "/s/jinlan"
DESK = f"/desk/{OWNER}"
# Paths; "page > pattern" is the first link of that page that matches.
PUBLIC_PAGES = (
    "/", "/c/cotton", "/search?q=棉", "/search?q=nothing-like-this", "/search?q=布&view=table", "/ > ^/p/", "/merchants/",
    f"{SHOP}/", f"{SHOP}/goods", f"{SHOP}/about", "/cart", "/register", "/sign-in", "/forgot", "/orders/find",
)  # fmt: skip
BUYER_PAGES = (
    "/cart", "/checkout", "/orders", "/orders > ^/orders/2", "/account/", "/account/addresses/", "/account/addresses/new",
    "/account/password", "/account/desks", "/apply/",
)  # fmt: skip
DESK_PAGES = (
    f"{DESK}/", f"{DESK}/orders/", f"{DESK}/orders/?view=all > /orders/2", f"{DESK}/products/",
    f"{DESK}/products/ > products/{UUID}$", f"{DESK}/products/new",
    f"{DESK}/imports/", f"{DESK}/stock/", f"{DESK}/stock/ > stock/{UUID}$", f"{DESK}/stock/book",
    f"{DESK}/stock/places", f"{DESK}/shop/", f"{DESK}/staff/", f"{DESK}/staff/roles", f"{DESK}/record/",
    f"{DESK}/money/", f"{DESK}/money/paper",
    f"{DESK}/parcels/", f"{DESK}/parcels/ > parcels/{UUID}$", f"{DESK}/freight/", f"{DESK}/workflow/",
)  # fmt: skip
CONSOLE_PAGES = (
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


PAGES_BY_ROLE = {
    "visitor": ("", PUBLIC_PAGES),
    "buyer": (BUYER, BUYER_PAGES),
    "merchant": (OWNER, DESK_PAGES),
    "platform": (ADMIN, CONSOLE_PAGES),
}
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}


@pytest.fixture(scope="module")
def page_issues(live_demo_market: RunningMarket) -> dict[tuple[str, str], list[str]]:
    """Audit the pages of every role, both languages in parallel; return the issues by language and role."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        issues_by_language = pool.map(lambda language: audit_all_pages(live_demo_market.url, language), LANGUAGES)
        return {key: issues for language_issues in issues_by_language for key, issues in language_issues.items()}


def audit_all_pages(base_url: str, language: str) -> dict[tuple[str, str], list[str]]:
    """Audit all pages of all roles in one language, in a separate browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    issues: dict[tuple[str, str], list[str]] = {}
    with playwright.sync_playwright() as playwright_driver:
        browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for role, (login, paths) in PAGES_BY_ROLE.items():
            context = browser.new_context(locale=LANGUAGES[language], base_url=base_url)
            context.set_default_timeout(TIMEOUT_MS)
            if login:
                sign_in(context, login, language)
            audit = PageAudit(context, base_url, language)
            if login == BUYER:
                fill_cart(audit)
            for path in paths:
                audit.audit_page(resolve_path(audit, path))
            issues[language, role] = audit.issues
            context.close()
        browser.close()
    return issues


def sign_in(context: Any, login: str, language: str) -> None:
    """Sign in to the site of this user, in the language of the browser."""
    page = context.new_page()
    page.goto("/console/sign-in" if login == ADMIN else "/sign-in")
    page.fill("#f-name", login)
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(f"/language/{ {'zh': 'zh_Hans', 'en': 'en'}[language] }")
    page.close()


def resolve_path(audit: PageAudit, path: str) -> str:
    """Resolve a path; "page > pattern" is the first matching link of a page, repeatedly."""
    page, *patterns = path.split(" > ")
    for pattern in patterns:
        audit.page.goto(page)
        links = audit.page.eval_on_selector_all(
            "main a[href]", "links => links.map(link => link.getAttribute('href').split('#')[0])"
        )
        page = next((link for link in links if re.search(pattern, link)), "")
        assert page, f"{path}: no link matches"
    return page


def fill_cart(audit: PageAudit) -> None:
    """Add products to the cart with the buttons of their pages."""
    audit.page.goto("/search?q=布")
    links = audit.page.eval_on_selector_all(
        "main article a[href^='/p/']", "links => links.map(link => link.getAttribute('href'))"
    )
    for link in list(dict.fromkeys(links))[:3]:
        audit.page.goto(link)
        audit.page.locator("form[action*='/cart'] button.is-price, form[action*='/cart'] button.is-main").first.click()
        audit.page.wait_for_load_state("load")


@pytest.mark.parametrize("role", PAGES_BY_ROLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_have_no_issues(page_issues: dict[tuple[str, str], list[str]], language: str, role: str) -> None:
    assert "\n".join(page_issues[language, role]) == ""


def test_page_weight_equal_from_cache(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url)
    audit = PageAudit(context, live_demo_market.url, "en")
    weights = []
    for _time in range(2):
        audit.audit_page("/sign-in")
        weights.append(round(audit.page_kb))
    context.close()
    assert weights[0] == pytest.approx(weights[1], abs=2)
    assert 20 < weights[0] < MAX_PAGE_KB


def test_not_found_page_has_no_issues(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    audit = PageAudit(context, live_demo_market.url, "zh")
    audit.audit_page("/nowhere", status=404)
    context.close()
    assert audit.issues == []


def test_control_audit_detects_every_fault(live_demo_market: RunningMarket, chromium: Any) -> None:
    """Control: a page with every defect is reported for each of them."""
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    audit = PageAudit(context, live_demo_market.url, "zh")
    page = """<!doctype html><html lang="zh"><title>x</title>
      <script>fetch('http://127.0.0.2:1/').catch(() => 0); console.error('loud')</script>
      <main><img src="/x"><p>Sign in</p><p>too_slow</p><p>%(name)s</p><div style="width: 1400px">宽</div></main>"""
    context.route("**/faulty", lambda route: route.fulfill(body=page, content_type="text/html"))
    audit.audit_page("/faulty")
    context.close()
    report = "\n".join(audit.issues)
    for defect in ("sideways", "image-alt", "loud", "127.0.0.2:1", "'Sign in'", "'too_slow'", "'%(name)s'"):
        assert defect in report, report
    assert list(misplaced_texts(["登录", "锦澜印花"], "en")) == ["登录"]
