"""Yarn-dyed patterns: the order of coloured threads in warp and weft."""

import numpy as np

from demo.drawing.fields import Bytes, mix, rgb

# Runs of (dye, threads); every sequence adds up to a divisor of 128, so that it repeats at the tile's edge.
Runs = tuple[tuple[int, int], ...]

SEQUENCES: dict[str, tuple[Runs, Runs]] = {
    "pinstripe": (((0, 15), (1, 1)), ((0, 1),)),
    "shirt-stripe": (((0, 5), (1, 3)), ((0, 1),)),
    "bengal-stripe": (((0, 8), (1, 8)), ((0, 1),)),
    "wide-stripe": (((0, 32), (1, 32)), ((0, 1),)),
    "multi-stripe": (((0, 20), (1, 6), (0, 4), (2, 12), (0, 4), (1, 6), (0, 12)), ((0, 1),)),
    "track-stripe": (((0, 46), (1, 6), (0, 6), (1, 6)), ((0, 1),)),
    "chambray": (((0, 1),), ((1, 1),)),
    "gingham": (((0, 8), (1, 8)), ((0, 8), (1, 8))),
    "gingham-large": (((0, 16), (1, 16)), ((0, 16), (1, 16))),
    "check": (
        ((0, 22), (1, 3), (0, 4), (1, 3)),
        ((0, 22), (1, 3), (0, 4), (1, 3)),
    ),
    "windowpane": (((0, 30), (1, 2)), ((0, 30), (1, 2))),
    "tattersall": (((0, 14), (1, 2), (0, 14), (2, 2)), ((0, 14), (1, 2), (0, 14), (2, 2))),
    "houndstooth": (((0, 4), (1, 4)), ((0, 4), (1, 4))),
    "glen": (
        ((0, 2), (1, 2)) * 8 + ((0, 4), (1, 4)) * 4,
        ((0, 2), (1, 2)) * 8 + ((0, 4), (1, 4)) * 4,
    ),
    "tartan": (
        ((0, 20), (1, 2), (0, 4), (2, 14), (3, 2), (2, 14), (0, 4), (1, 4)),
        ((0, 20), (1, 2), (0, 4), (2, 14), (3, 2), (2, 14), (0, 4), (1, 4)),
    ),
    "tartan-large": (
        ((0, 28), (1, 4), (0, 8), (3, 2), (2, 44), (3, 2), (0, 8), (1, 4), (0, 28)),
        ((0, 28), (1, 4), (0, 8), (3, 2), (2, 44), (3, 2), (0, 8), (1, 4), (0, 28)),
    ),
    "madras": (
        ((0, 18), (1, 10), (3, 3), (2, 22), (0, 6), (3, 5)),
        ((0, 14), (2, 16), (1, 4), (0, 12), (3, 2), (1, 16)),
    ),
    "buffalo": (((0, 32), (1, 32)), ((0, 32), (1, 32))),
}

ROWS: dict[str, Runs] = {  # knitted stripes are horizontal
    "breton": ((0, 12), (1, 4)),
    "rugby": ((0, 16), (1, 16)),
    "fair-stripe": ((0, 10), (1, 2), (2, 2), (1, 2)),
}


def expand(runs: Runs, dyes: tuple[str, ...], count: int) -> Bytes:
    """Return the colours of ``count`` threads."""
    line = [rgb(dyes[min(dye, len(dyes) - 1)]) for dye, threads in runs for _ in range(threads)]
    return np.array([line[index % len(line)] for index in range(count)]).astype(np.uint8)


def palette(binding: str, pattern: str, dyes: tuple[str, ...], count: int) -> Bytes:
    """Return the colour of every thread of a structure: warp first, then weft."""
    if pattern in ROWS:
        rows = expand(ROWS[pattern], dyes, count)
        return np.concatenate([rows, rows])
    warp, weft = SEQUENCES.get(pattern, (((0, 1),), ((0, 1),)))
    if pattern == "" or pattern not in SEQUENCES:
        dyes = (dyes[0], *_second(binding, dyes))
        weft = ((1, 1),)
    return np.concatenate([expand(warp, dyes, count), expand(weft, dyes, count)])


def _second(binding: str, dyes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dye of the weft without stripes: its own if named, pale for denim, else a shade off the warp."""
    if len(dyes) > 1 and binding in ("denim", "herringbone", "birdseye", "twill", "tweed", "canvas", "oxford"):
        return (dyes[1],)
    if binding == "denim":
        return (mix(dyes[0], "#dfe0dd", 0.58),)
    return (mix(dyes[0], "#000000" if binding == "satin" else "#ffffff", 0.06),)
