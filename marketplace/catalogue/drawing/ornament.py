"""Figures for jacquard and dobby looms, as masks: true where the figure stands."""

import numpy as np
import numpy.typing as npt

from .pen import Pen, arc, drop, leaf, place, rosette, spiral

Mask = npt.NDArray[np.bool_]
_INK = "#ffffff"


def damask(side: int, window: float) -> Mask:
    """Palmettes and scrolls in staggered rows, as on brocade; ``window`` is the share of the tile that is shown."""
    pen = Pen(side, "#000000", 1 / window)
    for column in range(4):
        for row in range(2):
            _palmette(pen, ((column + 0.5) / 4, (row + 0.5 * (column % 2) + 0.25) / 2), 0.105)
    return np.asarray(pen.image)[:, :, 0] > 127


def _palmette(pen: Pen, at: tuple[float, float], size: float) -> None:
    for step in range(-4, 5):
        turn = -np.pi / 2 + step * 0.36
        pen.fill(place(drop() * (1, 0.55), at, size * (1.15 - 0.07 * abs(step)), turn), _INK)
    pen.fill(place(rosette(8, 0.3), (at[0], at[1] + size * 0.25), size * 0.3), _INK)
    for side in (-1, 1):
        middle = (at[0] + side * size * 0.62, at[1] + size * 0.95)
        pen.line(place(spiral(1.6) * (side, 1), middle, size * 0.5), _INK, size * 0.13)
        pen.line(arc((at[0] + side * size * 0.5, at[1] + size * 0.62), size * 0.62, 0.2, np.pi - 0.2), _INK, size * 0.1)
        for step in range(3):
            tip = -np.pi / 2 + side * (1.2 + 0.55 * step)
            pen.fill(place(leaf(0.24), (at[0], at[1] + size * 0.5), size * (0.9 - 0.12 * step), tip), _INK)
    pen.fill(place(drop(), (at[0], at[1] + size * 0.6), size * 0.9, np.pi / 2), _INK)


def lozenges(side: int, window: float) -> Mask:
    """Small diamonds in staggered rows."""
    pen = Pen(side, "#000000", 1 / window)
    shape = np.array([(0, -1), (0.62, 0), (0, 1), (-0.62, 0)], float)
    for row in range(32):
        for column in range(16):
            at = ((column + 0.5 * (row % 2)) / 16, row / 32)
            pen.fill(place(shape, at, 0.0105), _INK)
    return np.asarray(pen.image)[:, :, 0] > 127
