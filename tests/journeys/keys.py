"""A visitor who has no mouse: Tab until it is reached, Enter, and always a sign of where one stands."""

from __future__ import annotations

from typing import Any

# The focus is seen by an outline or a shadow of its own, or of the label around it.
SEEN = """() => [document.activeElement, document.activeElement.closest('label, .joined, .stepper, .search, .tile')]
  .some(one => { if (!one) return false; const said = getComputedStyle(one);
    return (said.outlineStyle !== 'none' && parseFloat(said.outlineWidth) > 0) || said.boxShadow !== 'none' })"""
MOST = 150


def reach(page: Any, selector: str, *, key: str = "Tab", most: int = MOST) -> None:
    """Press Tab until the focus stands on what fits; everything on the way shows where the focus is."""
    hidden = []
    for _press in range(most):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            continue
        if not page.evaluate(SEEN):
            hidden.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert hidden == [], f"the focus cannot be seen on {hidden}"
            return
    raise AssertionError(f"{selector} is not reached in {most} presses on {page.url}")


def press(page: Any, selector: str, *, key: str = "Enter") -> None:
    """Reach it, press it."""
    reach(page, selector)
    page.keyboard.press(key)
