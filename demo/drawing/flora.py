"""Printed patterns of plants."""

import numpy as np

from demo.drawing.fields import Bytes, mix
from demo.drawing.pattern_canvas import PatternCanvas, pen_pixels
from demo.drawing.pen import Pen, circle, drop, leaf, rosette, scatter, transform


def ditsy(page: PatternCanvas) -> Bytes:
    """Draw small dense blossoms with leaves between."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(170))):
        turn, size = rng.random() * 6.3, rng.uniform(0.017, 0.027) * page.grain
        for side in (-0.5, 0.5):
            _leaf(pen, (x, y), size * 2.1, turn + side, page.ink(-1))
        if number % 4 == 3:
            pen.fill(transform(circle(), (x, y), size * 0.36), page.ink(number))
            continue
        _blossom(pen, (x, y), size, turn, (page.ink(number % max(1, len(page.dyes) - 2)), page.dyes[0]))
    return pen_pixels(pen)


def _leaf(pen: Pen, position: tuple[float, float], size: float, turn: float, ink: str) -> None:
    pen.fill(transform(leaf(0.2, 0.12), position, size, turn), ink)
    pen.stroke(
        transform(np.array([(0.1, 0.02), (0.5, 0.11), (0.9, 0.04)]), position, size, turn),
        mix(ink, "#000000", 0.22),
        size * 0.05,
    )


def _blossom(pen: Pen, position: tuple[float, float], size: float, turn: float, inks: tuple[str, str]) -> None:
    pen.fill(transform(rosette(5, 0.42, 0.7), position, size, turn), inks[0])
    pen.fill(transform(rosette(5, 0.6, 1.4), position, size * 0.74, turn), mix(inks[0], "#ffffff", 0.24))
    pen.fill(transform(circle(14), position, size * 0.26), mix(inks[1], "#d9a441", 0.55))


def peony(page: PatternCanvas) -> Bytes:
    """Draw large full blossoms with buds and leaves, in layers of petals."""
    pen, rng = page.pen(), page.rng
    spots = scatter(rng, page.motif_count(15))
    for x, y in spots:
        for _ in range(7):
            turn = rng.random() * 6.3
            _leaf(
                pen,
                (x, y),
                rng.uniform(0.13, 0.2) * page.grain,
                turn,
                mix(page.ink(-1), page.dyes[0], rng.random() * 0.4),
            )
    for x, y in scatter(rng, page.motif_count(60)):
        _sprig(pen, rng, (x, y), 0.05 * page.grain, (page.ink(-1), page.ink(1)))
    for number, (x, y) in enumerate(spots):
        _full(pen, rng, (x, y), rng.uniform(0.085, 0.12) * page.grain, page.ink(number % max(1, len(page.dyes) - 2)))
    return pen_pixels(pen)


def _full(pen: Pen, rng: np.random.Generator, position: tuple[float, float], size: float, ink: str) -> None:
    """Draw petals in rings, each ring smaller and in another tone, every petal with a darker fold."""
    pen.fill(transform(rosette(9, 0.16), position, size * 1.04, 0.2), mix(ink, "#000000", 0.28))
    for ring, (share, petals) in enumerate(((1.0, 8), (0.8, 7), (0.6, 6), (0.42, 5), (0.26, 4))):
        tone = mix(ink, "#ffffff", 0.08 + 0.13 * ring) if ring < 4 else mix(ink, "#000000", 0.1)
        start = rng.random() * 6.3
        for petal in range(petals):
            turn = start + petal * 2 * np.pi / petals
            shape = transform(drop(18) * (1, 1.35), position, size * share, turn + rng.normal() * 0.06)
            pen.fill(shape, mix(tone, "#000000", 0.13))
            pen.fill(transform(drop(18) * (0.94, 1.16), position, size * share, turn), tone)
    for turn in np.linspace(0, 6.3, 9):
        pen.fill(
            transform(
                circle(8), (position[0] + np.cos(turn) * size * 0.11, position[1] + np.sin(turn) * size * 0.11), size * 0.03
            ),
            "#e6b94f",
        )


def _sprig(pen: Pen, rng: np.random.Generator, position: tuple[float, float], size: float, inks: tuple[str, str]) -> None:
    turn = rng.random() * 6.3
    stem = np.array([(0, 0), (0.4, 0.06), (0.8, 0.0), (1.2, -0.12)])
    pen.stroke(transform(stem, position, size, turn), inks[0], size * 0.06)
    for step in range(5):
        joint = transform(stem[[1]] * (0.5 + step * 0.5), position, size, turn)[0]
        pen.fill(transform(leaf(0.22), (joint[0], joint[1]), size * 0.42, turn + (0.7 if step % 2 else -0.7)), inks[0])
    tip = transform(stem[[3]], position, size, turn)[0]
    pen.fill(transform(rosette(5, 0.4), (tip[0], tip[1]), size * 0.2), inks[1])


def sprigs(page: PatternCanvas) -> Bytes:
    """Draw loosely scattered twigs with small leaves and a flower."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(70))):
        _sprig(pen, rng, (x, y), 0.075 * page.grain, (page.ink(-1), page.ink(number % max(1, len(page.dyes) - 2))))
    return pen_pixels(pen)


