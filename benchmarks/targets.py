"""The benchmark targets, as ratios to the baseline where the figures of comparable products were measured."""

from __future__ import annotations

from dataclasses import dataclass

REFERENCE_BASELINE_RATE = 502.0  # requests/s of the baseline there
OSCAR_LIST, OSCAR_PRODUCT, OSCAR_ADD, OSCAR_CHECKOUT = 10, 73, 88, 14
VENDURE_PRODUCT, VENDURE_ADD = 105, 32
SALEOR_SEARCH = 18.5


@dataclass(frozen=True)
class Target:
    """One measured page or action.

    Attributes:
        min_ratio: The required ratio to the baseline's requests per second.
        baseline: The name of the baseline.
        stretch_ratio: A desirable ratio above the required one.
    """

    id: str
    name: str
    min_ratio: float | None = None
    baseline: str = "baseline"
    stretch_ratio: float | None = None


def baseline_ratio(rate: float) -> float:
    """Return requests per second there as a ratio to the baseline there."""
    return round(rate / REFERENCE_BASELINE_RATE, 3)


TARGETS: tuple[Target, ...] = (
    Target("home", "home page"),
    Target("category", "category page, 24 cards with facets", max(0.50, baseline_ratio(20 * OSCAR_LIST)), stretch_ratio=0.65),
    Target("product", "product page", max(baseline_ratio(2 * VENDURE_PRODUCT), baseline_ratio(3.5 * OSCAR_PRODUCT))),
    Target("no-sql", "a page through the whole stack without SQL", 0.50, "hello"),
    Target("sign-in", "a whole page without SQL: sign-in", None, "hello"),
    Target("search", "search page, words drawn from titles", baseline_ratio(8 * SALEOR_SEARCH)),
    Target("search.common", "search page, the commonest word", baseline_ratio(50)),
    Target("add-to-cart", "add to cart, new visitor", max(baseline_ratio(2.5 * OSCAR_ADD), baseline_ratio(6 * VENDURE_ADD))),
    Target("add-to-cart.page", "a new visitor's product page and add to cart"),
    Target("checkout", "whole checkout of two merchants, as far as the gateway", baseline_ratio(4 * OSCAR_CHECKOUT)),
    Target("checkout.paid", "the same, paid at the gateway and settled"),
)
MAX_PLACE_ORDER_MS, MAX_MEMORY_MB, MAX_GROWTH_PERCENT, MAX_FIRST_PAGE_S = 25.0, 85.0, 5.0, 1.5
