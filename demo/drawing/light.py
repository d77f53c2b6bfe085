"""Lighting of a relief by a lamp at the upper left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.drawing.fields import Field, resized, smoothstep, soften

_LAMP = np.array([-0.46, -0.6, 0.655], np.float32)
_HALF = (_LAMP + np.array([0, 0, 1], np.float32)) / float(np.linalg.norm(_LAMP + np.array([0, 0, 1], np.float32)))


@dataclass(frozen=True, slots=True)
class Light:
    """The reflected light: ``diffuse`` (1 = flat cloth), ``gloss`` for smooth cloth, ``rim`` for napped cloth."""

    diffuse: Field
    gloss: Field
    rim: Field

    def resized(self, size: int) -> "Light":
        """Return the same light on more or fewer pixels."""
        return Light(*(resized(field, size) for field in (self.diffuse, self.gloss, self.rim)))

    def dimmed(self, by: Field | float) -> "Light":
        """Return less light, by a factor."""
        return Light(self.diffuse * by, self.gloss * by, self.rim * by)


def shade_relief(height: Field, depth: float = 0.9, scale: int = 0) -> Light:
    """Return the light on a relief with heights in picture widths; ``depth`` is how dark the hollows are.

    ``scale`` is the number of points in a picture's width, where the relief is only a part of it.
    """
    size = scale or height.shape[0]
    down, across = np.gradient(height)
    nx, ny = -across * size, -down * size
    length = np.sqrt(nx * nx + ny * ny + 1)
    facing = (nx * _LAMP[0] + ny * _LAMP[1] + _LAMP[2]) / length
    half = (nx * _HALF[0] + ny * _HALF[1] + _HALF[2]) / length
    hollow = np.clip((soften(height, size // 22) - height) * 16, 0, 1)
    shade = _shadow(height, size)
    diffuse = (0.46 + 0.54 * np.clip(facing, 0, 2) / _LAMP[2]) * (1 - depth * 0.42 * hollow) * (1 - depth * 0.4 * shade)
    gloss = np.clip(half, 0, 1) ** 22 * (1 - shade)
    rim = smoothstep(0.0, 0.75, 1 - 1 / length)
    return Light(diffuse.astype(np.float32), gloss.astype(np.float32), rim)


def shade_relief_within(height: Field, touched: npt.NDArray[np.bool_], depth: float) -> Light:
    """Return the light on the visible part of a relief; the rest stays dark, to save time."""
    size = height.shape[0]
    light = Light(*(np.zeros((size, size), np.float32) for _ in range(3)))
    rows, columns = (np.flatnonzero(touched.any(axis)) for axis in (1, 0))
    if not len(rows):
        return light
    inside_pixels = tuple(slice(max(0, indices[0] - 4), indices[-1] + 5) for indices in (rows, columns))
    lit = shade_relief(height[inside_pixels].astype(np.float32), depth, size)
    for full, part in ((light.diffuse, lit.diffuse), (light.gloss, lit.gloss), (light.rim, lit.rim)):
        full[inside_pixels] = part
    return light


def _shadow(height: Field, size: int) -> Field:
    """Return where a higher fold is between cloth and lamp, with a soft edge."""
    worst = np.zeros_like(height)
    for far in (0.02, 0.04, 0.07, 0.11):
        step = max(1, round(far * size))
        shifted = np.pad(height, ((step, 0), (step, 0)), mode="edge")[: height.shape[0], : height.shape[1]]
        worst = np.maximum(worst, shifted - height - far * 0.72)
    return soften(smoothstep(0.0, 0.035, worst), max(1, size // 120))
