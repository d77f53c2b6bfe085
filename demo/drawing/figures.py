"""Printed patterns with a subject: children's prints, toile, cranes, tea bowls."""

import numpy as np

from demo.drawing.fields import Bytes, mix
from demo.drawing.pattern_canvas import PatternCanvas, pen_pixels
from demo.drawing.pen import Pen, arc, circle, drop, leaf, rosette, scatter, star, transform

_DARK = "#3a3a40"


def bears(page: PatternCanvas) -> Bytes:
    """Draw bears' faces among stars."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(34))):
        if number % 3 == 2:
            pen.fill(transform(star(), (x, y), 0.022 * page.grain, rng.random()), page.ink(number))
            continue
        _bear(pen, (x, y), 0.052 * page.grain, (page.ink(number), page.dyes[0]))
    return pen_pixels(pen)


def _bear(pen: Pen, position: tuple[float, float], size: float, inks: tuple[str, str]) -> None:
    x, y = position
    for side in (-1, 1):
        pen.fill(transform(circle(), (x + side * size * 0.66, y - size * 0.62), size * 0.36), inks[0])
        pen.fill(transform(circle(), (x + side * size * 0.66, y - size * 0.62), size * 0.2), mix(inks[0], "#ffffff", 0.45))
    pen.fill(transform(circle() * (1.06, 0.94), position, size), inks[0])
    pen.fill(transform(circle() * (1.15, 0.9), (x, y + size * 0.32), size * 0.44), mix(inks[0], "#ffffff", 0.6))
    pen.fill(transform(circle() * (1.3, 0.9), (x, y + size * 0.16), size * 0.14), _DARK)
    for side in (-1, 1):
        pen.fill(transform(circle(12), (x + side * size * 0.42, y - size * 0.12), size * 0.1), _DARK)
        pen.stroke(arc((x + side * size * 0.13, y + size * 0.34), size * 0.14, 0.2, 2.9, 8), _DARK, size * 0.05)


def whales(page: PatternCanvas) -> Bytes:
    """Draw whales and small waves."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(32))):
        size = 0.058 * page.grain
        if number % 3 == 2:
            for row in range(2):
                for wave in range(3):
                    pen.stroke(
                        arc((x + (wave - 1) * size * 0.5, y + row * size * 0.3), size * 0.25, 0.2, 2.9, 9),
                        page.ink(-1),
                        size * 0.07,
                    )
            continue
        _whale(pen, (x, y), size, page.ink(number % 2))
    return pen_pixels(pen)


def _whale(pen: Pen, position: tuple[float, float], size: float, ink: str) -> None:
    x, y = position
    body = transform(drop(40) * (-2.1, 2.1) + (1.15, 0), position, size)
    pen.fill(body, ink)
    pen.fill(transform(circle() * (1, 0.4), (x - size * 0.28, y + size * 0.42), size * 0.62), mix(ink, "#ffffff", 0.65))
    for side in (-0.75, 0.6):
        pen.fill(transform(leaf(0.3), (x + size * 1.05, y - size * 0.03), size * 0.7, side - 0.35), ink)
    pen.fill(transform(circle(12), (x - size * 0.6, y - size * 0.05), size * 0.08), _DARK)
    for turn in (-2.2, -0.95):
        pen.stroke(
            arc((x - size * 0.35 + np.cos(turn) * size * 0.3, y - size * 0.8), size * 0.28, turn - 0.9, turn + 0.9, 9),
            ink,
            size * 0.08,
        )


