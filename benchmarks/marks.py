"""What is measured and what it should reach, as shares of the floor (502/s and hello 4,100/s where the reaches were set)."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.load import Get, Visit


@dataclass(frozen=True)
class Mark:
    """One page or deed. `reach` is a share of the floor's requests a second; `floor` names which floor."""

    id: str
    name: str
    reach: float | None
    floor: str = "floor"


MARKS: tuple[Mark, ...] = (
    Mark("home", "home page", None),
    Mark("P1", "category page, 24 cards with facets", 0.50),
    Mark("search", "search page", None),
    Mark("P2", "product page", 0.51),
    Mark("P3", "a page through the whole stack without SQL", 0.50, "hello"),
)


def visits(env: dict[str, str], port: int) -> dict[str, Visit]:
    """How each mark is visited, with addresses of goods that exist."""
    return {"P3": Get(("/api/v1/",))}
