"""Logos of merchants in two dyes, with textile motifs; banners and category tiles composed of cloths."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from demo.drawing.fields import mix, rgb
from demo.drawing.model import Picture
from demo.drawing.pen import Pen, Points, arc, circle, drop, leaf, rosette, transform
from demo.drawing.studio import draw_cloth

_MIDDLE = (0.5, 0.5)
LogoFigure = Callable[[Pen, str, str], None]


def _bar(x: float, y: float, wide: float, high: float) -> Points:
    return np.array([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)])


def _weave(pen: Pen, ink: str, ground: str) -> None:
    """Draw three threads over and under three."""
    steps = [0.25 + index * 0.2 for index in range(3)]
    for step in steps:
        pen.fill(_bar(step, 0.2, 0.1, 0.6), ink)
        pen.fill(_bar(0.2, step, 0.6, 0.1), ink)
    for row, y in enumerate(steps):
        for column, x in enumerate(steps):
            upright = (row + column) % 2 == 0
            for off in (-0.022, 0.1):
                pen.fill(_bar(x + off, y, 0.022, 0.1) if upright else _bar(x, y + off, 0.1, 0.022), ground)


def _shuttle(pen: Pen, ink: str, ground: str) -> None:
    """Draw a shuttle with its bobbin."""
    shape = transform(leaf(0.3) - (0.5, 0), _MIDDLE, 0.68, -0.7)
    pen.fill(shape, ink)
    pen.fill(transform(leaf(0.17) - (0.5, 0), _MIDDLE, 0.4, -0.7), ground)
    for index in range(-2, 3):
        line = np.array([(index * 0.055 - 0.05, 0.14), (index * 0.055 + 0.05, -0.14)])
        pen.stroke(transform(line, _MIDDLE, 0.5, -0.7), ink, 0.022)


def _waves(pen: Pen, ink: str, ground: str) -> None:
    """Draw waves of thread."""
    for row in range(5):
        x = np.linspace(0.2, 0.8, 40)
        y = 0.3 + row * 0.1 + 0.035 * np.sin(x * 6.2 * np.pi + row * 0.9)
        pen.stroke(np.stack([x, y], 1), ink if row % 2 == 0 else mix(ink, ground, 0.45), 0.04)


def _blossom(pen: Pen, ink: str, ground: str) -> None:
    """Draw a cotton flower."""
    for petal in range(5):
        turn = petal * 2 * np.pi / 5 - np.pi / 2
        pen.fill(transform(drop() * (1, 1.3), _MIDDLE, 0.34, turn), ink)
        pen.fill(transform(drop() * (0.7, 0.7) + (0.12, 0), _MIDDLE, 0.34, turn), mix(ink, ground, 0.35))
    pen.fill(transform(circle(40), _MIDDLE, 0.075), ground)


def _mountain(pen: Pen, ink: str, ground: str) -> None:
    """Draw hills of stripes."""
    for row in range(7):
        y = 0.3 + row * 0.068
        half = 0.045 + row * 0.043
        pen.fill(_bar(0.5 - half, y, half * 2, 0.044), ink if row % 3 else mix(ink, ground, 0.4))


def _rings(pen: Pen, ink: str, ground: str) -> None:
    """Draw two linked loops, a stitch."""
    for x in (0.39, 0.61):
        pen.stroke(arc((x, 0.5), 0.17, 0, 6.3, 80), ink, 0.062)
    pen.stroke(arc((0.61, 0.5), 0.17, 3.6, 4.7, 20), ground, 0.1)
    pen.stroke(arc((0.39, 0.5), 0.17, -0.95, 0.2, 20), ink, 0.062)


def _lozenge(pen: Pen, ink: str, ground: str) -> None:
    """Draw nested diamonds."""
    shape = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)], float)
    for index, size in enumerate((0.34, 0.27, 0.2, 0.13, 0.06)):
        pen.fill(transform(shape, _MIDDLE, size), ink if index % 2 == 0 else ground)


def _spool(pen: Pen, ink: str, ground: str) -> None:
    """Draw a spool of thread."""
    for y in (0.24, 0.69):
        pen.fill(_bar(0.3, y, 0.4, 0.07), ink)
    for row in range(5):
        pen.stroke(
            np.array([(0.345, 0.385 + row * 0.066), (0.655, 0.35 + row * 0.066)]),
            ink if row % 2 else mix(ink, ground, 0.4),
            0.038,
        )


def _palace(pen: Pen, ink: str, ground: str) -> None:
    """Draw the petal ring of blue calico."""
    for petal in range(8):
        turn = petal * np.pi / 4
        pen.fill(transform(drop(), (0.5 + np.cos(turn) * 0.1, 0.5 + np.sin(turn) * 0.1), 0.25, turn), ink)
        pen.fill(transform(circle(20), (0.5 + np.cos(turn + 0.39) * 0.31, 0.5 + np.sin(turn + 0.39) * 0.31), 0.022), ink)
    pen.fill(transform(rosette(8, 0.2), _MIDDLE, 0.06), ground)


LOGO_FIGURES: tuple[LogoFigure, ...] = (_weave, _shuttle, _waves, _blossom, _mountain, _rings, _lozenge, _spool, _palace)


def draw_logo(picture: Picture, size: int) -> Image.Image:
    """Draw a merchant's logo: the cloth's first dye is the ground, the second the figure, chosen by the seed."""
    dyes = picture.cloth.dyes
    ground, ink = dyes[0], dyes[1] if len(dyes) > 1 else "#f4efe4"
    pen = Pen(size * 4, ground)
    LOGO_FIGURES[picture.seed % len(LOGO_FIGURES)](pen, ink, ground)
    return pen.image.reduce(4)


def draw_strips(picture: Picture, width: int, height: int) -> Image.Image:
    """Draw cloths side by side in slanting strips, as a banner or a tile."""
    named = (picture.cloth, *picture.other_cloths)
    count = len(named)
    image = Image.new("RGB", (width, height), tuple(int(channel) for channel in rgb("#f1ede5")))
    lean, side = round(height * 0.22), max(height, round(width / count + height * 0.5))
    for number, cloth in enumerate(named):
        view = ("swirl", "drape", "wave")[(number + picture.seed) % 3]
        part = draw_cloth(replace(picture, cloth=cloth, view=view, other_cloths=(), seed=picture.seed + number), side)
        left, right = (width + lean) * number / count - lean, (width + lean) * (number + 1) / count - lean
        _draw_strip(image, part, (round(left), round(right)), lean)
    return image


def _draw_strip(image: Image.Image, part: Image.Image, edges: tuple[int, int], lean: int) -> None:
    """Draw one strip, with its shadow on the one to the left."""
    left, right = edges
    high = image.height
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).polygon([(left + lean, 0), (right + lean + 2, 0), (right + 2, high), (left, high)], fill=255)
    shade = Image.new("L", image.size)
    ImageDraw.Draw(shade).line([(left + lean, 0), (left, high)], fill=130, width=max(2, high // 40))
    image.paste((30, 26, 24), (0, 0), shade.filter(ImageFilter.GaussianBlur(high / 60)))
    overlay = Image.new("RGB", image.size)
    middle = (left + right + lean) // 2
    overlay.paste(part, (middle - part.width // 2, (high - part.height) // 2))
    image.paste(overlay, (0, 0), mask)
