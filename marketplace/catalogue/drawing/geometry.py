"""Printed patterns of dots, stripes, waves and stars."""

from itertools import pairwise

import numpy as np

from .fields import Bytes, mix
from .page import Page, pixels
from .pen import Pen, arc, circle, drop, place, rosette, scatter, spiral, star


def dots(page: Page) -> Bytes:
    """Even dots in staggered rows."""
    pen, rows = page.pen(), page.even(18)
    for row in range(rows):
        for column in range(rows // 2):
            at = ((column + 0.5 * (row % 2)) * 2 / rows, (row + 0.5) / rows)
            pen.fill(place(circle(), at, 0.42 / rows), page.ink(row * 3 + column))
    return pixels(pen)


def pebbles(page: Page) -> Bytes:
    """Round spots of many sizes, strewn."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.count(110))):
        shape = circle() * (1, rng.uniform(0.75, 1))
        pen.fill(place(shape, (x, y), rng.uniform(0.008, 0.03) * page.grain, rng.random() * 3), page.ink(number))
    return pixels(pen)


def bars(page: Page) -> Bytes:
    """Printed stripes of several widths."""
    pen, rng = page.pen(), page.rng
    widths = rng.uniform(0.3, 1.4, page.even(22))
    edges = np.concatenate([[0], np.cumsum(widths)]) / widths.sum()
    for number, (left, right) in enumerate(pairwise(edges.tolist())):
        if number % 2:
            pen.fill(np.array([(left, -0.01), (right, -0.01), (right, 1.01), (left, 1.01)]), page.ink(number // 2))
    return pixels(pen)


def seigaiha(page: Page) -> Bytes:
    """Sea waves: overlapping fans of rings."""
    pen, across = page.pen(), page.even(10)
    radius = 0.5 / across
    rings = [
        (place(circle(36), (0, 0), radius * (1 - ring * 0.17)), page.dyes[0] if ring % 2 else page.ink(ring // 2))
        for ring in range(6)
    ]
    for row in range(-3, across * 4 + 4):
        for column in range(-1, across + 1):
            for ring, ink in rings:
                pen.fill(np.add(ring, ((column + 0.5 * (row % 2)) / across, row / across / 4)), ink, wrap=False)
    return pixels(pen)


def chevrons(page: Page) -> Bytes:
    """Zigzags in several inks."""
    pen, rows = page.pen(), page.even(16)
    teeth = page.even(10)
    x = np.linspace(0, 1, teeth * 2 + 1)
    for row in range(-1, rows + 1):
        y = (row + 0.7 * (np.arange(len(x)) % 2)) / rows
        low = np.stack([x, y], 1)
        pen.fill(np.concatenate([low, np.add(low[::-1], (0, 0.5 / rows))]), page.ink(row % rows))
    return pixels(pen)


def triangles(page: Page) -> Bytes:
    """Small triangles, loose as cut paper."""
    pen, rng = page.pen(), page.rng
    shape = np.array([(0, -1), (0.9, 0.6), (-0.9, 0.6)])
    for number, (x, y) in enumerate(scatter(rng, page.count(90))):
        pen.fill(place(shape, (x, y), 0.024 * page.grain, rng.random() * 6.3), page.ink(number))
    return pixels(pen)


def lattice(page: Page) -> Bytes:
    """The Chinese window lattice: squares within crosses."""
    pen, rows = page.pen(), page.even(8)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            x, y = column * step, row * step
            for inset, width in ((0.0, 0.07), (0.24, 0.05)):
                low, high = inset * step, (1 - inset) * step
                corners = [(x + low, y + low), (x + high, y + low), (x + high, y + high), (x + low, y + high)]
                pen.line(np.array([*corners, corners[0], corners[1]]), page.ink(0), width * step)
            for dx, dy in ((0.5, 0), (0, 0.5)):
                for end in (0.0, 0.76):
                    ends = np.array(
                        [
                            (x + step * (dx or end), y + step * (dy or end)),
                            (x + step * (dx or end + 0.24), y + step * (dy or end + 0.24)),
                        ]
                    )
                    pen.line(ends, page.ink(0), 0.05 * step)
            pen.fill(place(rosette(4, 0.4), (x + step / 2, y + step / 2), step * 0.15, np.pi / 4), page.ink(1))
    return pixels(pen)


def stars(page: Page) -> Bytes:
    """Stars of two sizes."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.count(70))):
        pen.fill(place(star(), (x, y), (0.03 if number % 3 else 0.014) * page.grain, rng.normal() * 0.3), page.ink(number))
    return pixels(pen)


def clouds(page: Page) -> Bytes:
    """Lucky clouds: curled heads with a trailing tail."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.count(20))):
        size, ink = rng.uniform(0.055, 0.08) * page.grain, page.ink(number)
        for dx, dy, part in ((-0.8, 0.1, 0.5), (0.0, -0.25, 0.68), (0.8, 0.12, 0.46)):
            middle = (x + dx * size, y + dy * size)
            pen.fill(place(circle(), middle, size * part), ink)
            pen.line(place(spiral(1.4), middle, size * part * 0.7, 1.2 * number), page.dyes[0], size * 0.09)
        pen.fill(place(np.array([(-1.25, 0.35), (1.2, 0.35), (2.2, 0.62), (0.2, 0.62)]), (x, y), size), ink)
    return pixels(pen)


def paisley(page: Page) -> Bytes:
    """Curved drops, ring in ring, with a beaded rim."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.count(34))):
        size, turn = 0.125 * page.grain, rng.integers(4) * np.pi / 2 + rng.normal() * 0.15
        inks = (page.ink(number), page.dyes[0], page.ink(number + 1), page.dyes[0], page.ink(number + 2))
        for ring, (share, ink) in enumerate(zip((1.0, 0.84, 0.74, 0.42, 0.32), inks, strict=True)):
            pen.fill(place(_boteh(), _inner((x, y), size, turn, ring), size * share, turn), ink)
        for bead in place(_boteh()[::5], (x, y), size * 1.12, turn):
            pen.fill(place(circle(8), (bead[0], bead[1]), size * 0.045), page.ink(number))
    return pixels(pen)


def _inner(at: tuple[float, float], size: float, turn: float, ring: int) -> tuple[float, float]:
    return at[0] + np.cos(turn) * size * 0.02 * ring, at[1] + np.sin(turn) * size * 0.02 * ring


def _boteh() -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """The drop with a bent tip, middle at the origin."""
    shape = drop(60) * (1.5, 1.35) - (0.95, 0)
    bend = np.clip(-shape[:, 0], 0, None) ** 1.8 * 0.7
    return np.stack([shape[:, 0], shape[:, 1] + bend], 1)


def blueprint(page: Page) -> Bytes:
    """Nantong blue calico: paste-resist blossoms made of white drops and dots, in a frame of dots."""
    pen, rows = page.pen(), page.even(4)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            at = ((column + 0.5) * step, (row + 0.5) * step)
            _resist(pen, at, step, page.ink(0), (row + column) % 2 == 0)
            for side in range(8):
                pen.fill(place(circle(10), (column * step + (side + 0.5) * step / 8, row * step), step * 0.02), page.ink(0))
                pen.fill(place(circle(10), (column * step, row * step + (side + 0.5) * step / 8), step * 0.02), page.ink(0))
    return pixels(pen)


def _resist(pen: Pen, at: tuple[float, float], step: float, ink: str, full: bool) -> None:
    petals = 8 if full else 5
    for petal in range(petals):
        turn = petal * 2 * np.pi / petals
        foot = (at[0] + np.cos(turn) * step * 0.09, at[1] + np.sin(turn) * step * 0.09)
        pen.fill(place(drop() * (1, 1.0 if full else 1.5), foot, step * 0.24, turn), ink)
        outer = turn + np.pi / petals
        for far, size in ((0.3, 0.026), (0.37, 0.018)):
            pen.fill(
                place(circle(10), (at[0] + np.cos(outer) * step * far, at[1] + np.sin(outer) * step * far), step * size),
                ink,
            )
    pen.fill(place(circle(), at, step * 0.05), ink)


def wax(page: Page) -> Bytes:
    """Miao wax resist: whorls and saw teeth, white on indigo."""
    pen, rows = page.pen(), page.even(4)
    step = 1 / rows
    for row in range(rows):
        for column in range(rows):
            _whorls(pen, ((column + 0.5) * step, (row + 0.5) * step), step, page.ink(0))
            corner = place(rosette(8, 0.5), (column * step, row * step), step * 0.11)
            pen.fill(corner, mix(page.ink(0), page.dyes[0], 0.25))
    return pixels(pen)


def _whorls(pen: Pen, at: tuple[float, float], step: float, ink: str) -> None:
    for turn in np.arange(4) * np.pi / 2:
        middle = (at[0] + np.cos(turn) * step * 0.2, at[1] + np.sin(turn) * step * 0.2)
        pen.line(place(spiral(2.1), middle, step * 0.17, turn), ink, step * 0.028)
    for turn in np.arange(24) * np.pi / 12:
        foot = (at[0] + np.cos(turn) * step * 0.4, at[1] + np.sin(turn) * step * 0.4)
        pen.fill(place(drop(10) * (1, 0.9), foot, step * 0.07, turn), ink)
    pen.line(arc(at, step * 0.39, 0, 6.4, 60), ink, step * 0.012)
