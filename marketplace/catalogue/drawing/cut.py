"""The language garments are cut in: outlines, panels, seams, buttons. Units are widths of the picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = tuple[float, ...]  # (x, y): straight to; (cx, cy, x, y): in a curve bent towards (cx, cy)
Path = tuple[Point, ...]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A piece of cloth of a garment.

    ``half``: the path is the right half, from the middle above to the middle below, and is mirrored. ``twin``: the
    piece stands on both sides. ``grain`` turns the cloth, in degrees. ``puff`` is how round it lies; ``hang`` in how
    many folds it hangs. ``cloth`` counts the picture's cloths. ``rib`` knits it in columns; ``dim`` darkens it.
    """

    path: Path
    half: bool = False
    twin: bool = False
    grain: float = 0.0
    puff: float = 1.0
    hang: float = 0.0
    wrinkle: float = 1.0
    cloth: int = 0
    rib: bool = False
    dim: float = 1.0
    shadow: float = 0.38
    lift: float = 0.008


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
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
    """Panels from back to front, then what is sewn on."""

    panels: tuple[Panel, ...]
    lines: tuple[Line, ...] = ()
    studs: tuple[Stud, ...] = ()
    span: float = 3000.0


def curve(path: Path) -> Points:
    """The path as points."""
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
    """The other side."""
    return points * (-1, 1) + (1, 0)


def outlines(panel: Panel) -> list[Points]:
    """The closed outlines of a panel: one, or two for twins."""
    points = curve(panel.path)
    if panel.half:
        return [np.concatenate([points, mirrored(points)[::-1]])]
    return [points, mirrored(points)] if panel.twin else [points]
