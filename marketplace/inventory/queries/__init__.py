"""Every SELECT of the stock-keeper: what is free, what lies where, and how it came to be so."""

from marketplace.inventory.queries.book import Line, open_holds, timeline
from marketplace.inventory.queries.levels import (
    Wanted,
    alert_line,
    available,
    below_line,
    levels_of,
    location,
    locations,
    stock_rows,
)

__all__ = [
    "Line",
    "Wanted",
    "alert_line",
    "available",
    "below_line",
    "levels_of",
    "location",
    "locations",
    "open_holds",
    "stock_rows",
    "timeline",
]
