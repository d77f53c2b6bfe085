"""Keyboard-only navigation with a check that the focus is always visible."""

from __future__ import annotations

from typing import Any

# The focus indicator is an outline or a shadow of the element or of its container.
FOCUS_VISIBLE_JS = """() => [
    document.activeElement, document.activeElement.closest('label, .input-group, .stepper, .search, .tile')
  ].some(element => { if (!element) return false; const style = getComputedStyle(element);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' })"""
MAX_PRESSES = 150


def focus_by_keyboard(page: Any, selector: str, *, key: str = "Tab", max_presses: int = MAX_PRESSES) -> None:
    """Press Tab until an element that matches the selector has the focus; assert a visible focus on the way."""
    without_indicator = []
    for _press in range(max_presses):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            continue
        if not page.evaluate(FOCUS_VISIBLE_JS):
            without_indicator.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert without_indicator == [], f"the focus cannot be seen on {without_indicator}"
            return
    raise AssertionError(f"{selector} is not reached in {max_presses} presses on {page.url}")


def press_by_keyboard(page: Any, selector: str, *, key: str = "Enter") -> None:
    """Focus an element by keyboard and press a key."""
    focus_by_keyboard(page, selector)
    page.keyboard.press(key)