def rockets(page: PatternCanvas) -> Bytes:
    """Draw rockets, ringed planets and stars."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(40))):
        size = 0.05 * page.grain
        if number % 3 == 0:
            _rocket(pen, (x, y), size, rng.normal() * 0.5 + 0.5, (page.ink(number), page.ink(number + 1)))
        elif number % 3 == 1:
            pen.fill(transform(circle(), (x, y), size * 0.62), page.ink(number))
            pen.stroke(transform(circle(40) * (1.15, 0.3), (x, y), size, -0.4), page.ink(number + 1), size * 0.09)
        else:
            pen.fill(transform(star(4, 0.34), (x, y), size * 0.5, rng.random()), page.ink(number))
    return pen_pixels(pen)


def _rocket(pen: Pen, position: tuple[float, float], size: float, turn: float, inks: tuple[str, str]) -> None:
    flame = np.array([(-0.22, 0.8), (0, 1.5), (0.22, 0.8)])
    fins = np.array([(-0.42, 0.1), (-0.75, 0.85), (0.75, 0.85), (0.42, 0.1)])
    hull = transform(drop(40) * (2.1, 1.5), (0, -1.25), 1, np.pi / 2)
    for shape, ink in ((flame, "#e8a13a"), (fins, inks[1]), (hull, inks[0])):
        pen.fill(transform(shape, position, size, turn), ink)
    for share, ink in ((0.26, "#ffffff"), (0.17, "#6fa3c8")):
        window = transform(circle() * share + (0, -0.05), position, size, turn)
        pen.fill(window, ink)


def hearts(page: PatternCanvas) -> Bytes:
    """Draw small hearts in rows."""
    pen, rows = page.pen(), page.even_row_count(14)
    angle = np.linspace(0, 2 * np.pi, 40)
    shape = (
        np.stack(
            [
                16 * np.sin(angle) ** 3,
                -(13 * np.cos(angle) - 5 * np.cos(2 * angle) - 2 * np.cos(3 * angle) - np.cos(4 * angle)),
            ],
            1,
        )
        / 17
    )
    for row in range(rows):
        for column in range(rows // 2):
            position = ((column + 0.5 * (row % 2)) * 2 / rows, (row + 0.5) / rows)
            pen.fill(transform(shape, position, 0.36 / rows, 0.12 if column % 2 else -0.12), page.ink(row + column))
    return pen_pixels(pen)


def rainbows(page: PatternCanvas) -> Bytes:
    """Draw rainbows on clouds."""
    pen, rng = page.pen(), page.rng
    for x, y in scatter(rng, page.motif_count(24)):
        size = 0.07 * page.grain
        for ring in range(4):
            pen.fill(_half(x, y, size * (1 - ring * 0.19)), page.ink(ring))
        pen.fill(_half(x, y, size * 0.3), page.dyes[0])
        for side in (-1, 1):
            for dx, part in ((-0.2, 0.17), (0.05, 0.23), (0.26, 0.15)):
                pen.fill(transform(circle(), (x + side * size * 0.66 + dx * size, y), size * part), "#ffffff")
    return pen_pixels(pen)


def _half(x: float, y: float, radius: float) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return arc((x, y), radius, np.pi, 2 * np.pi, 26)


def cranes(page: PatternCanvas) -> Bytes:
    """Draw flying cranes among curls of cloud."""
    pen, rng = page.pen(), page.rng
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(26))):
        size, turn = 0.085 * page.grain, rng.normal() * 0.35 - 0.3
        if number % 3 == 2:
            for ring in range(3):
                pen.stroke(
                    arc((x + ring * size * 0.45, y), size * 0.3, np.pi * 0.9, 2.15 * np.pi, 14),
                    page.ink(-1),
                    size * 0.05,
                )
            continue
        _crane(pen, (x, y), size, turn, (page.ink(0), page.ink(1)))
    return pen_pixels(pen)


def _crane(pen: Pen, position: tuple[float, float], size: float, turn: float, inks: tuple[str, str]) -> None:
    for side in (-1, 1):
        for feather in range(6):
            lean = side * (1.0 + feather * 0.13) + (0.25 if side > 0 else 0)
            tone = mix(inks[0], _DARK, 0.75) if feather > 3 else inks[0]
            pen.fill(transform(leaf(0.11, 0.05 * side), position, size * (1.0 - feather * 0.08), turn + np.pi + lean), tone)
    pen.fill(transform(leaf(0.2) * (0.9, 0.8) - (0.35, 0), position, size, turn), inks[0])
    neck = np.array([(0.4, 0), (0.62, -0.07), (0.85, -0.03)])
    pen.stroke(transform(neck, position, size, turn), inks[0], size * 0.06)
    head = transform(np.array([(0.88, -0.03)]), position, size, turn)[0]
    pen.fill(transform(circle(10), (head[0], head[1]), size * 0.05), inks[1])
    pen.stroke(transform(np.array([(-0.3, 0), (-0.75, 0.06)]), position, size, turn), _DARK, size * 0.025)


def toile(page: PatternCanvas) -> Bytes:
    """Draw scenes in one ink, as on copperplate prints: pavilion, pine and hills."""
    pen, rows, ink = page.pen(), page.even_row_count(4), page.ink(0)
    for row in range(rows):
        for column in range(rows // 2):
            x, y = (column + 0.5 * (row % 2) + 0.25) * 2 / rows, (row + 0.55) / rows
            size = 0.5 / rows
            for hill in range(7):
                pen.stroke(
                    arc((x + (hill % 3 - 1) * size * 0.75, y + size * (0.62 + 0.1 * hill)), size * 0.7, 3.5, 5.9, 16),
                    mix(ink, page.dyes[0], 0.45),
                    size * 0.025,
                )
            _pavilion(pen, (x - size * 0.4, y), size * 0.62, ink)
            _pine(pen, (x + size * 0.75, y + size * 0.2), size, ink)
    return pen_pixels(pen)


def _pavilion(pen: Pen, position: tuple[float, float], size: float, ink: str) -> None:
    for storey in range(2):
        roof = np.array([(-1, 0.1), (-0.8, 0), (-0.3, -0.35), (0.3, -0.35), (0.8, 0), (1, 0.1), (0.75, 0.12), (-0.75, 0.12)])
        pen.fill(transform(roof * (1 - storey * 0.3), (position[0], position[1] - storey * size * 0.62), size), ink)
        for post in (-0.55, -0.2, 0.2, 0.55):
            foot = np.array([(post, 0.1), (post, 0.62 if storey == 0 else 0.4)]) * (1 - storey * 0.3, 1)
            pen.stroke(transform(foot, (position[0], position[1] - storey * size * 0.62), size), ink, size * 0.05)
    pen.stroke(transform(np.array([(-0.9, 0.64), (0.9, 0.64)]), position, size), ink, size * 0.06)


def _pine(pen: Pen, position: tuple[float, float], size: float, ink: str) -> None:
    trunk = np.array([(0, 0.5), (0.05, 0.1), (-0.06, -0.3), (0.04, -0.7)])
    pen.stroke(transform(trunk, position, size), ink, size * 0.07)
    for dx, dy, part in ((-0.28, -0.1, 0.26), (0.3, -0.3, 0.28), (-0.2, -0.55, 0.24), (0.06, -0.8, 0.22)):
        for needle in range(9):
            pen.fill(
                transform(
                    drop(8) * (1, 0.5),
                    (position[0] + dx * size, position[1] + dy * size),
                    size * part,
                    np.pi + needle * np.pi / 8,
                ),
                ink,
            )


def teacups(page: PatternCanvas) -> Bytes:
    """Draw blossoms and bowls, as on kitchen cloth."""
    pen, rng = page.pen(), page.rng
    bowl = np.array([(-1, -0.4), (1, -0.4), (0.72, 0.3), (0.35, 0.55), (-0.35, 0.55), (-0.72, 0.3)])
    for number, (x, y) in enumerate(scatter(rng, page.motif_count(40))):
        size = 0.042 * page.grain
        if number % 2:
            pen.fill(transform(rosette(5, 0.4, 0.7), (x, y), size * 0.6, rng.random()), page.ink(number))
            pen.fill(transform(circle(10), (x, y), size * 0.16), "#e6b94f")
            continue
        pen.fill(transform(bowl, (x, y), size), page.ink(number))
        pen.stroke(transform(np.array([(-0.86, -0.05), (0.86, -0.05)]), (x, y), size), page.dyes[0], size * 0.14)
        pen.fill(transform(bowl * (0.35, 0.25), (x, y + size * 0.6), size), page.ink(number))
    return pen_pixels(pen)
