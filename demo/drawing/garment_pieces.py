"""Pieces shared by most garments of the upper body."""

from demo.drawing.garment_pattern import Panel, Path, Seam, Stud

HORN, STEEL, BRASS = "#5a4636", "#8f9498", "#b58a52"

BODY: Path = (
    (0.5, 0.215),
    (0.57, 0.215, 0.605, 0.145),
    (0.72, 0.185),
    (0.695, 0.28, 0.715, 0.37),
    (0.705, 0.6, 0.715, 0.86),
    (0.6, 0.875, 0.5, 0.875),
)

INSIDE: Path = ((0.5, 0.132), (0.57, 0.135, 0.605, 0.145), (0.575, 0.22, 0.5, 0.225))

SHORT_SLEEVE: Path = (
    (0.7, 0.176),
    (0.81, 0.205, 0.885, 0.4),
    (0.84, 0.44, 0.775, 0.452),
    (0.745, 0.4, 0.712, 0.37),
    (0.69, 0.28, 0.7, 0.176),
)

LONG_SLEEVE: Path = (
    (0.7, 0.176),
    (0.79, 0.2, 0.825, 0.36),
    (0.865, 0.58, 0.885, 0.8),
    (0.85, 0.815, 0.81, 0.815),
    (0.775, 0.6, 0.712, 0.37),
    (0.69, 0.28, 0.7, 0.176),
)

CUFF: Path = ((0.886, 0.795), (0.893, 0.86), (0.85, 0.872, 0.815, 0.868), (0.807, 0.808), (0.85, 0.815, 0.886, 0.795))

BAND: Path = ((0.5, 0.202), (0.555, 0.2, 0.587, 0.14), (0.609, 0.147), (0.578, 0.228, 0.5, 0.23))

HEM: Path = ((0.5, 0.862), (0.6, 0.862, 0.712, 0.848), (0.706, 0.905), (0.6, 0.92, 0.5, 0.92))

ARMHOLE = Seam(path=((0.72, 0.186), (0.692, 0.28, 0.714, 0.37)), twin=True)

NECK = Panel(path=INSIDE, half=True, dim=0.55, shadow=0.0, puff=0.2)

COLLAR: Path = (
    (0.502, 0.222),
    (0.53, 0.16, 0.592, 0.125),
    (0.613, 0.15),
    (0.61, 0.22, 0.572, 0.262),
    (0.535, 0.245, 0.502, 0.222),
)

STAND_COLLAR: Path = ((0.5, 0.105), (0.56, 0.105, 0.596, 0.128), (0.56, 0.17, 0.5, 0.225))

PLACKET: Path = ((0.482, 0.222), (0.518, 0.222), (0.518, 0.873), (0.482, 0.873))


def buttons(
    x: float, top: float, bottom: float, count: int, colour: str = "#ece5d6", radius: float = 0.0082
) -> tuple[Stud, ...]:
    """Return a vertical row of buttons."""
    step = (bottom - top) / max(1, count - 1)
    return tuple(Stud(x=x, y=top + step * index, colour=colour, radius=radius) for index in range(count))


def pocket(x: float, y: float, wide: float, high: float) -> tuple[Panel, tuple[Seam, ...]]:
    """Return a pointed patch pocket and its stitches."""
    point = high * 0.16
    path: Path = ((x, y), (x + wide, y), (x + wide, y + high - point), (x + wide / 2, y + high), (x, y + high - point))
    stitched: Path = tuple(
        (px + (0.005 if px < x + wide / 2 else -0.005 if px > x + wide / 2 else 0), py - (0.006 if py > y else 0))
        for px, py in path
    )
    edge: Path = ((x, y + 0.02), (x + wide, y + 0.02))
    lines = (Seam(path=(stitched[1], *stitched[2:], stitched[0]), kind="stitch"), Seam(path=edge, kind="stitch"))
    return Panel(path=path, puff=0.25, wrinkle=0.3, shadow=0.22, lift=0.003), lines
