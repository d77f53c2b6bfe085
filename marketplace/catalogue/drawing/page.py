"""What a printed pattern is drawn on: the tile, its inks and its chance."""

from dataclasses import dataclass

import numpy as np

from .fields import Bytes
from .pen import Pen


@dataclass(frozen=True, slots=True)
class Page:
    """A tile to print: texels along a side, how much is shown, the inks (ground first), the size of the repeat."""

    side: int
    zoom: float
    dyes: tuple[str, ...]
    grain: float
    rng: np.random.Generator

    def pen(self) -> Pen:
        """A pen on a fresh ground."""
        return Pen(self.side, self.dyes[0], self.zoom)

    def ink(self, number: int) -> str:
        """The inks after the ground, round and round."""
        inks = self.dyes[1:] or ("#f3ece0",)
        return inks[number % len(inks)]

    def count(self, at_grain_one: int) -> int:
        """How many motifs the tile holds."""
        return max(1, round(at_grain_one / self.grain**2))

    def even(self, at_grain_one: int) -> int:
        """How many rows the tile holds: an even number, so that staggered rows meet."""
        return max(2, round(at_grain_one / self.grain / 2) * 2)


def pixels(pen: Pen) -> Bytes:
    """What the pen has drawn."""
    return np.asarray(pen.image)
