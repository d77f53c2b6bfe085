"""Figures for jacquard and dobby looms, as masks: true where the figure stands."""

import numpy as np
import numpy.typing as npt

from .pen import Pen, circle, drop, leaf, place, rosette

Mask = npt.NDArray[np.bool_]
_INK = "#ffffff"


def damask(side: int, window: float) -> Mask:
    """Medallions and sprays in staggered rows, as on brocade; ``window`` is the share of the tile that is shown."""
    pen = Pen(side, "#000000", 1 / window)
    for column in range(6):
        for row in range(3):
            at = ((column + 0.5) / 6, (row + 0.5 * (column % 2) + 0.25) / 3)
            _medallion(pen, at, 0.088)
            _spray(pen, (at[0], at[1] + 1 / 6), 0.05)
    return np.asarray(pen.image)[:, :, 0] > 127


def _medallion(pen: Pen, at: tuple[float, float], size: float) -> None:
    """A flower of the Tang: heart, eight petals, leaves between them, and beads around."""
    pen.fill(place(rosette(8, 0.25), at, size * 0.17), _INK)
    for petal in range(8):
        turn = petal * np.pi / 4
        pen.fill(place(drop() * (1, 0.8), _away(at, size * 0.22, turn), size * 0.42, turn), _INK)
        pen.fill(place(leaf(0.2), _away(at, size * 0.58, turn + np.pi / 8), size * 0.4, turn + np.pi / 8), _INK)
        pen.fill(place(circle(12), _away(at, size * 0.8, turn), size * 0.055), _INK)


def _spray(pen: Pen, at: tuple[float, float], size: float) -> None:
    for side in range(4):
        turn = side * np.pi / 2 + np.pi / 4
        pen.fill(place(leaf(0.26, 0.08), _away(at, size * 0.15, turn), size * 0.55, turn), _INK)
    pen.fill(place(circle(12), at, size * 0.11), _INK)


def _away(at: tuple[float, float], far: float, turn: float) -> tuple[float, float]:
    return at[0] + float(np.cos(turn)) * far, at[1] + float(np.sin(turn)) * far


def lozenges(side: int, window: float) -> Mask:
    """Small diamonds in staggered rows."""
    pen = Pen(side, "#000000", 1 / window)
    shape = np.array([(0, -1), (0.62, 0), (0, 1), (-0.62, 0)], float)
    for row in range(32):
        for column in range(16):
            at = ((column + 0.5 * (row % 2)) / 16, row / 32)
            pen.fill(place(shape, at, 0.0105), _INK)
    return np.asarray(pen.image)[:, :, 0] > 127
