"""The canvas of a printed pattern: the tile, its inks and its random numbers."""

from dataclasses import dataclass

import numpy as np

from demo.drawing.fields import Bytes
from demo.drawing.pen import Pen


@dataclass(frozen=True, slots=True)
class PatternCanvas:
    """A tile to print: texels a side, visible share, inks (ground first), size of the repeat."""

    side: int
    zoom: float
    dyes: tuple[str, ...]
    grain: float
    rng: np.random.Generator

    def pen(self) -> Pen:
        """Return a pen on an empty ground."""
        return Pen(self.side, self.dyes[0], self.zoom)

    def ink(self, number: int) -> str:
        """Return the inks after the ground, cyclically."""
        inks = self.dyes[1:] or ("#f3ece0",)
        return inks[number % len(inks)]

    def motif_count(self, base_count: int) -> int:
        """Return how many motifs the tile has."""
        return max(1, round(base_count / self.grain**2))

    def even_row_count(self, base_count: int) -> int:
        """Return how many rows the tile has: an even number, so that staggered rows meet."""
        return max(2, round(base_count / self.grain / 2) * 2)


def pen_pixels(pen: Pen) -> Bytes:
    """Return the pixels that the pen has drawn."""
    return np.asarray(pen.image)
