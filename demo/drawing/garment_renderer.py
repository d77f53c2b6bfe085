"""Rendering of a garment: its panels with folds and light, seams and buttons."""

import numpy as np
from PIL import Image, ImageDraw

from demo.drawing import folds
from demo.drawing.fields import Field, as_field, grid, noise, soften
from demo.drawing.garment_pattern import Garment, Panel, Points, Seam, Stud, curve, mirrored, outlines
from demo.drawing.light import shade_relief_within
from demo.drawing.scene import Layer, Scene, compose

_SEAM, _FAINT, _BRIGHT = 84, 106, 158  # brightness; 128 leaves the cloth unchanged


def render_garment(garment: Garment, rng: np.random.Generator, size: int) -> Scene:
    """Return the garment on a table, photographed from above."""
    layers = [_layer(panel, points, rng, size) for panel in garment.panels for points in outlines(panel)]
    scene = compose(layers, size, garment.span, 2)
    scene.light = scene.light.dimmed(_seam_light(garment.seams, size))
    scene.details = _draw_studs(garment.studs, size)
    return scene


def _layer(panel: Panel, points: Points, rng: np.random.Generator, size: int) -> Layer:
    m = max(160, size // 2)
    mask = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(mask).polygon([(x, y) for x, y in (points * 2 * size).tolist()], fill=255)
    coarse = as_field(np.asarray(mask.resize((m, m), Image.Resampling.BOX)) / np.float32(255))
    grain = -panel.grain if panel.twin and points[:, 0].mean() < 0.5 else panel.grain
    u, v = _grained(points, np.radians(grain), m)
    light = shade_relief_within(_relief(panel, coarse, rng, m), coarse > 0, 0.8)
    tone = np.full((m, m), panel.dim, np.float32)
    if panel.rib:
        tone = tone * (1 + 0.13 * np.sin(u * 2 * np.pi * 78)).astype(np.float32)
    tone = tone * (0.9 + 0.1 * soften(coarse, m // 90) ** 2)
    return Layer(u, v, light.dimmed(tone), mask, panel.cloth, panel.shadow, panel.lift)


def _grained(points: Points, turn: float, m: int) -> tuple[Field, Field]:
    """Return cloth coordinates rotated about the panel's centre, so that stripes follow a sleeve."""
    y, x = grid(m)
    cx, cy = points.mean(0)
    if not turn:
        return x, y
    dx, dy = x - cx, y - cy
    u = dx * np.cos(turn) + dy * np.sin(turn) + cx
    return u.astype(np.float32), (dy * np.cos(turn) - dx * np.sin(turn) + cy).astype(np.float32)


def _relief(panel: Panel, mask: Field, rng: np.random.Generator, m: int) -> Field:
    """Return the relief: round at the edges, fuller in the centre, slightly wrinkled, or in hanging folds."""
    height = (folds.dome(mask, m // 46) * 0.0085 + soften(mask, m // 16) * 0.05 * mask) * panel.puff
    if panel.wrinkle > 0.2:
        height = height + (folds.waves(rng, m, 5, 0.26) + noise(rng, m, 6, 3) * 0.0032) * panel.wrinkle
    if panel.fold_count:
        height = height + folds.hanging(rng, m, panel.fold_count, 1.0) * 0.75
    return height.astype(np.float32)


def _seam_light(seams: tuple[Seam, ...], size: int) -> Field:
    """Return seams as changes of light."""
    canvas = Image.new("L", (2 * size, 2 * size), 128)
    draw = ImageDraw.Draw(canvas)
    for seam in seams:
        points = curve(seam.path)
        for side in (points, mirrored(points)) if seam.twin else (points,):
            _draw_seam(draw, side * 2 * size, seam.kind, size / 640)
    return (1 + (np.asarray(canvas.reduce(2)).astype(np.float32) - 128) / 128).astype(np.float32)


def _draw_seam(draw: ImageDraw.ImageDraw, points: Points, kind: str, scale: float) -> None:
    if kind in ("seam", "fold"):
        dark, light = (_SEAM, _BRIGHT) if kind == "seam" else (_FAINT, 146)
        _draw_stroke(draw, points + 2.0 * scale, light, 2.6 * scale)
        _draw_stroke(draw, points, dark, 2.6 * scale)
    if kind in ("stitch", "double"):
        for offset in (0.0, 7.0) if kind == "double" else (0.0,):
            _draw_dashes(draw, points + offset * scale, scale)
    if kind == "zip":
        _draw_stroke(draw, points, 70, 12 * scale)
        _draw_dashes(draw, points, scale * 1.2, 190, 7.0)


def _draw_stroke(draw: ImageDraw.ImageDraw, points: Points, tone: int, width: float) -> None:
    draw.line([(x, y) for x, y in points.tolist()], fill=tone, width=max(1, round(width)), joint="curve")


def _draw_dashes(draw: ImageDraw.ImageDraw, points: Points, scale: float, tone: int = _BRIGHT, width: float = 2.2) -> None:
    """Draw stitches of even length along the line, each with a small dent."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    far = np.concatenate([[0], np.cumsum(steps)])
    for start in np.arange(0, far[-1], 9 * scale):
        ends = np.array([[np.interp(index, far, points[:, axis]) for axis in (0, 1)] for index in (start, start + 5.5 * scale)])
        _draw_stroke(draw, ends + 1.3 * scale, 98, width * scale)
        _draw_stroke(draw, ends, tone, width * scale)


def _draw_studs(studs: tuple[Stud, ...], size: int) -> Image.Image | None:
    if not studs:
        return None
    overlay = Image.new("RGBA", (4 * size, 4 * size))
    draw = ImageDraw.Draw(overlay)
    for stud in studs:
        _draw_stud(draw, stud, 4 * size)
    return overlay.reduce(4)


def _draw_stud(draw: ImageDraw.ImageDraw, stud: Stud, scale: int) -> None:
    x, y, radius = stud.x * scale, stud.y * scale, stud.radius * scale
    red, green, blue = (int(stud.colour[index : index + 2], 16) for index in (1, 3, 5))

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
