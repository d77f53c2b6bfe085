"""Every SELECT of the stock-keeper: what is free, what lies where, and how it came to be so."""

from marketplace.inventory.queries.book import Line, Pages, book_rows, open_holds, sums_by_kind, timeline
from marketplace.inventory.queries.levels import (
    Wanted,
    alert_line,
    anything_booked,
    available,
    below_line,
    cost,
    free_of,
    levels_of,
    location,
    locations,
    places_with_stock,
    read_free,
    stock_rows,
    stock_worth,
    variant,
)

__all__ = [
    "Line",
    "Pages",
    "Wanted",
    "alert_line",
    "anything_booked",
    "available",
    "below_line",
    "book_rows",
    "cost",
    "free_of",
    "levels_of",
    "location",
    "locations",
    "open_holds",
    "places_with_stock",
    "read_free",
    "stock_rows",
    "stock_worth",
    "sums_by_kind",
    "timeline",
    "variant",
]
