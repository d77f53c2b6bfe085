"""Printed patterns of dots, stripes, waves and stars."""

from itertools import pairwise

import numpy as np

from demo.drawing.fields import Bytes, mix
from demo.drawing.pattern_canvas import PatternCanvas, pen_pixels
from demo.drawing.pen import Pen, arc, circle, drop, rosette, scatter, spiral, star, transform


def dots(page: PatternCanvas) -> Bytes:
    """Draw even dots in staggered rows."""
    pen, rows = page.pen(), page.even_row_count(18)
    for row in range(rows):
        for column in range(rows // 2):
            position = ((column + 0.5 * (row % 2)) * 2 / rows, (row + 0.5) / rows)
            pen.fill(transform(circle(), position, 0.42 / rows), page.ink(row * 3 + column))
    return pen_pixels(pen)


def pebbles(page: PatternCanvas) -> Bytes:
    """Draw scattered round spots of many sizes."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(110))):
        shape = circle() * (1, rng.uniform(0.75, 1))
        pen.fill(transform(shape, (x, y), rng.uniform(0.008, 0.03) * page.grain, rng.random() * 3), page.ink(number))
    return pen_pixels(pen)


def bars(page: PatternCanvas) -> Bytes:
    """Draw printed stripes of several widths."""
    pen, rng = page.pen(), page.rng
    widths = rng.uniform(0.3, 1.4, page.even_row_count(22))
    edges = np.concatenate([[0], np.cumsum(widths)]) / widths.sum()
    for number, (left, right) in enumerate(pairwise(edges.tolist())):
        if number % 2:
            pen.fill(np.array([(left, -0.01), (right, -0.01), (right, 1.01), (left, 1.01)]), page.ink(number // 2))
    return pen_pixels(pen)


def seigaiha(page: PatternCanvas) -> Bytes:
    """Draw sea waves: overlapping fans of rings."""
    pen, across = page.pen(), page.even_row_count(10)
    radius = 0.5 / across
    rings = [
        (transform(circle(36), (0, 0), radius * (1 - ring * 0.17)), page.dyes[0] if ring % 2 else page.ink(ring // 2))
        for ring in range(6)
    ]
    for row in range(-3, across * 4 + 4):
        for column in range(-1, across + 1):
            for ring, ink in rings:
                pen.fill(np.add(ring, ((column + 0.5 * (row % 2)) / across, row / across / 4)), ink, wrap=False)
    return pen_pixels(pen)


def chevrons(page: PatternCanvas) -> Bytes:
    """Draw zigzags in several inks."""
    pen, rows = page.pen(), page.even_row_count(16)
    teeth = page.even_row_count(10)
    x = np.linspace(0, 1, teeth * 2 + 1)
    for row in range(-1, rows + 1):
        y = (row + 0.7 * (np.arange(len(x)) % 2)) / rows
        low = np.stack([x, y], 1)
        pen.fill(np.concatenate([low, np.add(low[::-1], (0, 0.5 / rows))]), page.ink(row % rows))
    return pen_pixels(pen)


def triangles(page: PatternCanvas) -> Bytes:
    """Draw loose small triangles."""
    pen, rng = page.pen(), page.rng
    shape = np.array([(0, -1), (0.9, 0.6), (-0.9, 0.6)])
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(90))):
        pen.fill(transform(shape, (x, y), 0.024 * page.grain, rng.random() * 6.3), page.ink(number))
    return pen_pixels(pen)


def lattice(page: PatternCanvas) -> Bytes:
    """Draw the Chinese window lattice: squares within crosses."""
    pen, rows = page.pen(), page.even_row_count(8)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            x, y = column * step, row * step
            for inset, width in ((0.0, 0.07), (0.24, 0.05)):
                low, high = inset * step, (1 - inset) * step
                corners = [(x + low, y + low), (x + high, y + low), (x + high, y + high), (x + low, y + high)]
                pen.stroke(np.array([*corners, corners[0], corners[1]]), page.ink(0), width * step)
            for dx, dy in ((0.5, 0), (0, 0.5)):
                for end in (0.0, 0.76):
                    ends = np.array(
                        [
                            (x + step * (dx or end), y + step * (dy or end)),
                            (x + step * (dx or end + 0.24), y + step * (dy or end + 0.24)),
                        ]
                    )
                    pen.stroke(ends, page.ink(0), 0.05 * step)
            pen.fill(transform(rosette(4, 0.4), (x + step / 2, y + step / 2), step * 0.15, np.pi / 4), page.ink(1))
    return pen_pixels(pen)


def stars(page: PatternCanvas) -> Bytes:
    """Draw stars of two sizes."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(70))):
        pen.fill(transform(star(), (x, y), (0.03 if number % 3 else 0.014) * page.grain, rng.normal() * 0.3), page.ink(number))
    return pen_pixels(pen)


def clouds(page: PatternCanvas) -> Bytes:
    """Draw Chinese lucky clouds: curled heads with a trailing tail."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(20))):
        size, ink = rng.uniform(0.055, 0.08) * page.grain, page.ink(number)
        for dx, dy, part in ((-0.8, 0.1, 0.5), (0.0, -0.25, 0.68), (0.8, 0.12, 0.46)):
            middle = (x + dx * size, y + dy * size)
            pen.fill(transform(circle(), middle, size * part), ink)
            pen.stroke(transform(spiral(1.4), middle, size * part * 0.7, 1.2 * number), page.dyes[0], size * 0.09)
        pen.fill(transform(np.array([(-1.25, 0.35), (1.2, 0.35), (2.2, 0.62), (0.2, 0.62)]), (x, y), size), ink)
    return pen_pixels(pen)


def paisley(page: PatternCanvas) -> Bytes:
    """Draw paisley drops: nested rings with a beaded rim."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(34))):
        size, turn = 0.125 * page.grain, rng.integers(4) * np.pi / 2 + rng.normal() * 0.15
        inks = (page.ink(number), page.dyes[0], page.ink(number + 1), page.dyes[0], page.ink(number + 2))
        for ring, (share, ink) in enumerate(zip((1.0, 0.84, 0.74, 0.42, 0.32), inks, strict=True)):
            pen.fill(transform(_boteh(), _inner((x, y), size, turn, ring), size * share, turn), ink)
        for bead in transform(_boteh()[::5], (x, y), size * 1.12, turn):
            pen.fill(transform(circle(8), (bead[0], bead[1]), size * 0.045), page.ink(number))
    return pen_pixels(pen)


def _inner(position: tuple[float, float], size: float, turn: float, ring: int) -> tuple[float, float]:
    return position[0] + np.cos(turn) * size * 0.02 * ring, position[1] + np.sin(turn) * size * 0.02 * ring


def _boteh() -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the drop with a bent tip, centred at the origin."""
    shape = drop(60) * (1.5, 1.35) - (0.95, 0)
    bend = np.clip(-shape[:, 0], 0, None) ** 1.8 * 0.7
    return np.stack([shape[:, 0], shape[:, 1] + bend], 1)


def blueprint(page: PatternCanvas) -> Bytes:
    """Draw Nantong blue calico: paste-resist blossoms of white drops and dots in a frame of dots."""
    pen, rows = page.pen(), page.even_row_count(4)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            position = ((column + 0.5) * step, (row + 0.5) * step)
            _resist(pen, position, step, page.ink(0), (row + column) % 2 == 0)
            for side in range(8):
                pen.fill(transform(circle(10), (column * step + (side + 0.5) * step / 8, row * step), step * 0.02), page.ink(0))
                pen.fill(transform(circle(10), (column * step, row * step + (side + 0.5) * step / 8), step * 0.02), page.ink(0))
    return pen_pixels(pen)


def _resist(pen: Pen, position: tuple[float, float], step: float, ink: str, full: bool) -> None:
    petals = 8 if full else 5
    for petal in range(petals):
        turn = petal * 2 * np.pi / petals
        foot = (position[0] + np.cos(turn) * step * 0.09, position[1] + np.sin(turn) * step * 0.09)
        pen.fill(transform(drop() * (1, 1.0 if full else 1.5), foot, step * 0.24, turn), ink)
        outer = turn + np.pi / petals
        for far, size in ((0.3, 0.026), (0.37, 0.018)):
            pen.fill(
                transform(
                    circle(10),
                    (position[0] + np.cos(outer) * step * far, position[1] + np.sin(outer) * step * far),
                    step * size,
                ),
                ink,
            )
    pen.fill(transform(circle(), position, step * 0.05), ink)


def wax(page: PatternCanvas) -> Bytes:
    """Draw Miao wax resist: whorls and saw teeth, white on indigo."""
    pen, rows = page.pen(), page.even_row_count(4)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            _whorls(pen, ((column + 0.5) * step, (row + 0.5) * step), step, page.ink(0))
            corner = transform(rosette(8, 0.5), (column * step, row * step), step * 0.11)
            pen.fill(corner, mix(page.ink(0), page.dyes[0], 0.25))
    return pen_pixels(pen)


def _whorls(pen: Pen, position: tuple[float, float], step: float, ink: str) -> None:
    for turn in np.arange(4) * np.pi / 2:
        middle = (position[0] + np.cos(turn) * step * 0.2, position[1] + np.sin(turn) * step * 0.2)
        pen.stroke(transform(spiral(2.1), middle, step * 0.17, turn), ink, step * 0.028)
    for turn in np.arange(24) * np.pi / 12:
        foot = (position[0] + np.cos(turn) * step * 0.4, position[1] + np.sin(turn) * step * 0.4)
        pen.fill(transform(drop(10) * (1, 0.9), foot, step * 0.07, turn), ink)
    pen.stroke(arc(position, step * 0.39, 0, 6.4, 60), ink, step * 0.012)
