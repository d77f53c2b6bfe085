"""Lace and embroidered net: thread figures on an open ground."""

from collections.abc import Callable

import numpy as np

from demo.drawing.fields import noise, smoothstep
from demo.drawing.knits import stitch_grid
from demo.drawing.pen import Pen, arc, circle, drop, leaf, rosette, transform
from demo.drawing.weaves import SIDE, Structure, shaded

_INK = "#ffffff"
Motif = Callable[[Pen, tuple[float, float], float], None]


def lace(rng: np.random.Generator, pitch: int) -> Structure:
    """Return corded lace: large flowers joined by bars."""
    return _net(rng, pitch, 3, _flower)


def tulle(rng: np.random.Generator, pitch: int) -> Structure:
    """Return fine net with small embroidered sprigs."""
    return _net(rng, pitch, 6, _sprig)


def _net(rng: np.random.Generator, pitch: int, rows: int, motif: Motif) -> Structure:
    pen = Pen(SIDE, "#000000", pitch / 8)
    for row in range(rows * 2):
        for column in range(rows):
            motif(pen, ((column + 0.5 * (row % 2)) / rows, row / rows / 2), 0.5 / rows)
    solid = np.asarray(pen.image)[:, :, 0].astype(np.float32) / 255
    row_, _, fy, fx = stitch_grid(pitch * 1.0, 1.0)
    shift = np.where(row_ % 2 == 0, 0.0, 0.5)
    open_ = np.hypot((fx + shift + 0.5) % 1 - 0.5, fy)
    thread = smoothstep(0.24, 0.4, open_)
    cover = np.maximum(solid, thread * 0.85)
    cord = solid - np.roll(solid, (3, 3), (0, 1))
    height = solid * 0.5 + thread * 0.4 + cord * 0.5 + noise(rng, SIDE, 256, 1) * 0.16 * solid
    hole = (255 * (1 - cover)).astype(np.uint8)
    return Structure((row_ % 64).astype(np.uint8), shaded(height.astype(np.float32), 0.3), 64, hole)


def _flower(pen: Pen, position: tuple[float, float], size: float) -> None:
    pen.fill(transform(rosette(6, 0.32, 0.8), position, size * 0.62), _INK)
    for petal in range(6):
        turn = petal * np.pi / 3
        pen.fill(
            transform(
                drop() * (1, 0.5),
                (position[0] + np.cos(turn) * size * 0.18, position[1] + np.sin(turn) * size * 0.18),
                size * 0.34,
                turn,
            ),
            "#000000",
        )
        foot = (position[0] + np.cos(turn + 0.5) * size * 0.6, position[1] + np.sin(turn + 0.5) * size * 0.6)
        pen.fill(transform(leaf(0.24, 0.1), foot, size * 0.5, turn + 0.5), _INK)
        pen.stroke(arc(foot, size * 0.3, turn - 0.6, turn + 1.7, 12), _INK, size * 0.05)
    pen.fill(transform(circle(), position, size * 0.12), _INK)


def _sprig(pen: Pen, position: tuple[float, float], size: float) -> None:
    pen.fill(transform(rosette(5, 0.45, 0.8), position, size * 0.3), _INK)
    for step in (-1, 1):
        pen.fill(transform(leaf(0.26, 0.1), position, size * 0.55, np.pi / 2 + step * 0.7), _INK)
