"""Trims: buttons, zips, thread, ribbon, lace edging, elastic, labels, cords, tassels."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image

from demo.drawing import folds
from demo.drawing.fields import Field, grid, noise, smoothstep, soften
from demo.drawing.light import shade_relief, shade_relief_within
from demo.drawing.model import Picture
from demo.drawing.scene import Layer, Scene, as_mask, compose
from demo.drawing.studio import GROUNDS, render_scene

COLOURS = 5  # number of cloths in a picture of a trim
VARIANTS = 2


def _coarse(size: int) -> int:
    return max(160, size // 2)


def _piece(inside: Field, height: Field, size: int, cloth: int, lift: float = 0.01, tone: Field | float = 1.0) -> Layer:
    m = inside.shape[0]
    y, x = grid(m)
    light = shade_relief_within(height, inside > -0.01, 0.6).dimmed(tone)
    return Layer(x, y, light, as_mask(inside, size), cloth, 0.5, lift)


def buttons(rng: np.random.Generator, size: int) -> Scene:
    """Draw scattered buttons of five colours, with two or four holes."""
    m = size  # small parts need the full resolution
    y, x = grid(m)
    spots: list[tuple[float, float, float]] = []
    while len(spots) < 26:
        spot = (rng.uniform(0.08, 0.92), rng.uniform(0.08, 0.92), rng.choice([0.045, 0.06, 0.078]))
        is_clear = all(np.hypot(spot[0] - px, spot[1] - py) > spot[2] + pr + 0.008 for px, py, pr in spots)
        if is_clear or rng.random() < 0.0005:
            spots.append(spot)
    layers = []
    for colour in range(COLOURS):
        inside, height, tone = (
            np.full((m, m), -1.0, np.float32),
            np.zeros((m, m), np.float32),
            np.ones((m, m), np.float32),
        )
        for number, (px, py, radius) in enumerate(spots[colour::COLOURS]):
            far = np.hypot(x - px, y - py) / radius
            inside = np.maximum(inside, (1 - far) * radius)
            rim = np.exp(-(((far - 0.8) / 0.16) ** 2)) * 0.16
            height = np.where(far < 1, (np.sqrt(np.clip(1 - far**4, 0, 1)) * 0.12 + rim) * radius, height)
            tone *= _holes(x, y, (px, py, radius), 4 if number % 3 else 2)
        layers.append(_piece(inside, height, size, colour, 0.012, tone))
    return compose(layers, size, 900.0, 1)


def _holes(x: Field, y: Field, position: tuple[float, float, float], count: int) -> Field:
    px, py, radius = position
    tone = np.ones_like(x)
    for hole in range(count):
        turn = hole * 2 * np.pi / count + 0.6
        far = np.hypot(x - px - np.cos(turn) * radius * 0.24, y - py - np.sin(turn) * radius * 0.24)
        tone *= 1 - 0.72 * smoothstep(radius * 0.12, radius * 0.085, far)
    return tone.astype(np.float32)


def zips(rng: np.random.Generator, size: int) -> Scene:
    """Draw zips side by side, half of them slightly open."""
    m = size
    y, x = grid(m)
    layers = []
    for colour in range(COLOURS):
        middle = 0.1 + colour * 0.2 + rng.normal() * 0.004
        open_ = 0.34 * smoothstep(0.42 + 0.05 * (colour % 2), 0.06, y) * 0.16
        for side in (-1, 1):
            edge = middle + side * open_
            away = (x - edge) * side
            tape = np.minimum(np.minimum(away, 0.056 - away), np.minimum(y - 0.05, 0.95 - y))
            layers.append(_piece(tape, folds.soft_wrinkles(rng, m) * 0.5, size, colour, 0.008))
            phase = np.mod(y / 0.0165 + (0.5 if side > 0 else 0), 1) - 0.5
            tooth = np.minimum(np.minimum(0.0052 - np.abs(phase) * 0.0165, away + 0.009), 0.012 - away)
            tooth = np.minimum(tooth, np.minimum(y - 0.07, 0.93 - y))
            layers.append(_piece(tooth, soften(smoothstep(0, 0.003, tooth), 2) * 0.006, size, COLOURS, 0.004))
        layers.append(_slider(x, y, middle, 0.42 + 0.05 * (colour % 2), size))
    return compose(layers, size, 1200.0)


def _slider(x: Field, y: Field, middle: float, position: float, size: int) -> Layer:
    body = np.minimum(0.019 - np.abs(x - middle), 0.026 - np.abs(y - position))
    pull = np.minimum(0.0105 - np.abs(x - middle), 0.05 - np.abs(y - position - 0.062))
    inside = np.maximum(body, pull)
    hole = np.hypot(x - middle, (y - position - 0.096) * 0.8)
    inside = np.minimum(inside, hole - 0.0048)
    return _piece(inside, soften(smoothstep(0, 0.008, inside), 2) * 0.014, size, COLOURS, 0.01, 1.05)


def thread(rng: np.random.Generator, size: int) -> Scene:
    """Draw cones of sewing thread in two rows."""
    m = size
    y, x = grid(m)
    layers = []
    for row, (base, shift, scale) in enumerate(((0.56, 0.1, 0.86), (0.93, 0.0, 1.0))):
        for colour in range(COLOURS - 1 + row):
            middle = (0.1 if row else 0.2) + colour * 0.2 + shift * 0.0
            high, foot, head = 0.36 * scale, 0.088 * scale, 0.06 * scale
            share = (base - y) / high
            wide = foot + (head - foot) * np.clip(share, 0, 1)
            lean = np.clip((x - middle) / wide, -1, 1)
            inside = np.minimum(
                np.minimum(wide - np.abs(x - middle), base + 0.012 * np.sqrt(1 - lean**2) - y),
                y - base + high + 0.01 * lean**2,
            )
            lines = np.sin((y + 0.02 * lean**2 + 0.06 * np.abs(lean)) * 2 * np.pi / 0.0078 + np.sin(y * 60) * 0.6) * 0.0006
            round_ = np.sqrt(np.clip(1 - (lean * 0.97) ** 2, 0, 1)) * wide * 0.5
            spool = np.minimum(0.03 * scale - np.abs(x - middle), 0.03 - np.abs(y - base + high + 0.008))
            layers.append(_piece(spool, -np.abs(x - middle) * 0.5, size, COLOURS, 0.006))
            layers.append(_piece(inside, round_ + lines, size, (colour * 2 + row) % COLOURS, 0.022))
    return compose(layers, size, 700.0, 1)


def ribbon(rng: np.random.Generator, size: int) -> Scene:
    """Draw ribbons in waves."""
    m = _coarse(size)
    y, x = grid(m)
    layers = []
    for colour in range(COLOURS):
        swing, phase = rng.uniform(0.018, 0.034), rng.uniform(0, 6)
        middle = 0.13 + colour * 0.185 + swing * np.sin(x * 2 * np.pi * 1.1 + phase)
        inside = 0.058 - np.abs(y - middle)
        height = 0.022 * np.sin(x * 2 * np.pi * 2.2 + phase * 1.7 + (y - middle) * 9) + noise(rng, m, 5, 2) * 0.004
        piece = _piece(inside, height, size, colour, 0.014, 1 - 0.18 * smoothstep(0.009, 0.004, np.abs(inside - 0.006)))
        piece.v = (y - middle).astype(np.float32)
        layers.append(piece)
    return compose(layers, size, 1100.0)


def edging(rng: np.random.Generator, size: int) -> Scene:
    """Draw strips of lace with scalloped edges."""
    m = size
    y, x = grid(m)
    layers = []
    for strip in range(4):
        middle = 0.14 + strip * 0.24 + rng.normal() * 0.004
        scallop = np.abs(np.sin(x * np.pi * 9 + strip)) * 0.028
        inside = np.minimum(y - middle + 0.075, middle + 0.052 + scallop - y)
        eyelet = np.hypot(np.mod(x * 18 + 0.5, 1) - 0.5, (y - middle + 0.055) * 18)
        inside = np.minimum(inside, (eyelet - 0.22) / 18)
        cord = np.exp(-(((inside - 0.007) / 0.004) ** 2)) * 0.004
        piece = _piece(inside, cord + noise(rng, m, 5, 2) * 0.004, size, strip % COLOURS, 0.01)
        piece.v = (y - middle + 0.12).astype(np.float32)
        layers.append(piece)
    return compose(layers, size, 1500.0)


def elastic(rng: np.random.Generator, size: int) -> Scene:
    """Draw coils of elastic band and webbing, seen from above."""
    m = size
    y, x = grid(m)
    layers = []
    for colour, (cx, cy) in enumerate(((0.28, 0.28), (0.73, 0.25), (0.5, 0.52), (0.26, 0.76), (0.75, 0.77))):
        far, angle = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx)
        wound = far - angle / (2 * np.pi) * 0.017
        ring = np.mod(wound / 0.017, 1) * 2 - 1
        inside = np.minimum(0.205 - wound, wound - 0.042)
        tail = np.minimum(0.0085 - np.abs(y - cy - 0.196), np.minimum(x - cx + 0.02, cx + 0.3 + 0.0 * x - x))
        height = np.sqrt(np.clip(1 - ring**2 * 0.94, 0, 1)) * 0.009
        knit = 1 + 0.08 * np.sin(angle * np.round(far * 620))
        layers.append(
            _piece(np.maximum(inside, np.where(far > 0.19, tail, -1)), height, size, colour, 0.016, knit.astype(np.float32))
        )
    return compose(layers, size, 500.0, 1)


def labels(rng: np.random.Generator, size: int) -> Scene:
    """Draw woven labels in rows, each with a small figure and a line."""
    m = size
    y, x = grid(m)
    layers = []
    for number in range(8):
        cx, cy = 0.28 + 0.44 * (number % 2) + rng.normal() * 0.008, 0.16 + 0.225 * (number // 2) + rng.normal() * 0.006
        turn = rng.normal() * 0.035
        dx, dy = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn), (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        inside = np.minimum(0.18 - np.abs(dx), 0.082 - np.abs(dy))
        height = folds.soft_wrinkles(rng, m) * 0.6 - smoothstep(0.012, 0.0, inside) * 0.002
        layers.append(_piece(inside, height, size, number % COLOURS, 0.009))
        diamond = 0.03 - np.abs(dx + 0.105) - np.abs(dy)
        glyph = np.maximum(
            np.minimum(diamond, np.abs(np.abs(dx + 0.105) - np.abs(dy)) - 0.0035),
            np.minimum(0.095 - np.abs(dx - 0.045), 0.0035 - np.abs(np.abs(dy) - 0.03)),
        )
        glyph = np.maximum(glyph, np.minimum(0.075 - np.abs(dx - 0.025), 0.007 - np.abs(dy)))
        layers.append(Layer(x, y, shade_relief(height.astype(np.float32)), as_mask(glyph, size), COLOURS, 0.0))
    return compose(layers, size, 1100.0)


def cords(rng: np.random.Generator, size: int) -> Scene:
    """Draw braided cords side by side in gentle curves."""
    m = size
    y, x = grid(m)
    layers = []
    for number in range(9):
        middle = 0.1 + number * 0.1 + 0.02 * np.sin(y * 2 * np.pi * 0.8 + number * 0.7) + rng.normal() * 0.003
        across = (x - middle) / 0.034
        inside = (1 - np.abs(across)) * 0.034
        plait = np.maximum(np.sin((y * 46 + across * 0.8) * np.pi * 2), np.sin((y * 46 - across * 0.8 + 0.5) * np.pi * 2))
        height = np.sqrt(np.clip(1 - across**2 * 0.96, 0, 1)) * 0.024 + plait * 0.0022 * (1 - across**2 * 0.6)
        layers.append(_piece(inside, np.where(np.abs(across) < 1.1, height, 0), size, number % COLOURS, 0.014))
    return compose(layers, size, 700.0, 1)


def tassels(rng: np.random.Generator, size: int) -> Scene:
    """Draw tassels hanging from loops."""
    m = size
    y, x = grid(m)
    layers = []
    for number in range(COLOURS):
        cx = 0.12 + number * 0.19
        loop = 0.006 - np.abs(np.hypot((x - cx) * 1.6, y - 0.15) - 0.07)
        layers.append(_piece(np.minimum(loop, 0.23 - y), soften(smoothstep(0, 0.006, loop), 2) * 0.006, size, number))
        share = np.clip((y - 0.24) / 0.62, 0, 1)
        wide = 0.036 + 0.034 * share**0.7 - 0.014 * np.exp(-(((y - 0.325) / 0.02) ** 2))
        ragged = 0.86 + noise(rng, m, (1, 90), 1) * 0.018
        across = np.clip((x - cx) / wide, -1, 1)
        inside = np.minimum(wide - np.abs(x - cx), np.minimum(y - 0.225, ragged - y))
        strands = np.sin(across * 26 + noise(rng, m, (3, 24), 2) * 2.4) * 0.0022 * smoothstep(0.3, 0.36, y)
        neck = np.sin(y * 2 * np.pi / 0.009) * 0.0012 * smoothstep(0.022, 0.012, np.abs(y - 0.325))
        layers.append(
            _piece(inside, np.sqrt(np.clip(1 - across**2 * 0.95, 0, 1)) * wide * 0.5 + strands + neck, size, number, 0.018)
        )
    return compose(layers, size, 700.0, 1)


TRIMS: dict[str, Callable[[np.random.Generator, int], Scene]] = {
    maker.__name__: maker for maker in (buttons, zips, thread, ribbon, edging, elastic, labels, cords, tassels)
}


@lru_cache(maxsize=3)
def _setting(shape: str, variant: int, size: int) -> Scene:
    return TRIMS[shape](np.random.default_rng(sum(map(ord, shape)) * 17 + variant), size)


def draw_trim(picture: Picture, size: int) -> Image.Image:
    """Draw a trim in its colours."""
    return render_scene(_setting(picture.shape, picture.seed % VARIANTS, size), picture, GROUNDS[picture.seed % len(GROUNDS)])
