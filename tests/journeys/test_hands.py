"""What pages do under the hands of those who use them: typing, the keyboard alone, the way back, parts that come anew (U1)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.factories.market import ADMIN, BUYER, OWNER
from tests.journeys import keys
from tests.journeys.conftest import Market
from tests.journeys.pages import PATIENCE
from tests.journeys.test_pages import DESK, LANGUAGES, fill_cart, found, sign_in
from tests.journeys.walking import Walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_another_address_asks_for_it_and_counts_freight_while_one_types(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, BUYER, "zh")
    walk = Walk(context, planted.url, "zh")
    fill_cart(walk)
    page = walk.page
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
    kept = page.input_value("#f-street"), page.input_value("#f-region-district")
    context.close()
    assert kept == ("仓前街道 88 号", "540102")


def test_back_from_a_refusal_finds_the_form_as_it_was_left(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, BUYER, "zh")
    page = context.new_page()
    page.goto("/account/addresses/new")
    page.fill("#f-name", "王经理")
    page.locator("#f-street").evaluate("one => { one.removeAttribute('maxlength'); one.value = '文一路'.repeat(200) }")
    page.locator("form:has(#f-street)").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.locator("a[data-back]").click()
    page.locator("#f-street").wait_for()
    kept = page.input_value("#f-name"), len(page.input_value("#f-street"))
    context.close()
    assert kept == ("王经理", 600)


def at(page: Any) -> str:
    """The id of what has the focus; empty when nothing has it."""
    return str(page.evaluate("document.activeElement.id"))


def answered(page: Any, act: Any, part: str) -> None:
    """Do something that brings a part of the page anew, and wait until it has come and settled."""
    page.locator(part).evaluate("old => { old.dataset.old = 'yes' }")
    act()
    page.locator(f"{part}:not([data-old])").wait_for()
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')")


def test_a_range_is_typed_in_one_go_while_the_answer_to_its_first_half_comes(planted: Market, chromium: Any) -> None:
    """U1: neither the focus nor what is typed meanwhile is lost, and it is asked for too."""
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/c/cotton")
    page.focus("#facet-price-min")
    page.keyboard.type("10")

    def on() -> None:
        page.keyboard.press("Tab")
        page.keyboard.type("19")

    answered(page, on, "#shelf")
    page.keyboard.type(".50")
    typed = at(page), page.input_value("#facet-price-min"), page.input_value("#facet-price-max")
    answered(page, lambda: page.keyboard.press("Tab"), "#shelf")
    page.wait_for_url("**price_max=19.50**")
    left = at(page)
    # the caret stays where it was, too, and what is left as it was carried over is asked for
    page.focus("#facet-price-min")
    page.keyboard.press("End")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**price_min=101**")
    context.close()
    assert typed == ("facet-price-max", "10", "19.50")
    assert left == "facet-price-apply"


def test_the_focus_stays_where_it_was_when_a_part_comes_anew(planted: Market, chromium: Any) -> None:
    """U1: cart, filters, variants, addresses and the button that puts goods into the cart, by keyboard."""
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, BUYER, "zh")
    walk = Walk(context, planted.url, "zh")
    fill_cart(walk)
    page, lost = walk.page, []

    def presses(address: str, selector: str, key: str, part: str) -> None:
        page.goto(address)
        page.locator(selector).first.focus()
        before = at(page)
        answered(page, lambda: page.keyboard.press(key), part)
        if not before or at(page) != before:
            lost.append(f"{address} {selector}: {before!r} became {at(page)!r}")

    presses("/cart", "[data-step='1']", "Enter", "#cart")
    presses("/cart", "input[name=pick]", "Space", "#cart")
    presses("/cart", "input[name=pick]", "Space", "#cart")
    presses("/c/cotton", "#shelf .option input", "Space", "#shelf")
    presses(found(walk, "/c/cotton > ^/p/"), "a.choice:not([aria-current])", "Enter", "#product")
    page.locator(".buy button.is-price").focus()
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    page.wait_for_function("() => !document.querySelector('.buy button:disabled')")
    added = page.evaluate("document.activeElement.matches('.buy button.is-price')")
    page.goto("/checkout")
    page.locator("input[name=address]:checked").focus()
    answered(page, lambda: page.keyboard.press("ArrowDown"), "#checkout")
    chosen = page.evaluate("document.activeElement.matches('input[name=address]:checked')")
    context.close()
    assert (lost, added, chosen) == ([], True, True)


def test_suggestions_are_told_to_those_who_do_not_see_them(planted: Market, chromium: Any) -> None:
    """U1: the field is a combobox; the arrow keys name the suggestion that one stands on."""
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    walk = Walk(context, planted.url, "zh")
    page = walk.page
    page.goto("/")
    field = page.get_by_role("combobox", name="搜索", exact=True)
    folded = field.get_attribute("aria-expanded")
    field.focus()
    page.keyboard.type("棉")
    page.locator("[role=combobox][aria-expanded=true]").wait_for()
    options = page.get_by_role("listbox").get_by_role("option")
    page.keyboard.press("ArrowUp")
    last = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    first = field.get_attribute("aria-activedescendant")
    many = options.count()
    page.keyboard.press("Escape")
    closed = field.get_attribute("aria-expanded"), field.get_attribute("aria-activedescendant"), options.count()
    page.keyboard.type("布")
    page.locator("[role=combobox][aria-expanded=true]").wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("listbox").get_by_role("option", selected=True).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")
    sought = page.input_value("input[name=q]")
    context.close()
    assert (folded, first, last) == ("false", "suggestion-1", f"suggestion-{many}")
    assert closed == ("false", None, 0)
    assert sought == chosen


# A second step as soon as the first is being sent.
HURRY = """() => { window.answers = 0
  document.addEventListener("htmx:afterRequest", () => { window.answers += 1 })
  document.addEventListener("htmx:beforeSend", () => { document.querySelector("[data-step='1']").click()
    window.wanted = document.querySelector("[data-stepper] input").value }, { once: true }) }"""


def test_quick_steps_in_the_cart_are_all_counted(planted: Market, chromium: Any) -> None:
    """OR1: a step that is made while the answer to the one before is on its way."""
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    walk = Walk(context, planted.url, "zh")
    fill_cart(walk)
    page = walk.page
    page.goto("/cart")
    page.evaluate(HURRY)
    page.locator("[data-step='1']").first.press("Enter")
    page.wait_for_function("() => window.answers === 2")
    wanted = page.evaluate("window.wanted")
    page.reload()
    stands = page.locator("[data-stepper] input").first.input_value()
    context.close()
    assert stands == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordering_and_changing_the_order_by_keyboard_alone(planted: Market, chromium: Any, language: str) -> None:
    """U1, OR3: from the search field to an order that stands, and to another quantity of it."""
    context = chromium.new_context(base_url=planted.url, locale=LANGUAGES[language])
    context.set_default_timeout(PATIENCE)
    sign_in(context, BUYER, language)
    walk = Walk(context, planted.url, language)
    page = walk.page
    page.goto("/")
    keys.reach(page, "input[name=q]")
    page.keyboard.type("布")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    keys.press(page, "main article a[href^='/p/']")
    page.wait_for_url("**/p/**")
    keys.press(page, "form[action*='/cart'] button.is-price")
    page.locator(".toast, #cart-link .count").first.wait_for()
    page.goto("/cart")
    keys.press(page, "button[value=checkout]")
    page.wait_for_url("**/checkout")
    keys.reach(page, "input[name=address]")
    keys.press(page, "button[value=place]")
    page.wait_for_url("**/purchases/**")  # the gateway is closed here: the order stands, to be paid later
    keys.press(page, "main a[href^='/orders/']")
    page.wait_for_url("**/orders/**")
    keys.press(page, "a[href$='/change']")
    page.wait_for_url("**/change")
    before = page.locator("#summary").inner_text()
    keys.reach(page, "li [data-stepper] input")
    for _press in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.wait_for_function("before => document.querySelector('#summary').innerText !== before", arg=before)
    keys.press(page, "button[value=save]")
    page.wait_for_url(lambda url: not url.endswith("/change"))
    assert page.locator(".timeline").inner_text().count("→") >= 2
    number = page.url.rpartition("/")[2]
    for path in (f"/orders/{number}", f"/orders/{number}/change"):
        walk.look(path)
    context.close()
    assert walk.troubles == []


LISTS = {
    f"{DESK}/products/": "棉", f"{DESK}/stock/": "棉", f"{DESK}/stock/book": "棉", f"{DESK}/orders/?view=all": "云裳",
    f"{DESK}/parcels/": "YT", "/console/orders/": "云裳", "/console/merchants/": "锦澜", "/console/catalogue/products": "棉",
}  # fmt: skip


@pytest.mark.parametrize("login", [OWNER, ADMIN])
def test_lists_filter_while_one_types_and_lose_no_key(planted: Market, chromium: Any, login: str) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, login, "zh")
    page = context.new_page()
    for address, word in LISTS.items():
        if address.startswith("/console") is not (login == ADMIN):
            continue
        page.goto(address)
        page.locator(".filter-bar .find").click()
        with page.expect_response(lambda answer: "q=" in answer.url) as first:
            page.keyboard.type(word)
        page.keyboard.type("x")  # while the answer is under way
        first.value.finished()
        page.wait_for_url(re.compile("q=[^&]*x"))
        page.locator("#list .empty").wait_for()
        page.keyboard.type("y")
        assert page.input_value(".filter-bar .find") == f"{word}xy", address
        page.wait_for_url(re.compile("q=[^&]*xy"))
        page.go_back()  # one step, however much was typed
        page.locator("#list tbody tr, #list .empty").first.wait_for()
        assert "q=" not in page.url, address
        assert page.input_value(".filter-bar .find") == "", address
    context.close()


def test_choosing_in_a_filter_keeps_the_focus(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/orders/?view=all")
    page.focus("select[name=sort]")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**sort=oldest**")
    page.locator("#list-more[href*='sort=oldest']").wait_for()  # the export follows the filter
    assert page.evaluate("document.activeElement.name") == "sort"
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_back_from_an_order_beside_its_list_is_the_list_again(planted: Market, chromium: Any, width: int) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN", viewport={"width": width, "height": 900})
    context.set_default_timeout(PATIENCE)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/")
    page.goto(f"{DESK}/orders/?view=all")
    rows, listed = page.locator("#list th[scope=row] a"), page.url
    number = rows.first.inner_text()
    page.locator(".row-pick").nth(1).check()
    rows.first.click()
    page.locator("#detail h2").wait_for()
    assert page.url.endswith(f"/orders/{number}")
    if width > 1080:  # the next one beside the same list adds no entry
        rows.nth(2).click()
        page.wait_for_url(f"**/orders/{rows.nth(2).inner_text()}")
        cut = "[...document.querySelectorAll('#list, #list tr')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
        assert page.evaluate(cut) == 0
        assert page.evaluate("document.querySelector('#list tbody tr').offsetHeight") < 90
    page.go_back()
    page.locator("#detail h2").wait_for(state="hidden")
    assert page.url == listed
    assert page.locator(".row-pick").nth(1).is_checked()  # it is the same list, not a new one
    page.go_forward()
    page.locator("#detail h2").wait_for()
    page.locator("[data-detail-close]").click()
    page.locator("#detail h2").wait_for(state="hidden")
    assert page.url == listed
    context.close()


def test_the_address_of_an_order_is_a_whole_page_whatever_came_before(planted: Market, chromium: Any) -> None:
    context = chromium.new_context(base_url=planted.url, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    sign_in(context, OWNER, "zh")
    page = context.new_page()
    page.goto(f"{DESK}/orders/?view=all")
    page.locator("#list th[scope=row] a").first.click()
    page.locator("#detail h2").wait_for()
    page.reload()
    page.locator(".page-head h1").wait_for()
    page.goto(f"{DESK}/parcels/")
    page.go_back()
    page.locator(".page-head h1").wait_for()
    assert "/orders/2" in page.url
    assert page.locator(".side").count() == 1
    page.go_back()
    page.locator("#list th[scope=row] a").first.wait_for()
    assert page.locator("#detail h2").count() == 0
    assert page.locator(".side").count() == 1
    context.close()
