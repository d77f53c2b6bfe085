"""Knitted, looped, brushed and open cloth."""

import numpy as np

from demo.drawing.fields import Field, as_field, noise, smoothstep
from demo.drawing.weaves import SIDE, Structure, shaded


def stitch_grid(pitch: float, width: float) -> tuple[Field, Field, Field, Field]:
    """Return row and column numbers of stitches and the position inside each, from -0.5 to 0.5."""
    position = (np.arange(SIDE, dtype=np.float32) + 0.5) / pitch
    down, across = np.repeat(position[:, None], SIDE, 1), np.repeat(position[None, :] / width, SIDE, 0)
    row, column = np.floor(down), np.floor(across)
    return as_field(row), as_field(column), as_field(down - row - 0.5), as_field(across - column - 0.5)


def _stitches(rng: np.random.Generator, pitch: float, width: float = 1.0) -> tuple[Field, Field]:
    """Return columns of V-shaped loops, each leg a round yarn: heights, and the row of each texel."""
    row, _, fy, fx = stitch_grid(pitch, width)
    uneven = noise(rng, SIDE, 30, 2) * 0.05
    side = np.abs(fx + uneven * 0.5)
    climb = fy + side * 0.95 + uneven
    leg = climb - np.round(climb)
    body = np.sqrt(np.clip(1 - (leg * 1.9) ** 2, 0, 1))
    waist = smoothstep(0.0, 0.12, side) * (1 - 0.75 * smoothstep(0.36, 0.5, side))
    height = body * (0.25 + 0.75 * waist)
    if pitch > 20:
        height = height + np.sin((leg * 2.2 + side * 7) * 2 * np.pi) * 0.07 + noise(rng, SIDE, 300, 1) * 0.1
    return height.astype(np.float32), np.round(row + climb - fy).astype(np.float32)


