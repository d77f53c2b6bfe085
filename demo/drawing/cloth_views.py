"""The views of a cloth: flat, in waves, twisted, hanging, close up, with a corner turned over."""

import numpy as np

from demo.drawing import folds
from demo.drawing.fields import Field, grid, noise, soften
from demo.drawing.light import shade_relief
from demo.drawing.scene import Layer, Scene, as_mask, compose

FLAT_SPAN, NEAR_SPAN = 1280.0, 900.0


def _coarse(size: int) -> int:
    return max(160, size // 2)


def cloth_coordinates(height: Field, angle: float = 0.0, pull: float = 0.3) -> tuple[Field, Field]:
    """Return cloth coordinates on a relief: rotated as a whole, compressed where the folds are steep."""
    y, x = grid(height.shape[0])
    size = height.shape[0]
    down, across = np.gradient(soften(height, size // 64))
    u, v = x + across * size * pull * 0.04, y + down * size * pull * 0.04
    cosine, sine = np.cos(angle), np.sin(angle)
    return (u * cosine + v * sine).astype(np.float32), (v * cosine - u * sine).astype(np.float32)


def _falloff(size: int) -> Field:
    """Return slightly less light towards the lower right."""
    y, x = grid(size)
    return (1.045 - 0.1 * (0.45 * x + 0.55 * y) ** 1.3).astype(np.float32)


def _single_layer_scene(height: Field, size: int, angle: float, span: float, **options: bool) -> Scene:
    u, v = cloth_coordinates(height, angle)
    light = shade_relief(height)
    return compose([Layer(u, v, light.dimmed(_falloff(height.shape[0])))], size, span, **options)


def flat(rng: np.random.Generator, size: int) -> Scene:
    """Compose a nearly flat cloth, which shows pattern and colour."""
    height = folds.waves(rng, _coarse(size), 3, 0.3) + folds.creases(rng, _coarse(size), bool(rng.random() < 0.5)) * 0.25
    return _single_layer_scene(height, size, rng.normal() * 0.03, FLAT_SPAN)


def wave(rng: np.random.Generator, size: int) -> Scene:
    """Compose a cloth in long soft folds."""
    return _single_layer_scene(folds.waves(rng, _coarse(size), 6, 1.25), size, rng.normal() * 0.25, FLAT_SPAN * 1.15)


def swirl(rng: np.random.Generator, size: int) -> Scene:
    """Compose a cloth gripped and twisted at one point, which shows how it falls."""
    height, turn = folds.twist(rng, _coarse(size))
    u, v = cloth_coordinates(height, 0.0, 0.5)
    y, x = v - 0.5, u - 0.5
    u = (x * np.cos(turn) - y * np.sin(turn)).astype(np.float32)
    v = (x * np.sin(turn) + y * np.cos(turn)).astype(np.float32)
    light = shade_relief(height).dimmed(_falloff(height.shape[0]))
    return compose([Layer(u, v, light)], size, FLAT_SPAN * 1.3)


def drape(rng: np.random.Generator, size: int) -> Scene:
    """Compose a cloth hanging in folds."""
    height = folds.hanging(rng, _coarse(size), rng.uniform(4.5, 7))
    across = np.gradient(height, axis=1) * height.shape[0]
    u = np.cumsum(np.sqrt(1 + across * across), axis=1) / height.shape[0]
    v, _ = grid(height.shape[0])
    light = shade_relief(height * 1.25).dimmed(_falloff(height.shape[0]))
    return compose([Layer(u.astype(np.float32), v, light)], size, FLAT_SPAN * 1.25)


def near(rng: np.random.Generator, size: int) -> Scene:
    """Compose a close-up that shows the threads."""
    height = folds.waves(rng, _coarse(size), 2, 0.35)
    return _single_layer_scene(height, size, 0.0, NEAR_SPAN, near=True)


def corner(rng: np.random.Generator, size: int) -> Scene:
    """Compose a flat cloth with one corner turned over, which shows the back."""
    m = _coarse(size)
    y, x = grid(m)
    base = folds.waves(rng, m, 3, 0.35)
    u, v = cloth_coordinates(base, 0.02)
    angle, corner_distance = rng.uniform(0.62, 0.95), rng.uniform(1.3, 1.42)
    nx, ny = np.cos(angle), np.sin(angle)
    beyond = x * nx + y * ny - corner_distance * (nx + ny) / 2
    bend = noise(rng, m, 3, 1) * 0.006
    edge = -beyond + bend
    mirrored_x, mirrored_y = x - 2 * beyond * nx, y - 2 * beyond * ny
    inside = np.minimum(np.minimum(1.02 - mirrored_x, 1.02 - mirrored_y), edge)
    roll = np.exp(-edge / 0.028) * 0.055
    back_light = shade_relief((base - roll * 0.9).astype(np.float32), 0.6)
    flap = Layer(mirrored_x, mirrored_y, back_light.dimmed(1.04), as_mask(inside, size), 1, 0.5, 0.02)
    front = Layer(u, v, shade_relief(base).dimmed(_falloff(m)), as_mask(edge, size), 0, 0.35, 0.014)
    return compose([front, flap], size, FLAT_SPAN)