def palms(page: PatternCanvas) -> Bytes:
    """Draw overlapping feathered palm leaves."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(30))):
        ink, turn, size = page.ink(number), rng.random() * 6.3, rng.uniform(0.15, 0.22) * page.grain
        spine = np.array([(t, 0.16 * t * t) for t in np.linspace(0, 1, 9)])
        for index, (sx, sy) in enumerate(spine[1:]):
            for side in (-1, 1):
                foot = transform(np.array([(sx, sy)]), (x, y), size, turn)[0]
                length = size * 0.5 * np.sin(np.pi * (0.16 + 0.8 * index / 8))
                pen.fill(transform(leaf(0.13, 0.05 * side), (foot[0], foot[1]), length, turn + side * 0.85 + 0.2), ink)
        pen.stroke(transform(spine, (x, y), size, turn), mix(ink, page.dyes[0], 0.35), size * 0.02)
    return pen_pixels(pen)


def bamboo(page: PatternCanvas) -> Bytes:
    """Draw bamboo as in ink painting: jointed canes, pointed leaves in threes."""
    pen, rng = page.pen(), page.rng
    canes = page.even_row_count(6)
    for cane in range(canes):
        x = (cane + rng.uniform(0.2, 0.8)) / canes
        for joint in range(4):
            y = joint / 4 + rng.uniform(-0.02, 0.02)
            pen.stroke(np.array([(x, y + 0.008), (x + 0.004, y + 0.242)]), page.ink(cane), 0.011 * page.grain)
            for _ in range(4):
                _bamboo_leaves(
                    pen, rng, (x, y + rng.uniform(0, 0.2)), 0.075 * page.grain, page.ink(cane + int(rng.integers(2)))
                )
    return pen_pixels(pen)


def _bamboo_leaves(pen: Pen, rng: np.random.Generator, position: tuple[float, float], size: float, ink: str) -> None:
    middle = rng.uniform(0.4, 2.7)
    for spread in (-0.5, 0.0, 0.45):
        pen.fill(transform(leaf(0.1, 0.05), position, size * rng.uniform(0.8, 1.25), middle + spread), ink)


def lotus(page: PatternCanvas) -> Bytes:
    """Draw lotus flowers and round leaves in staggered rows."""
    pen, rows = page.pen(), page.even_row_count(4)
    size = 0.4 / rows
    for row in range(rows * 2):
        for column in range(rows):
            position = ((column + 0.5 * (row % 2)) / rows, row / rows / 2)
            if (row + column) % 3 == 2:
                pen.fill(transform(rosette(9, 0.08), position, size * 0.62), page.ink(-1))
                pen.fill(transform(circle(), position, size * 0.1), page.dyes[0])
            else:
                _water_lily(pen, position, size, (page.ink(row), page.dyes[0]))
                ripple = np.array([(-0.5, 0.42), (0, 0.5), (0.5, 0.42)])
                pen.stroke(transform(ripple, position, size), page.ink(-1), 0.006)
    return pen_pixels(pen)


def _water_lily(pen: Pen, position: tuple[float, float], size: float, inks: tuple[str, str]) -> None:
    foot = (position[0], position[1] + size * 0.3)
    for step in (-3, 3, -2, 2, -1, 1, 0):
        petal = transform(drop() * (1, 0.9), foot, size * (1.0 - 0.06 * abs(step)), -np.pi / 2 + step * 0.42)
        pen.fill(petal, mix(inks[0], inks[1], 0.12 + 0.14 * abs(step)))


def daisies(page: PatternCanvas) -> Bytes:
    """Draw large white daisies."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(44))):
        size, turn = rng.uniform(0.032, 0.06) * page.grain, rng.random() * 6.3
        for petal in range(11):
            pen.fill(
                transform(drop(14) * (1, 0.62), (x, y), size, turn + petal * 2 * np.pi / 11),
                page.ink(number % max(1, len(page.dyes) - 2)),
            )
        pen.fill(transform(circle(18), (x, y), size * 0.27), page.ink(-1))
    return pen_pixels(pen)
