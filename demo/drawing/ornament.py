"""Masks of jacquard and dobby figures: true inside the figure."""

import numpy as np
import numpy.typing as npt

from demo.drawing.pen import Pen, circle, drop, leaf, rosette, transform

Mask = npt.NDArray[np.bool_]
_INK = "#ffffff"


def damask(side: int, window: float) -> Mask:
    """Return medallions and sprays in staggered rows, as on brocade; ``window`` is the visible share of the tile."""
    pen = Pen(side, "#000000", 1 / window)
    for column in range(6):
        for row in range(3):
            position = ((column + 0.5) / 6, (row + 0.5 * (column % 2) + 0.25) / 3)
            _medallion(pen, position, 0.088)
            _spray(pen, (position[0], position[1] + 1 / 6), 0.05)
    return np.asarray(pen.image)[:, :, 0] > 127


def _medallion(pen: Pen, position: tuple[float, float], size: float) -> None:
    """Return a flower in the style of the Tang dynasty: centre, eight petals, leaves, and beads around."""
    pen.fill(transform(rosette(8, 0.25), position, size * 0.17), _INK)
    for petal in range(8):
        turn = petal * np.pi / 4
        pen.fill(transform(drop() * (1, 0.8), _distance(position, size * 0.22, turn), size * 0.42, turn), _INK)
        pen.fill(transform(leaf(0.2), _distance(position, size * 0.58, turn + np.pi / 8), size * 0.4, turn + np.pi / 8), _INK)
        pen.fill(transform(circle(12), _distance(position, size * 0.8, turn), size * 0.055), _INK)


def _spray(pen: Pen, position: tuple[float, float], size: float) -> None:
    for side in range(4):
        turn = side * np.pi / 2 + np.pi / 4
        pen.fill(transform(leaf(0.26, 0.08), _distance(position, size * 0.15, turn), size * 0.55, turn), _INK)
    pen.fill(transform(circle(12), position, size * 0.11), _INK)


def _distance(position: tuple[float, float], far: float, turn: float) -> tuple[float, float]:
    return position[0] + float(np.cos(turn)) * far, position[1] + float(np.sin(turn)) * far


def lozenges(side: int, window: float) -> Mask:
    """Return small diamonds in staggered rows."""
    pen = Pen(side, "#000000", 1 / window)
    shape = np.array([(0, -1), (0.62, 0), (0, 1), (-0.62, 0)], float)
    for row in range(32):
        for column in range(16):
            position = ((column + 0.5 * (row % 2)) / 16, row / 32)
            pen.fill(transform(shape, position, 0.0105), _INK)
    return np.asarray(pen.image)[:, :, 0] > 127
