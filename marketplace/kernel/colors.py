"""Readable colours: contrast ratios by WCAG, and the theme of a merchant's shop."""

from __future__ import annotations

import re

MIN_CONTRAST = 4.5
"""Minimum contrast of text (WCAG 2.2, 1.4.3)."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_LIGHT_SURFACE, _DARK_SURFACE = "#fffefb", "#1c2028"
_LIGHT_INSET, _DARK_INSET = "#efeae0", "#232d45"


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast of two colours written `#rrggbb`: 1.0 (none) to 21.0."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ensure_contrast(color: str, *, backgrounds: tuple[str, ...]) -> str:
    """Return `color` if it is readable on every background, else the nearest darker or lighter colour that is.

    On dark backgrounds the colour is mixed with white, on light ones with black. Raises ValueError unless it is `#rrggbb`.
    """
    if not _HEX.fullmatch(color):
        raise ValueError(color)
    target = 255 if _luminance(backgrounds[0]) < 0.2 else 0
    for step in range(101):
        mixed = _mix(color, target, step / 100)
        if all(contrast_ratio(mixed, background) >= MIN_CONTRAST for background in backgrounds):
            return mixed
    raise ValueError(color)


def theme_css(accent: str) -> str:
    """Return the stylesheet of one shop: its accent for light and dark mode, readable as text and as a button.

    It is served at a URL of the shop, because the content security policy forbids style attributes. Raises ValueError.
    """
    light = ensure_contrast(accent, backgrounds=(_LIGHT_SURFACE, _LIGHT_INSET))
    dark = ensure_contrast(accent, backgrounds=(_DARK_SURFACE, _DARK_INSET))
    return f":root {{ --accent: light-dark({light}, {dark}); --on-accent: light-dark({_LIGHT_SURFACE}, {_DARK_SURFACE}); }}\n"


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[n : n + 2], 16) / 255) for n in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _mix(color: str, target: int, ratio: float) -> str:
    channels = (int(color[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(c + (target - c) * ratio):02x}" for c in channels)
