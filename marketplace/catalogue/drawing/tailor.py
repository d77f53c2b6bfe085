"""Sews a garment: lays its panels, gives each its folds and light, stitches the seams, sets the buttons."""

import numpy as np
from PIL import Image, ImageDraw

from . import folds
from .cut import Garment, Line, Panel, Points, Stud, curve, mirrored, outlines
from .fields import Field, as_field, grid, noise, soften
from .light import fall_within
from .scene import Layer, Scene, compose

_SEAM, _FAINT, _BRIGHT = 84, 106, 158  # of a scale where 128 leaves the cloth as it is


def sew(garment: Garment, rng: np.random.Generator, size: int) -> Scene:
    """The garment laid on a table and photographed from above."""
    layers = [_layer(panel, points, rng, size) for panel in garment.panels for points in outlines(panel)]
    scene = compose(layers, size, garment.span, 2)
    scene.light = scene.light.dimmed(_sewn(garment.lines, size))
    scene.details = _studs(garment.studs, size)
    return scene


def _layer(panel: Panel, points: Points, rng: np.random.Generator, size: int) -> Layer:
    m = max(160, size // 2)
    mask = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(mask).polygon([(x, y) for x, y in (points * 2 * size).tolist()], fill=255)
    coarse = as_field(np.asarray(mask.resize((m, m), Image.Resampling.BOX)) / np.float32(255))
    grain = -panel.grain if panel.twin and points[:, 0].mean() < 0.5 else panel.grain
    u, v = _grained(points, np.radians(grain), m)
    light = fall_within(_relief(panel, coarse, rng, m), coarse > 0, 0.8)
    tone = np.full((m, m), panel.dim, np.float32)
    if panel.rib:
        tone = tone * (1 + 0.13 * np.sin(u * 2 * np.pi * 78)).astype(np.float32)
    tone = tone * (0.9 + 0.1 * soften(coarse, m // 90) ** 2)
    return Layer(u, v, light.dimmed(tone), mask, panel.cloth, panel.shadow, panel.lift)


def _grained(points: Points, turn: float, m: int) -> tuple[Field, Field]:
    """Cloth coordinates turned about the panel's middle, so that stripes follow a sleeve."""
    y, x = grid(m)
    cx, cy = points.mean(0)
    if not turn:
        return x, y
    dx, dy = x - cx, y - cy
    u = dx * np.cos(turn) + dy * np.sin(turn) + cx
    return u.astype(np.float32), (dy * np.cos(turn) - dx * np.sin(turn) + cy).astype(np.float32)


def _relief(panel: Panel, mask: Field, rng: np.random.Generator, m: int) -> Field:
    """Round at the edges, fuller in the middle, wrinkled a little, or hanging in folds."""
    height = (folds.dome(mask, m // 46) * 0.0085 + soften(mask, m // 16) * 0.05 * mask) * panel.puff
    if panel.wrinkle > 0.2:
        height = height + (folds.waves(rng, m, 5, 0.26) + noise(rng, m, 6, 3) * 0.0032) * panel.wrinkle
    if panel.hang:
        height = height + folds.hanging(rng, m, panel.hang, 1.0) * 0.75
    return height.astype(np.float32)


def _sewn(lines: tuple[Line, ...], size: int) -> Field:
    """Seams as changes of light."""
    marks = Image.new("L", (2 * size, 2 * size), 128)
    draw = ImageDraw.Draw(marks)
    for line in lines:
        points = curve(line.path)
        for side in (points, mirrored(points)) if line.twin else (points,):
            _stitch(draw, side * 2 * size, line.kind, size / 640)
    return (1 + (np.asarray(marks.reduce(2)).astype(np.float32) - 128) / 128).astype(np.float32)


def _stitch(draw: ImageDraw.ImageDraw, points: Points, kind: str, scale: float) -> None:
    if kind in ("seam", "fold"):
        dark, light = (_SEAM, _BRIGHT) if kind == "seam" else (_FAINT, 146)
        _stroke(draw, points + 2.0 * scale, light, 2.6 * scale)
        _stroke(draw, points, dark, 2.6 * scale)
    if kind in ("stitch", "double"):
        for offset in (0.0, 7.0) if kind == "double" else (0.0,):
            _dashes(draw, points + offset * scale, scale)
    if kind == "zip":
        _stroke(draw, points, 70, 12 * scale)
        _dashes(draw, points, scale * 1.2, 190, 7.0)


def _stroke(draw: ImageDraw.ImageDraw, points: Points, tone: int, width: float) -> None:
    draw.line([(x, y) for x, y in points.tolist()], fill=tone, width=max(1, round(width)), joint="curve")


def _dashes(draw: ImageDraw.ImageDraw, points: Points, scale: float, tone: int = _BRIGHT, width: float = 2.2) -> None:
    """Stitches of even length along the line, each with its small dent."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    far = np.concatenate([[0], np.cumsum(steps)])
    for start in np.arange(0, far[-1], 9 * scale):
        ends = np.array([[np.interp(at, far, points[:, axis]) for axis in (0, 1)] for at in (start, start + 5.5 * scale)])
        _stroke(draw, ends + 1.3 * scale, 98, width * scale)
        _stroke(draw, ends, tone, width * scale)


def _studs(studs: tuple[Stud, ...], size: int) -> Image.Image | None:
    if not studs:
        return None
    sheet = Image.new("RGBA", (4 * size, 4 * size))
    draw = ImageDraw.Draw(sheet)
    for stud in studs:
        _stud(draw, stud, 4 * size)
    return sheet.reduce(4)


def _stud(draw: ImageDraw.ImageDraw, stud: Stud, scale: int) -> None:
    x, y, radius = stud.x * scale, stud.y * scale, stud.radius * scale
    red, green, blue = (int(stud.colour[at : at + 2], 16) for at in (1, 3, 5))

    def disc(dx: float, dy: float, part: float, tone: float, alpha: int = 255) -> None:
        fill = (*(min(255, round(channel * tone)) for channel in (red, green, blue)), alpha)
        box = (x + (dx - part) * radius, y + (dy - part) * radius, x + (dx + part) * radius, y + (dy + part) * radius)
        draw.ellipse(box, fill=fill)

    disc(0.22, 0.3, 1.06, 0.1, 90)
    disc(0, 0, 1.0, 0.84)
    disc(-0.06, -0.07, 0.92, 1.05)
    disc(0.03, 0.03, 0.66, 0.92)
    for dx in (-0.2, 0.2):
        for dy in (-0.2, 0.2):
            disc(dx, dy, 0.1, 0.4)
