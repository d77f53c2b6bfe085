"""Bundles of cloth: a roll, a folded pile, a fan of swatches, a row of bolts."""

import numpy as np
from PIL import Image, ImageDraw

from demo.drawing import folds
from demo.drawing.cloth_views import FLAT_SPAN, cloth_coordinates
from demo.drawing.fields import Field, as_field, grid, noise, smoothstep
from demo.drawing.light import Light, shade_relief
from demo.drawing.scene import Layer, Scene, as_mask, compose

_SPAN = FLAT_SPAN * 1.5


def _coarse(size: int) -> int:
    return max(160, size // 2)


def _box(size: int, left: float, top: float, right: float, bottom: float, round_: float = 0.0) -> Image.Image:
    mask = Image.new("L", (2 * size, 2 * size))
    edges = tuple(round(edge * 2 * size) for edge in (left, top, right, bottom))
    ImageDraw.Draw(mask).rounded_rectangle(edges, round(round_ * 2 * size), fill=255)
    return mask


def roll(rng: np.random.Generator, size: int) -> Scene:
    """Compose a roll of cloth, its loose end towards the viewer."""
    m = _coarse(size)
    y, _ = grid(m)
    top, radius = rng.uniform(0.2, 0.26), rng.uniform(0.15, 0.185)
    middle = top + radius
    ground = folds.waves(rng, m, 3, 0.6) * smoothstep(middle, 1.0, y)
    u, v = cloth_coordinates(ground)
    shade = 1 - 0.62 * np.exp(-np.clip(y - middle - radius, 0, 1) / 0.05) * smoothstep(middle, middle + radius, y)
    apron = Layer(
        u,
        v,
        shade_relief(ground.astype(np.float32)).dimmed(shade.astype(np.float32)),
        _box(size, 0.1, middle, 0.9, 1.1),
        0,
        0.45,
        0.016,
    )
    return compose([apron, *_cylinder(rng, size, middle, radius)], size, _SPAN)


def _cylinder(rng: np.random.Generator, size: int, middle: float, radius: float) -> list[Layer]:
    """Return the cylinder of a roll, seen slightly from the right."""
    m = _coarse(size)
    y, x = grid(m)
    left, right = 0.06, 0.88
    rise = np.clip((y - middle) / radius, -1, 1)
    slack = noise(rng, m, (3, 2), 2) * 0.004
    light = shade_relief(as_field(np.sqrt(np.clip(1 - (rise * 0.985) ** 2, 0, 1)) * radius + slack), 0.35)
    inside = np.minimum(radius - np.abs(y - middle), np.minimum(x - left, right - x))
    wound = as_field(np.arcsin(rise) * radius)
    body = Layer(x, wound, light.dimmed(1.03), as_mask(inside, size), 0, 0.55, 0.03)
    return [body, _end(as_field((x - right) / 0.32), as_field(y - middle), radius, size)]


def _end(across: Field, down: Field, radius: float, size: int) -> Layer:
    """Return the end face of a roll: the windings around the tube."""
    far = as_field(np.hypot(across, down))
    turns = np.sin((far - np.arctan2(down, across) * 0.0016) * 2 * np.pi / 0.0125)
    tone = as_field(0.8 + 0.13 * turns - 0.55 * smoothstep(0.052, 0.036, far))
    flat = np.zeros_like(far)
    return Layer(flat + 0.1, as_field(far * 0.9), Light(tone, flat, flat + 0.2), as_mask((radius - far) * 0.7, size))


def pile(rng: np.random.Generator, size: int) -> Scene:
    """Compose folded pieces of the variants in a stack, folds to the front."""
    m = _coarse(size)
    y, x = grid(m)
    layers, count = [], 5
    high = 0.6 / count
    for index in range(count):
        bottom = 0.86 - index * high
        left, right = 0.15 + rng.uniform(-0.012, 0.012), 0.85 + rng.uniform(-0.012, 0.012)
        sag = (noise(rng, m, (1, 3), 2) * 0.006).astype(np.float32)
        rise = (y + sag - (bottom - high)) / high * 2 - 1
        fold_edges = _fold_edges(rise, 3)
        light = shade_relief((fold_edges * 0.021 + folds.soft_wrinkles(rng, m) * 0.6).astype(np.float32), 1.0)
        inside = np.minimum(
            np.minimum(y + sag - bottom + high, bottom - y - sag), np.minimum(x - left, right - x) - 0.012 * rise**2
        )
        piece = Layer(x, y * 1.15 + index * 0.31, light, as_mask(inside, size), index, 0.5, 0.012)
        layers.append(piece)
    return compose([*layers[:-1], layers[-1], _lid(rng, size, 0.86 - count * high, layers[-1])], size, _SPAN, 1)


def _fold_edges(rise: Field, count: int) -> Field:
    """Return the rounded edges of a piece folded several times."""
    inside = np.mod((rise + 1) / 2 * count, 1) * 2 - 1
    return np.sqrt(np.clip(1 - inside**2 * 0.96, 0, 1)).astype(np.float32)


def _lid(rng: np.random.Generator, size: int, top: float, below: Layer) -> Layer:
    """Return the upper face of the pile, foreshortened."""
    m = _coarse(size)
    y, x = grid(m)
    back_edge = top - 0.1
    share = np.clip((y - back_edge) / (top - back_edge + 0.012), 0, 1)
    inset = 0.045 * (1 - share)
    inside = np.minimum(np.minimum(y - back_edge, top + 0.012 - y), np.minimum(x - 0.16 - inset, 0.84 - inset - x))
    height = folds.soft_wrinkles(rng, m) * 0.8 - smoothstep(0.7, 1.0, share) * 0.02
    lit = shade_relief(height.astype(np.float32), 0.3).dimmed(1.07)
    return Layer(
        ((x - 0.5) * (1.12 - 0.1 * share) + 0.5).astype(np.float32),
        y * 2.6,
        lit,
        as_mask(inside, size),
        below.cloth,
        0.0,
    )


def fan(rng: np.random.Generator, size: int) -> Scene:
    """Compose swatches with pinked edges, one for each colour, as a fan."""
    m = _coarse(size)
    y, x = grid(m)
    layers, count = [], 5
    for index in range(count):
        turn = (index - (count - 1) / 2) * 0.21 + rng.normal() * 0.012
        cx, cy = 0.5 + np.sin(turn) * 0.62, 1.13 - np.cos(turn) * 0.62
        dx, dy = x - cx, y - cy
        across, down = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
        edge = np.minimum(0.17 + _pinks(down) - np.abs(across), 0.34 + _pinks(across) - np.abs(down))
        height = folds.soft_wrinkles(rng, m) * 1.2
        light = shade_relief(height.astype(np.float32))
        layers.append(Layer(across + index * 0.2, down + 0.4, light, as_mask(edge, size), index, 0.42, 0.011))
    return compose(layers, size, FLAT_SPAN * 1.35, 1)


def _pinks(along: Field) -> Field:
    """Return the zigzag edge of pinking shears."""
    return as_field(np.abs(np.mod(along / 0.017, 1) - 0.5) * 0.013)


def bolts(rng: np.random.Generator, size: int) -> Scene:
    """Compose bolts side by side, one for each colour."""
    m = _coarse(size)
    y, x = grid(m)
    layers, count = [], 5
    wide = 0.84 / count
    for index in range(count):
        left = 0.08 + index * wide
        top = 0.12 + rng.uniform(-0.015, 0.02)
        lean = (x - left) / (wide * 0.965) * 2 - 1
        inside = np.minimum(
            np.minimum(x - left, left + wide * 0.965 - x),
            np.minimum(y - top - 0.012 * lean**2, 0.9 - y + 0.012 * (1 - lean**2)),
        )
        round_ = np.sqrt(np.clip(1 - (np.clip(lean, -1, 1) * 0.97) ** 2, 0, 1)) * wide * 0.36
        light = shade_relief((round_ + folds.soft_wrinkles(rng, m) * 0.5).astype(np.float32), 0.5)
        wound = (np.arcsin(np.clip(lean, -1, 1)) * wide * 0.42).astype(np.float32)
        layers.append(Layer(wound + 0.3 * index, y, light.dimmed(1.03), as_mask(inside, size), index, 0.5, 0.02))
    return compose(layers, size, _SPAN, 1)
