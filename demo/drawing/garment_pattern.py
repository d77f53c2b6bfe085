"""The primitives of sewing patterns: outlines, panels, seams, buttons. The unit is the width of the picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = tuple[float, ...]  # (x, y): line to; (cx, cy, x, y): curve with control point (cx, cy)
Path = tuple[Point, ...]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A piece of cloth of a garment.

    ``half``: the path is the right half, from top centre to bottom centre, and is mirrored. ``twin``: the piece exists on both
    sides. ``grain`` rotates the cloth, in degrees. ``puff`` is how round it lies; ``hang`` the number of its hanging folds.
    ``cloth`` is an index of the picture's cloths. ``rib`` knits it in columns; ``dim`` darkens it.
    """

    path: Path
    half: bool = False
    twin: bool = False
    grain: float = 0.0
    puff: float = 1.0
    fold_count: float = 0.0
    wrinkle: float = 1.0
    cloth: int = 0
    rib: bool = False
    dim: float = 1.0
    shadow: float = 0.38
    lift: float = 0.008


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A seam, a row of stitches, a pressed edge, or a zip."""

    path: Path
    kind: str = "seam"
    twin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stud:
    """A button, snap or eyelet."""

    x: float
    y: float
    radius: float = 0.0085
    colour: str = "#ece5d6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Garment:
    """Panels from back to front, then seams and buttons."""

    panels: tuple[Panel, ...]
    seams: tuple[Seam, ...] = ()
    studs: tuple[Stud, ...] = ()
    span: float = 3000.0


def curve(path: Path) -> Points:
    """Return the path as points."""
    out = [np.array(path[0][:2], float)]
    for point in path[1:]:
        end = np.array(point[-2:], float)
        if len(point) == 4:
            start, bend = out[-1], np.array(point[:2], float)
            share = np.linspace(0, 1, 17)[1:, None]
            out.extend((1 - share) ** 2 * start + 2 * share * (1 - share) * bend + share**2 * end)
        else:
            out.append(end)
    return np.array(out)


def mirrored(points: Points) -> Points:
    """Return the path mirrored to the other side."""
    return points * (-1, 1) + (1, 0)


def outlines(panel: Panel) -> list[Points]:
    """Return the closed outlines of a panel: one, or two for twins."""
    points = curve(panel.path)
    if panel.half:
        return [np.concatenate([points, mirrored(points)[::-1]])]
    return [points, mirrored(points)] if panel.twin else [points]
