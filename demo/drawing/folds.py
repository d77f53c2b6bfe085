"""Reliefs of cloth: long waves, a twist from one point, hanging folds, creases."""

import numpy as np

from demo.drawing.fields import Field, as_field, grid, noise, smoothstep, soften


def waves(rng: np.random.Generator, size: int, count: int = 6, strength: float = 1.0) -> Field:
    """Return a few long folds in roughly one direction, each rising and falling along its length."""
    y, x = grid(size)
    angle = rng.uniform(0.25, 1.2) * (1 if rng.random() < 0.6 else -1)
    bend = noise(rng, size, 2, 2) * 0.14
    across = x * np.cos(angle) + y * np.sin(angle) + bend
    low, high = float(across.min()), float(across.max())
    height = np.zeros((size, size), np.float32)
    for index in range(count):
        middle = low + (high - low) * (index + rng.uniform(0.15, 0.85)) / count
        wide = rng.uniform(0.045, 0.1)
        swell = smoothstep(-0.5, 0.9, noise(rng, size, 2, 2))
        lean = (across - middle) / wide
        lean = np.where(lean > 0, lean * 1.5, lean)
        height += np.exp(-(lean**2)).astype(np.float32) * swell * rng.uniform(0.02, 0.045)
    return (height * strength + soft_wrinkles(rng, size) * strength).astype(np.float32)


def soft_wrinkles(rng: np.random.Generator, size: int) -> Field:
    """Return the slight unevenness of a cloth that was folded once."""
    return (noise(rng, size, 4, 3) * 0.006).astype(np.float32)


def twist(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """Return cloth twisted at one point: heights, and the rotation at each point in radians."""
    y, x = grid(size)
    cx, cy = rng.uniform(0.4, 0.6), rng.uniform(0.42, 0.6)
    dx, dy = x - cx + noise(rng, size, 3, 2) * 0.03, y - cy + noise(rng, size, 3, 2) * 0.03
    far = np.hypot(dx, dy)
    turn = rng.choice([-1.0, 1.0]) * 1.5 * np.exp(-far / 0.2)
    angle = np.arctan2(dy, dx) + turn * 1.2
    folds = np.zeros_like(far)
    for waves_round, weight in zip(rng.permutation([4, 5, 7, 9, 11])[:3], (1.0, 0.75, 0.4), strict=True):
        phase = rng.uniform(0, 6.3)
        folds += weight * (1 - np.abs(np.sin(angle * waves_round / 2 + phase)) ** 0.8 * 1.4) * 0.8
    radius = far * np.exp(-((far / 0.5) ** 1.8)) * 0.21
    height = folds * radius + 0.09 * np.exp(-((far / 0.1) ** 2))
    smooth = soften(as_field(height), max(1, size // 160))
    return as_field(smooth + soft_wrinkles(rng, size)), as_field(turn)


def hanging(rng: np.random.Generator, size: int, count: float = 6.5, gathered: float = 0.5) -> Field:
    """Return hanging folds, closer and shallower at the top when ``gathered``."""
    y, x = grid(size)
    drift = (noise(rng, size, (1, 3), 2) * 0.035 + noise(rng, size, (2, 2), 1) * 0.02) * (0.4 + y)
    phase = (x + drift) * count * 2 * np.pi + rng.uniform(0, 6.3)
    bump = np.sin(phase + 0.9 * np.sin(phase * 0.37 + rng.uniform(0, 6))) * 0.6
    bump += 0.28 * np.sin(phase * 1.63 + rng.uniform(0, 6.3)) + 0.12 * np.sin(phase * 2.9 + 1.0)
    deep = (0.026 * 6.5 / count) * (1 - gathered * 0.55 * (1 - y)) * (0.8 + 0.4 * noise(rng, size, (1, 4), 1))
    return as_field(bump * deep + soft_wrinkles(rng, size) * 0.5)


def creases(rng: np.random.Generator, size: int, upright: bool = True) -> Field:
    """Return the cross of pressed folds of a parcelled cloth."""
    line = (np.arange(size, dtype=np.float32) + 0.5) / size
    position, deep = rng.uniform(0.42, 0.58), 0.011
    ridge = np.exp(-np.abs(line - position) / 0.035) * deep - np.exp(-np.abs(line - position) / 0.006) * deep * 0.5
    rows = ridge[None, :] if upright else ridge[:, None]
    return np.broadcast_to(rows, (size, size)).astype(np.float32)


def dome(mask: Field, radius: int) -> Field:
    """Return the height of something soft laid flat: full inside, rounded to the edge."""
    inside = soften(mask, radius)
    return (np.sqrt(np.clip(inside * 2 - 1, 0, 1)) * mask).astype(np.float32)
