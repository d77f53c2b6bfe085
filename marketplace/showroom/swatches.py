"""Colours that a filter can show instead of saying them: attributes whose choices are words for colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

PAINT = {
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
LEAST = 3


@dataclass(slots=True)
class Option:
    """One choice of a filter, as the macro `facets` takes it."""

    value: str
    label: str
    count: int
    on: bool
    colour: str = ""


def painted(group: dict[str, Any]) -> dict[str, Any]:
    """The same group as swatches when all of its choices are colours, and there are some to choose from; else as it is."""
    options: list[Option] = group["options"]
    if len(options) < LEAST or any(option.value not in PAINT for option in options):
        return group
    order = list(PAINT)
    ranked = sorted(options, key=lambda option: order.index(option.value))
    return group | {"kind": "swatches", "options": [replace(option, colour=PAINT[option.value]) for option in ranked]}
