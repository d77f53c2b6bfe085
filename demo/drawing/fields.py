"""Smooth two-dimensional fields, used for folds, yarn irregularity and soft dyes."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


def as_field(values: npt.ArrayLike) -> Field:
    """Return the values as single-precision numbers."""
    return np.asarray(values, np.float32)


def as_bytes(values: npt.ArrayLike) -> Bytes:
    """Return the values clipped to integers from 0 to 255."""
    clipped: Bytes = np.clip(np.asarray(values), 0, 255).astype(np.uint8)
    return clipped


def rgb(code: str) -> Field:
    """Return the three channels of ``#rrggbb``, 0 to 255."""
    return np.array([int(code[index : index + 2], 16) for index in (1, 3, 5)], np.float32)


def mix(first: str, second: str, ratio: float) -> str:
    """Return a colour between two others; ``share`` 0 is the first."""
    blend = rgb(first) * (1 - ratio) + rgb(second) * ratio
    return "#" + "".join(f"{round(float(channel)):02x}" for channel in np.clip(blend, 0, 255))


def luminance(code: str) -> float:
    """Return the perceived brightness of a colour, 0 to 1."""
    return float(rgb(code) @ np.array([0.299, 0.587, 0.114], np.float32)) / 255


def resized(field: Field, width: int, height: int | None = None) -> Field:
    """Return the field enlarged or reduced smoothly."""
    image = Image.fromarray(np.ascontiguousarray(field, np.float32), "F")
    return np.asarray(image.resize((width, height or width), Image.Resampling.BICUBIC))


def noise(rng: np.random.Generator, size: int, cells: int | tuple[int, int], octaves: int = 3) -> Field:
    """Return smooth noise between about -1 and 1 that repeats at the edges; ``cells`` may differ by axis."""
    down, across = (cells, cells) if isinstance(cells, int) else cells
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        total += _layer(rng, size, min(down << octave, size), min(across << octave, size)) / (1 << octave)
    return total / max(1e-6, float(np.abs(total).max()))


def _layer(rng: np.random.Generator, size: int, down: int, across: int) -> Field:
    """Return one octave: a random grid, wrapped by two cells so that enlarging it leaves no seam."""
    grid = np.pad(rng.standard_normal((down, across)).astype(np.float32), 2, mode="wrap")
    box = (2.0, 2.0, 2.0 + across, 2.0 + down)
    return np.asarray(Image.fromarray(grid, "F").resize((size, size), Image.Resampling.BICUBIC, box=box))


def soften(field: Field, radius: int, passes: int = 2) -> Field:
    """Return the field blurred by repeated box averages, with clamped edges."""
    for _ in range(passes if radius > 0 else 0):
        for axis in (0, 1):
            field = _box_blur(field, radius, axis)
    return field


def _box_blur(field: Field, radius: int, axis: int) -> Field:
    widths = [(0, 0), (0, 0)]
    widths[axis] = (radius + 1, radius)
    cumulative = np.cumsum(np.pad(field, widths, mode="edge"), axis=axis, dtype=np.float64)
    length, step = field.shape[axis], 2 * radius + 1
    upper = np.take(cumulative, range(step, step + length), axis=axis)
    lower = np.take(cumulative, range(length), axis=axis)
    return ((upper - lower) / step).astype(np.float32)


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Return 0 below ``low``, 1 above ``high``, and a smooth slope between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return as_field(share * share * (3 - 2 * share))


@lru_cache(maxsize=8)
def grid(size: int) -> tuple[Field, Field]:
    """Return pixel centres from 0 to 1 by row and column. The arrays are shared: do not write into them."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) / size).astype(np.float32)
    return np.repeat(axis[:, None], size, 1), np.repeat(axis[None, :], size, 0)
