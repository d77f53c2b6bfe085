"""The arrangements in which a cloth is photographed: flat, in waves, twisted, hanging, close, turned over."""

import numpy as np

from . import folds
from .fields import Field, grid, noise, soften
from .light import fall
from .scene import Layer, Scene, as_mask, compose

FLAT_SPAN, NEAR_SPAN = 1280.0, 900.0


def _coarse(size: int) -> int:
    return max(160, size // 2)


def sheet(height: Field, turn: float = 0.0, pull: float = 0.3) -> tuple[Field, Field]:
    """Cloth coordinates on a relief: turned as a whole, drawn in where the folds are steep."""
    y, x = grid(height.shape[0])
    size = height.shape[0]
    down, across = np.gradient(soften(height, size // 64))
    u, v = x + across * size * pull * 0.04, y + down * size * pull * 0.04
    cosine, sine = np.cos(turn), np.sin(turn)
    return (u * cosine + v * sine).astype(np.float32), (v * cosine - u * sine).astype(np.float32)


def _falloff(size: int) -> Field:
    """Slightly less light towards the lower right."""
    y, x = grid(size)
    return (1.045 - 0.1 * (0.45 * x + 0.55 * y) ** 1.3).astype(np.float32)


def _one(height: Field, size: int, turn: float, span: float, **how: bool) -> Scene:
    u, v = sheet(height, turn)
    light = fall(height)
    return compose([Layer(u, v, light.dimmed(_falloff(height.shape[0])))], size, span, **how)


def flat(rng: np.random.Generator, size: int) -> Scene:
    """A nearly flat cloth: pattern and colour first."""
    height = folds.waves(rng, _coarse(size), 3, 0.3) + folds.creases(rng, _coarse(size), bool(rng.random() < 0.5)) * 0.25
    return _one(height, size, rng.normal() * 0.03, FLAT_SPAN)


def wave(rng: np.random.Generator, size: int) -> Scene:
    """Laid in long soft folds."""
    return _one(folds.waves(rng, _coarse(size), 6, 1.25), size, rng.normal() * 0.25, FLAT_SPAN * 1.15)


def swirl(rng: np.random.Generator, size: int) -> Scene:
    """Gripped and turned: shows how the cloth falls."""
    height, turn = folds.twist(rng, _coarse(size))
    u, v = sheet(height, 0.0, 0.5)
    y, x = v - 0.5, u - 0.5
    u = (x * np.cos(turn) - y * np.sin(turn)).astype(np.float32)
    v = (x * np.sin(turn) + y * np.cos(turn)).astype(np.float32)
    light = fall(height).dimmed(_falloff(height.shape[0]))
    return compose([Layer(u, v, light)], size, FLAT_SPAN * 1.3)


def drape(rng: np.random.Generator, size: int) -> Scene:
    """Hanging in folds."""
    height = folds.hanging(rng, _coarse(size), rng.uniform(4.5, 7))
    across = np.gradient(height, axis=1) * height.shape[0]
    u = np.cumsum(np.sqrt(1 + across * across), axis=1) / height.shape[0]
    v, _ = grid(height.shape[0])
    light = fall(height * 1.25).dimmed(_falloff(height.shape[0]))
    return compose([Layer(u.astype(np.float32), v, light)], size, FLAT_SPAN * 1.25)


def near(rng: np.random.Generator, size: int) -> Scene:
    """Through a glass: the threads themselves."""
    height = folds.waves(rng, _coarse(size), 2, 0.35)
    return _one(height, size, 0.0, NEAR_SPAN, near=True)


def corner(rng: np.random.Generator, size: int) -> Scene:
    """Flat, one corner turned over to show the back."""
    m = _coarse(size)
    y, x = grid(m)
    base = folds.waves(rng, m, 3, 0.35)
    u, v = sheet(base, 0.02)
    angle, reach = rng.uniform(0.62, 0.95), rng.uniform(1.3, 1.42)
    nx, ny = np.cos(angle), np.sin(angle)
    beyond = x * nx + y * ny - reach * (nx + ny) / 2
    bend = noise(rng, m, 3, 1) * 0.006
    edge = -beyond + bend
    mirrored_x, mirrored_y = x - 2 * beyond * nx, y - 2 * beyond * ny
    inside = np.minimum(np.minimum(1.02 - mirrored_x, 1.02 - mirrored_y), edge)
    roll = np.exp(-edge / 0.028) * 0.055
    back = fall((base - roll * 0.9).astype(np.float32), 0.6)
    flap = Layer(mirrored_x, mirrored_y, back.dimmed(1.04), as_mask(inside, size), 1, 0.5, 0.02)
    front = Layer(u, v, fall(base).dimmed(_falloff(m)), as_mask(edge, size), 0, 0.35, 0.014)
    return compose([front, flap], size, FLAT_SPAN)
