"""Smooth fields of numbers, the raw material of folds, yarn irregularity and soft dyes."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


def as_field(values: npt.ArrayLike) -> Field:
    """The values as single-precision numbers."""
    return np.asarray(values, np.float32)


def as_bytes(values: npt.ArrayLike) -> Bytes:
    """The values cut down to whole numbers from 0 to 255."""
    whole: Bytes = np.clip(np.asarray(values), 0, 255).astype(np.uint8)
    return whole


def rgb(code: str) -> Field:
    """The three channels of ``#rrggbb``, 0 to 255."""
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)], np.float32)


def mix(first: str, second: str, share: float) -> str:
    """A colour between two others; ``share`` 0 is the first."""
    blend = rgb(first) * (1 - share) + rgb(second) * share
    return "#" + "".join(f"{round(float(channel)):02x}" for channel in np.clip(blend, 0, 255))


def luminance(code: str) -> float:
    """Perceived brightness of a colour, 0 to 1."""
    return float(rgb(code) @ np.array([0.299, 0.587, 0.114], np.float32)) / 255


def resized(field: Field, width: int, height: int | None = None) -> Field:
    """The field enlarged or reduced smoothly."""
    image = Image.fromarray(np.ascontiguousarray(field, np.float32), "F")
    return np.asarray(image.resize((width, height or width), Image.Resampling.BICUBIC))


def noise(rng: np.random.Generator, size: int, cells: int | tuple[int, int], octaves: int = 3) -> Field:
    """Soft noise between about -1 and 1 that repeats at the edges; ``cells`` may differ down and across."""
    down, across = (cells, cells) if isinstance(cells, int) else cells
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        total += _layer(rng, size, min(down << octave, size), min(across << octave, size)) / (1 << octave)
    return total / max(1e-6, float(np.abs(total).max()))


def _layer(rng: np.random.Generator, size: int, down: int, across: int) -> Field:
    """One octave: a random grid, wrapped by two cells so that enlarging it leaves no seam."""
    grid = np.pad(rng.standard_normal((down, across)).astype(np.float32), 2, mode="wrap")
    box = (2.0, 2.0, 2.0 + across, 2.0 + down)
    return np.asarray(Image.fromarray(grid, "F").resize((size, size), Image.Resampling.BICUBIC, box=box))


def soften(field: Field, radius: int, passes: int = 2) -> Field:
    """The field blurred by repeated box averages, edges held."""
    for _ in range(passes if radius > 0 else 0):
        for axis in (0, 1):
            field = _box(field, radius, axis)
    return field


def _box(field: Field, radius: int, axis: int) -> Field:
    widths = [(0, 0), (0, 0)]
    widths[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(field, widths, mode="edge"), axis=axis, dtype=np.float64)
    length, step = field.shape[axis], 2 * radius + 1
    upper = np.take(sums, range(step, step + length), axis=axis)
    lower = np.take(sums, range(length), axis=axis)
    return ((upper - lower) / step).astype(np.float32)


def smoothstep(low: float, high: float, value: Field) -> Field:
    """0 below ``low``, 1 above ``high``, a soft slope between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return as_field(share * share * (3 - 2 * share))


@lru_cache(maxsize=8)
def grid(size: int) -> tuple[Field, Field]:
    """Pixel centres from 0 to 1: down and across. Shared: do not write into them."""
    line = ((np.arange(size, dtype=np.float32) + 0.5) / size).astype(np.float32)
    return np.repeat(line[:, None], size, 1), np.repeat(line[None, :], size, 0)
