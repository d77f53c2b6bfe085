"""Colours that people choose, made readable: contrast as WCAG counts it, and the theme of a merchant's shop."""

from __future__ import annotations

import re

READABLE = 4.5
"""The contrast that text needs (WCAG 2.2, 1.4.3)."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_CARD_LIGHT, _CARD_DARK = "#fffefb", "#1c2028"
_SUNK_LIGHT, _SIDE_DARK = "#efeae0", "#232d45"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours written `#rrggbb`: 1.0 (none) to 21.0."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *, on: tuple[str, ...]) -> str:
    """`colour` itself when it can be read on every ground, else the nearest darker or lighter one that can.

    Dark grounds pull it towards white, light ones towards black. Raises ValueError for anything but `#rrggbb`.
    """
    if not _HEX.fullmatch(colour):
        raise ValueError(colour)
    target = 255 if _luminance(on[0]) < 0.2 else 0
    for step in range(101):
        mixed = _mix(colour, target, step / 100)
        if all(contrast(mixed, ground) >= READABLE for ground in on):
            return mixed
    raise ValueError(colour)


def theme_css(accent: str) -> str:
    """The stylesheet of one shop: its accent as a pair for light and dark, each readable as text and as a button.

    Served at the shop's own address, because the content policy refuses style attributes. Raises ValueError.
    """
    light = readable(accent, on=(_CARD_LIGHT, _SUNK_LIGHT))
    dark = readable(accent, on=(_CARD_DARK, _SIDE_DARK))
    return f":root {{ --accent: light-dark({light}, {dark}); --on-accent: light-dark({_CARD_LIGHT}, {_CARD_DARK}); }}\n"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[n : n + 2], 16) / 255) for n in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _mix(colour: str, target: int, share: float) -> str:
    channels = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(c + (target - c) * share):02x}" for c in channels)
