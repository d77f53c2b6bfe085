"""What is measured and what it should reach, as shares of the floor where the peers' figures were taken."""

from __future__ import annotations

from dataclasses import dataclass

FLOOR = 502.0  # requests/s of the floor there
OSCAR_LIST, OSCAR_PRODUCT, OSCAR_ADD, OSCAR_CHECKOUT = 10, 73, 88, 14
VENDURE_PRODUCT, VENDURE_ADD = 105, 32
SALEOR_SEARCH = 18.5


@dataclass(frozen=True)
class Mark:
    """One page or deed. `reach` is a share of the floor's requests a second, `stretch` what one may wish for beyond it;
    `floor` names which floor.
    """

    id: str
    name: str
    reach: float | None = None
    floor: str = "floor"
    stretch: float | None = None


def share(rate: float) -> float:
    """Requests a second there, as a share of the floor there."""
    return round(rate / FLOOR, 3)


MARKS: tuple[Mark, ...] = (
    Mark("home", "home page"),
    Mark("P1", "category page, 24 cards with facets", max(0.50, share(20 * OSCAR_LIST)), stretch=0.65),
    Mark("P2", "product page", max(share(2 * VENDURE_PRODUCT), share(3.5 * OSCAR_PRODUCT))),
    Mark("P3", "a page through the whole stack without SQL", 0.50, "hello"),
    Mark("sign-in", "a whole page without SQL: sign-in", None, "hello"),
    Mark("P5", "search page, words drawn from titles", share(8 * SALEOR_SEARCH)),
    Mark("P5.common", "search page, the commonest word", share(50)),
    Mark("P9", "add to cart, new visitor", max(share(2.5 * OSCAR_ADD), share(6 * VENDURE_ADD))),
    Mark("P9.page", "a new visitor's product page and add to cart"),
    Mark("P10", "whole checkout of two merchants, as far as the gateway", share(4 * OSCAR_CHECKOUT)),
    Mark("P10.paid", "the same, paid at the gateway and settled"),
)
PLACING_MS, MEMORY_MB, GROWTH_PERCENT, FIRST_PAGE_S = 25.0, 85.0, 5.0, 1.5
