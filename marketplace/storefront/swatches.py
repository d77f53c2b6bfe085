"""Colour swatches for filters whose options are colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

SWATCH_COLOURS = {
    "white": "#f7f5f0",
    "beige": "#e3d3b7",
    "yellow": "#e3bd4b",
    "orange": "#d9752f",
    "red": "#b3302a",
    "pink": "#e3a3ab",
    "purple": "#75519a",
    "blue": "#2d559f",
    "cyan": "#4f97a3",
    "green": "#4f7d51",
    "brown": "#7f5436",
    "grey": "#8f939a",
    "black": "#22242a",
    "gold": "#c49a3c",
    "silver": "#c3c7cd",
    "multi": "multi",
}
MIN_SWATCHES = 3


@dataclass(slots=True)
class FacetOption:
    """An option of a filter, for the macro `facets`."""

    value: str
    label: str
    count: int
    selected: bool
    colour: str = ""


def as_swatches(group: dict[str, Any]) -> dict[str, Any]:
    """Return the group as swatches if all its options are colours and there are enough of them; else unchanged."""
    options: list[FacetOption] = group["options"]
    if len(options) < MIN_SWATCHES or any(option.value not in SWATCH_COLOURS for option in options):
        return group
    colour_order = list(SWATCH_COLOURS)
    ranked = sorted(options, key=lambda option: colour_order.index(option.value))
    return group | {"kind": "swatches", "options": [replace(option, colour=SWATCH_COLOURS[option.value]) for option in ranked]}
