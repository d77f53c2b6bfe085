"""A pen for repeating patterns: shapes that leave the tile on one side enter on the other."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from demo.drawing.fields import rgb

Points = npt.NDArray[np.float64]


class Pen:
    """Draws in tile units (0 to 1 across and down); with ``zoom`` above 1 only the tile's upper left part is visible."""

    def __init__(self, side: int, ground: str, zoom: float = 1.0) -> None:
        self.image = Image.new("RGB", (side, side), _ink(ground))
        self._image_draw = ImageDraw.Draw(self.image)
        self._scale = side * zoom
        self._window = 1.0 / zoom

    def fill(self, points: Points, ink: str, wrap: bool = True) -> None:
        """Fill a closed shape; without ``wrap`` the caller itself draws past the edges, in its own order."""
        for shifted in self._copies(points) if wrap else (points * self._scale,):
            self._image_draw.polygon([(x, y) for x, y in shifted.tolist()], fill=_ink(ink))

    def stroke(self, points: Points, ink: str, width: float) -> None:
        """Draw an open line of a width in tile units."""
        pixels = max(1, round(width * self._scale))
        for shifted in self._copies(points):
            self._image_draw.line([(x, y) for x, y in shifted.tolist()], fill=_ink(ink), width=pixels, joint="curve")

    def _copies(self, points: Points) -> Iterator[Points]:
        low, high = points.min(0), points.max(0)
        for dx in self._shifts(low[0], high[0]):
            for dy in self._shifts(low[1], high[1]):
                yield np.add(points, (dx, dy)) * self._scale

    def _shifts(self, low: float, high: float) -> Iterable[int]:
        return (by for by in (-1, 0, 1) if high + by > -0.02 and low + by < self._window + 0.02)


def _ink(code: str) -> tuple[int, int, int]:
    red, green, blue = (int(channel) for channel in rgb(code))
    return red, green, blue


def transform(shape: Points, offset: tuple[float, float], size: float, angle: float = 0.0) -> Points:
    """Return the shape scaled, rotated (radians) and moved."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: Points = shape @ np.array([[cosine, sine], [-sine, cosine]])
    result: Points = turned * size + np.array(offset)
    return result


def circle(steps: int = 28) -> Points:
    """Return a circle of radius 1."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def rosette(petals: int, depth: float, sharp: float = 1.0, steps: int = 72) -> Points:
    """Return a blossom's outline: ``depth`` of the notches 0 to 1, ``sharp`` petals above 1."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    radius = 1 - depth + depth * np.abs(np.cos(angle * petals / 2)) ** sharp
    return np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]


def leaf(width: float = 0.34, bend: float = 0.0, steps: int = 14) -> Points:
    """Return a pointed leaf from the origin to (1, 0)."""
    along = np.linspace(0, 1, steps)
    half = width * np.sin(np.pi * along**0.8)
    spine = bend * np.sin(np.pi * along)
    upper = np.stack([along, spine - half], 1)
    return np.concatenate([upper, np.stack([along, spine + half], 1)[::-1]])


def drop(steps: int = 26) -> Points:
    """Return a water drop: point at the origin, round end at (1, 0)."""
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    along = (1 - np.cos(angle)) / 2
    return np.stack([along, 0.36 * np.sin(angle) * np.sin(angle / 2) ** 1.3], 1)


def star(points: int = 5, inner: float = 0.42) -> Points:
    """Return a star of radius 1."""
    angle = np.arange(points * 2) * np.pi / points - np.pi / 2
    radius = np.where(np.arange(points * 2) % 2, inner, 1.0)
    return np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]


def arc(centre: tuple[float, float], radius: float, start: float, end: float, steps: int = 20) -> Points:
    """Return an arc of a circle, in radians."""
    angle = np.linspace(start, end, steps)
    points: Points = np.stack([np.cos(angle), np.sin(angle)], 1) * radius + np.array(centre)
    return points


def spiral(turns: float, steps: int = 60) -> Points:
    """Return a spiral from the centre to radius 1."""
    share = np.linspace(0.04, 1, steps)
    angle = share * turns * 2 * np.pi
    return np.stack([np.cos(angle), np.sin(angle)], 1) * share[:, None]


def scatter(rng: np.random.Generator, count: int, tries: int = 14) -> Points:
    """Return well-separated points on the repeating tile (the best of some candidates each)."""
    chosen = rng.random((1, 2))
    while len(chosen) < count:
        candidates = rng.random((tries, 2))
        gap = np.abs(candidates[:, None] - chosen[None])
        gap = np.minimum(gap, 1 - gap)
        best = int(np.argmax((gap**2).sum(2).min(1)))
        chosen = np.concatenate([chosen, candidates[best : best + 1]])
    return chosen
