"""Keyboard operation, history navigation and focus during htmx swaps, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e import keyboard
from tests.e2e.browser_user import TIMEOUT_MS
from tests.e2e.conftest import RunningMarket
from tests.e2e.page_audit import PageAudit
from tests.e2e.test_pages import DESK, LANGUAGES, fill_cart, resolve_path, sign_in
from tests.factories.demo_market import ADMIN, BUYER, OWNER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_checkout_new_address_updates_shipping_while_typing(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, BUYER, "zh")
    audit = PageAudit(context, live_demo_market.url, "zh")
    fill_cart(audit)
    page = audit.page
    page.goto("/checkout")
    assert page.locator("#f-street").count() == 0
    page.locator("label:has(#f-address-new)").click()
    page.locator("#f-street").wait_for()
    before = page.locator("#summary").inner_text()
    for level, code in {"province": "54", "city": "5401", "district": "540102"}.items():
        page.locator(f"#f-region-{level} option[value='{code}']").wait_for(state="attached")
        page.select_option(f"#f-region-{level}", code)
    page.fill("#f-street", "仓前街道 88 号")
    page.wait_for_function("before => document.querySelector('#summary').innerText !== before", arg=before)
    field_values = page.input_value("#f-street"), page.input_value("#f-region-district")
    context.close()
    assert field_values == ("仓前街道 88 号", "540102")


def test_back_from_error_page_restores_form(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, BUYER, "zh")
    page = context.new_page()
    page.goto("/account/addresses/new")
    page.fill("#f-name", "王经理")
    page.locator("#f-street").evaluate("input => { input.removeAttribute('maxlength'); input.value = '文一路'.repeat(200) }")
    page.locator("form:has(#f-street)").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator("a[data-history-back]").click()
    page.locator("#f-street").wait_for()
    field_values = page.input_value("#f-name"), len(page.input_value("#f-street"))
    context.close()
    assert field_values == ("王经理", 600)


def focused_id(page: Any) -> str:
    """Return the id of the focused element, or an empty string."""
    return str(page.evaluate("document.activeElement.id"))


def wait_for_swap(page: Any, action: Any, selector: str) -> None:
    """Perform an action that swaps a part of the page, and wait until the swap has settled."""
    page.locator(selector).evaluate("element => { element.dataset.old = 'yes' }")
    action()
    page.locator(f"{selector}:not([data-old])").wait_for()
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')")


def test_price_range_typing_survives_swap(live_demo_market: RunningMarket, chromium: Any) -> None:
    """Check that a swap preserves the focus and the typing during the request, and that the typed value is requested too."""
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto("/c/cotton")
    page.focus("#facet-price-min")
    page.keyboard.type("10")

    def type_second_value() -> None:
        page.keyboard.press("Tab")
        page.keyboard.type("19")

    wait_for_swap(page, type_second_value, "#listing")
    page.keyboard.type(".50")
    typed = focused_id(page), page.input_value("#facet-price-min"), page.input_value("#facet-price-max")
    wait_for_swap(page, lambda: page.keyboard.press("Tab"), "#listing")
    page.wait_for_url("**price_max=19.50**")
    focused_after_swap = focused_id(page)
    # the caret position is preserved too, and the preserved value of the other field is requested
    page.focus("#facet-price-min")
    page.keyboard.press("End")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**price_min=101**")
    context.close()
    assert typed == ("facet-price-max", "10", "19.50")
    assert focused_after_swap == "facet-price-apply"


def test_focus_is_preserved_across_swaps(live_demo_market: RunningMarket, chromium: Any) -> None:
    """Check the focus after swaps by keyboard in cart, filters, variants, addresses and the add-to-cart button."""
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, BUYER, "zh")
    audit = PageAudit(context, live_demo_market.url, "zh")
    fill_cart(audit)
    page, lost = audit.page, []

    def press_and_compare_focus(path: str, selector: str, key: str, part_selector: str) -> None:
        page.goto(path)
        page.locator(selector).first.focus()
        before = focused_id(page)
        wait_for_swap(page, lambda: page.keyboard.press(key), part_selector)
        if not before or focused_id(page) != before:
            lost.append(f"{path} {selector}: {before!r} became {focused_id(page)!r}")

    press_and_compare_focus("/cart", "[data-step='1']", "Enter", "#cart")
    press_and_compare_focus("/cart", "input[name=pick]", "Space", "#cart")
    press_and_compare_focus("/cart", "input[name=pick]", "Space", "#cart")
    press_and_compare_focus("/c/cotton", "#listing .option input", "Space", "#listing")
    press_and_compare_focus(resolve_path(audit, "/c/cotton > ^/p/"), "a.choice:not([aria-current])", "Enter", "#product")
    page.locator(".purchase-actions button.is-price").focus()
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    page.wait_for_function("() => !document.querySelector('.purchase-actions button:disabled')")
    added = page.evaluate("document.activeElement.matches('.purchase-actions button.is-price')")
    page.goto("/checkout")
    page.locator("input[name=address]:checked").focus()
    wait_for_swap(page, lambda: page.keyboard.press("ArrowDown"), "#checkout")
    chosen = page.evaluate("document.activeElement.matches('input[name=address]:checked')")
    context.close()
    assert (lost, added, chosen) == ([], True, True)


def test_search_combobox_exposes_active_suggestion(live_demo_market: RunningMarket, chromium: Any) -> None:
    """Check that the search field is a combobox and exposes the suggestion that the arrow keys select."""
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    audit = PageAudit(context, live_demo_market.url, "zh")
    page = audit.page
    page.goto("/")
    field = page.get_by_role("combobox", name="搜索", exact=True)
    expanded_before = field.get_attribute("aria-expanded")
    field.focus()
    page.keyboard.type("棉")
    page.locator("[role=combobox][aria-expanded=true]").wait_for()
    options = page.get_by_role("listbox").get_by_role("option")
    page.keyboard.press("ArrowUp")
    last = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    first = field.get_attribute("aria-activedescendant")
    option_count = options.count()
    page.keyboard.press("Escape")
    closed = field.get_attribute("aria-expanded"), field.get_attribute("aria-activedescendant"), options.count()
    page.keyboard.type("布")
    page.locator("[role=combobox][aria-expanded=true]").wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("listbox").get_by_role("option", selected=True).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")
    search_text = page.input_value("input[name=q]")
    context.close()
    assert (expanded_before, first, last) == ("false", "suggestion-1", f"suggestion-{option_count}")
    assert closed == ("false", None, 0)
    assert search_text == chosen


# Triggers a second quantity step while the request of the first one is being sent.
DOUBLE_STEP_JS = """() => { window.responseCount = 0
  document.addEventListener("htmx:afterRequest", () => { window.responseCount += 1 })
  document.addEventListener("htmx:beforeSend", () => { document.querySelector("[data-step='1']").click()
    window.expectedValue = document.querySelector("[data-stepper] input").value }, { once: true }) }"""


def test_rapid_quantity_steps_are_all_saved(live_demo_market: RunningMarket, chromium: Any) -> None:
    """Check that a quantity step during the request of the previous one is saved."""
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    audit = PageAudit(context, live_demo_market.url, "zh")
    fill_cart(audit)
    page = audit.page
    page.goto("/cart")
    page.evaluate(DOUBLE_STEP_JS)
    page.locator("[data-step='1']").first.press("Enter")
    page.wait_for_function("() => window.responseCount === 2")
    expected = page.evaluate("window.expectedValue")
    page.reload()
    saved = page.locator("[data-stepper] input").first.input_value()
    context.close()
    assert saved == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_order_and_change_with_keyboard_only(live_demo_market: RunningMarket, chromium: Any, language: str) -> None:
    """Search, order and change the quantity of the order with the keyboard only."""
    context = chromium.new_context(base_url=live_demo_market.url, locale=LANGUAGES[language])
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, BUYER, language)
    audit = PageAudit(context, live_demo_market.url, language)
    page = audit.page
    page.goto("/")
    keyboard.focus_by_keyboard(page, "input[name=q]")
    page.keyboard.type("布")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    keyboard.press_by_keyboard(page, "main article a[href^='/p/']")
    page.wait_for_url("**/p/**")
    keyboard.press_by_keyboard(page, "form[action*='/cart'] button.is-price")
    page.locator(".toast, #cart-link .count").first.wait_for()
    page.goto("/cart")
    keyboard.press_by_keyboard(page, "button[value=checkout]")
    page.wait_for_url("**/checkout")
    keyboard.focus_by_keyboard(page, "input[name=address]")
    keyboard.press_by_keyboard(page, "button[value=place]")
    page.wait_for_url("**/purchases/**")  # no gateway is running here: the order is placed and can be paid later
    keyboard.press_by_keyboard(page, "main a[href^='/orders/']")
    page.wait_for_url("**/orders/**")
    keyboard.press_by_keyboard(page, "a[href$='/change']")
    page.wait_for_url("**/change")
    before = page.locator("#summary").inner_text()
    keyboard.focus_by_keyboard(page, "li [data-stepper] input")
    for _press in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.wait_for_function("before => document.querySelector('#summary').innerText !== before", arg=before)
    keyboard.press_by_keyboard(page, "button[value=save]")
    page.wait_for_url(lambda url: not url.endswith("/change"))
    assert page.locator(".timeline").inner_text().count("→") >= 2
    number = page.url.rpartition("/")[2]
    for path in (f"/orders/{number}", f"/orders/{number}/change"):
        audit.audit_page(path)
    context.close()
    assert audit.issues == []


SEARCH_BY_LIST = {
    f"{DESK}/products/": "棉", f"{DESK}/stock/": "棉", f"{DESK}/stock/book": "棉", f"{DESK}/orders/?view=all": "云裳",
    f"{DESK}/parcels/": "YT", "/console/orders/": "云裳", "/console/merchants/": "锦澜", "/console/catalogue/products": "棉",
}  # fmt: skip


@pytest.mark.parametrize("login", [OWNER, ADMIN])
def test_live_list_filter_preserves_typing(live_demo_market: RunningMarket, chromium: Any, login: str) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, login, "zh")
    page = context.new_page()
    for path, term in SEARCH_BY_LIST.items():
        if path.startswith("/console") is not (login == ADMIN):
            continue
        page.goto(path)
        page.locator(".filter-bar .search-box").click()
        with page.expect_response(lambda response: "q=" in response.url) as first:
            page.keyboard.type(term)
        page.keyboard.type("x")  # during the request
        first.value.finished()
        page.wait_for_url(re.compile("q=[^&]*x"))
        page.locator("#list .empty").wait_for()
        page.keyboard.type("y")
        assert page.input_value(".filter-bar .search-box") == f"{term}xy", path
        page.wait_for_url(re.compile("q=[^&]*xy"))
        page.go_back()  # typing adds a single history entry
        page.locator("#list tbody tr, #list .empty").first.wait_for()
        assert "q=" not in page.url, path
        assert page.input_value(".filter-bar .search-box") == "", path
    context.close()


def test_filter_select_preserves_focus(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/orders/?view=all")
    page.focus("select[name=sort]")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**sort=oldest**")
    page.locator("#list-more[href*='sort=oldest']").wait_for()  # the export link follows the filter
    assert page.evaluate("document.activeElement.name") == "sort"
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_back_from_detail_panel_returns_to_same_list(live_demo_market: RunningMarket, chromium: Any, width: int) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN", viewport={"width": width, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/")
    page.goto(f"{DESK}/orders/?view=all")
    rows, list_url = page.locator("#list th[scope=row] a"), page.url
    number = rows.first.inner_text()
    page.locator(".row-checkbox").nth(1).check()
    rows.first.click()
    page.locator("#detail h2").wait_for()
    assert page.url.endswith(f"/orders/{number}")
    if width > 1080:  # opening another row next to the same list adds no history entry
        rows.nth(2).click()
        page.wait_for_url(f"**/orders/{rows.nth(2).inner_text()}")
        overflowing_js = """[...document.querySelectorAll('#list, #list tr')]
            .filter(element => element.scrollWidth > element.clientWidth + 1).length"""
        assert page.evaluate(overflowing_js) == 0
        assert page.evaluate("document.querySelector('#list tbody tr').offsetHeight") < 90
    page.go_back()
    page.locator("#detail h2").wait_for(state="hidden")
    assert page.url == list_url
    assert page.locator(".row-checkbox").nth(1).is_checked()  # the list was not reloaded
    page.go_forward()
    page.locator("#detail h2").wait_for()
    page.locator("[data-detail-close]").click()
    page.locator("#detail h2").wait_for(state="hidden")
    assert page.url == list_url
    context.close()


def test_order_url_opens_as_full_page(live_demo_market: RunningMarket, chromium: Any) -> None:
    context = chromium.new_context(base_url=live_demo_market.url, locale="zh-CN")
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/orders/?view=all")
    page.locator("#list th[scope=row] a").first.click()
    page.locator("#detail h2").wait_for()
    page.reload()
    page.locator(".page-header h1").wait_for()
    page.goto(f"{DESK}/parcels/")
    page.go_back()
    page.locator(".page-header h1").wait_for()
    assert "/orders/2" in page.url
    assert page.locator(".sidebar").count() == 1
    page.go_back()
    page.locator("#list th[scope=row] a").first.wait_for()
    assert page.locator("#detail h2").count() == 0
    assert page.locator(".sidebar").count() == 1
    context.close()