def _knit(height: Field, row: Field, pitch: float, relief: float) -> Structure:
    count = int(SIDE // pitch)
    return Structure((row % count).astype(np.uint8), shaded(height, relief), count)


def jersey(rng: np.random.Generator, pitch: int) -> Structure:
    """Return fine single jersey, the cloth of T-shirts."""
    height, row = _stitches(rng, pitch)
    return _knit(height, row, pitch, 0.34)


def chunky(rng: np.random.Generator, pitch: int) -> Structure:
    """Return a coarse sweater knit."""
    height, row = _stitches(rng, pitch * 2, 1.1428)
    return _knit(height, row, pitch * 2, 0.55)


def rib(rng: np.random.Generator, pitch: int) -> Structure:
    """Return a two-by-two rib: raised and sunken columns."""
    height, row = _stitches(rng, pitch)
    position = np.arange(SIDE, dtype=np.float32) / pitch / 4
    column = 0.5 + 0.5 * np.clip(np.cos(2 * np.pi * position) * 1.8, -1, 1)
    relief = height * (0.35 + 0.65 * column[None, :]) + 0.75 * column[None, :]
    return _knit(relief.astype(np.float32), row, pitch, 0.42)


def cable(rng: np.random.Generator, pitch: int) -> Structure:
    """Return crossing plaits of stitches on a sunken ground."""
    height, row = _stitches(rng, pitch * 2, 1.0)
    down = np.arange(SIDE, dtype=np.float32)[:, None] / (pitch * 16)
    across = np.arange(SIDE, dtype=np.float32)[None, :] / (pitch * 16)
    inside = across - np.floor(across) - 0.5
    plait = np.zeros((SIDE, SIDE), np.float32)
    for phase in (0.0, 0.5):
        turn = 2 * np.pi * (down + phase)
        strand = np.clip(1 - ((inside - 0.15 * np.sin(turn)) / 0.13) ** 2, 0, 1)
        plait = np.maximum(plait, np.sqrt(strand) * (0.72 + 0.28 * np.cos(turn)))
    relief = height * (0.4 + 0.35 * plait) + 1.15 * plait
    return _knit(relief.astype(np.float32), row, pitch * 2, 0.5)


def waffle(rng: np.random.Generator, pitch: int) -> Structure:
    """Return square cells with raised walls, as in towels and summer blankets."""
    row, _, fy, fx = stitch_grid(pitch * 4, 1.0)
    ridge = np.maximum(np.abs(fx), np.abs(fy)) * 2
    height = ridge**1.6 + noise(rng, SIDE, SIDE // pitch * 2, 1) * 0.12
    return _knit(height.astype(np.float32), row, pitch * 4, 0.4)


def pique(rng: np.random.Generator, pitch: int) -> Structure:
    """Return polo knit: tucked stitches in a honeycomb."""
    row, _, fy, fx = stitch_grid(pitch * 1.0, 1.0)
    shift = np.where(row % 2 == 0, 0.0, 0.5)
    bead = np.hypot((fx + shift + 0.5) % 1 - 0.5, fy * 0.9)
    height = 1 - smoothstep(0.12, 0.5, bead) + noise(rng, SIDE, 200, 1) * 0.08
    return _knit(height.astype(np.float32), row, pitch, 0.3)


def terry(rng: np.random.Generator, pitch: int) -> Structure:
    """Return towelling: a field of small irregular loops."""
    cells = SIDE * 5 // (pitch * 6)
    loop = noise(rng, SIDE, cells, 1)
    curl = np.cos(loop * 7.0) * 0.5 + loop
    height = curl + noise(rng, SIDE, 40, 2) * 0.3
    return Structure(np.zeros((SIDE, SIDE), np.uint8), shaded(height.astype(np.float32), 0.22), SIDE // pitch)


def fleece(rng: np.random.Generator, pitch: int) -> Structure:
    """Return brushed pile with soft tufts."""
    tuft = noise(rng, SIDE, SIDE // (pitch * 4), 4)
    height = tuft * 0.7 + noise(rng, SIDE, SIDE // 4, 1) * 0.14
    return Structure(np.zeros((SIDE, SIDE), np.uint8), shaded(height.astype(np.float32), 0.15), SIDE // pitch)


def sherpa(rng: np.random.Generator, pitch: int) -> Structure:
    """Return curls of lambskin."""
    curl = noise(rng, SIDE, SIDE // (pitch * 3), 2)
    height = np.sqrt(np.abs(np.sin(curl * 5.5))) + noise(rng, SIDE, SIDE // 5, 1) * 0.15
    return Structure(np.zeros((SIDE, SIDE), np.uint8), shaded(height.astype(np.float32), 0.36), SIDE // pitch)


def fur(rng: np.random.Generator, pitch: int) -> Structure:
    """Return long hair in one direction."""
    hair = noise(rng, SIDE, (SIDE // (pitch * 4), SIDE // 5), 2) + noise(rng, SIDE, (SIDE // (pitch * 8), SIDE // 12), 2)
    height = hair * 0.9 + noise(rng, SIDE, 14, 2) * 0.5
    return Structure(np.zeros((SIDE, SIDE), np.uint8), shaded(height.astype(np.float32), 0.42), SIDE // pitch)


def mesh(rng: np.random.Generator, pitch: int) -> Structure:
    """Return an open net: a hole in every cell of a honeycomb."""
    row, _, fy, fx = stitch_grid(pitch * 2, 1.0)
    shift = np.where(row % 2 == 0, 0.0, 0.5)
    hole = np.hypot((fx + shift + 0.5) % 1 - 0.5, fy * 0.92)
    height = smoothstep(0.22, 0.4, hole) - smoothstep(0.5, 0.62, hole) * 0.3 + noise(rng, SIDE, 180, 1) * 0.05
    transparency = (255 * (1 - smoothstep(0.22, 0.3, hole))).astype(np.uint8)
    return Structure((row % 64).astype(np.uint8), shaded(height.astype(np.float32), 0.35), 64, transparency)
