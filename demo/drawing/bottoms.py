"""Sewing patterns of trousers and socks."""

from demo.drawing.garment_pattern import Garment, Panel, Path, Seam, Stud
from demo.drawing.garment_pieces import BRASS, HORN

_LEG: Path = (
    (0.5, 0.115),
    (0.62, 0.112),
    (0.64, 0.2, 0.655, 0.32),
    (0.66, 0.6, 0.655, 0.925),
    (0.6, 0.935, 0.545, 0.93),
    (0.53, 0.65, 0.512, 0.375),
    (0.5, 0.36),
)

_WAIST: Path = ((0.5, 0.08), (0.56, 0.08, 0.612, 0.072), (0.623, 0.125), (0.56, 0.132, 0.5, 0.132))

_SEAT = Panel(path=((0.5, 0.07), (0.56, 0.068, 0.61, 0.07), (0.56, 0.098, 0.5, 0.1)), half=True, dim=0.5, shadow=0.0, puff=0.2)

_FLY = (
    Seam(path=((0.5, 0.132), (0.5, 0.37)), kind="seam"),
    Seam(path=((0.535, 0.134), (0.538, 0.24), (0.53, 0.3, 0.503, 0.32)), kind="double"),
)

TROUSERS = Garment(
    panels=(_SEAT, Panel(path=_LEG, twin=True, wrinkle=0.8), Panel(path=_WAIST, half=True, puff=0.4, wrinkle=0.2)),
    seams=(
        _FLY[0],
        Seam(path=((0.585, 0.15), (0.59, 0.5), (0.597, 0.92)), kind="fold", twin=True),
        Seam(path=((0.605, 0.133), (0.638, 0.25)), kind="seam", twin=True),
        Seam(path=((0.535, 0.134), (0.538, 0.24), (0.53, 0.3, 0.503, 0.32)), kind="fold"),
    ),
    studs=(Stud(x=0.5, y=0.106, radius=0.0105, colour=HORN),),
)

JEANS = Garment(
    panels=(
        _SEAT,
        Panel(path=_LEG, twin=True),
        Panel(path=_WAIST, half=True, puff=0.4, wrinkle=0.3),
        *(
            Panel(
                path=((x, 0.068), (x + 0.016, 0.068), (x + 0.016, 0.142), (x, 0.142)),
                puff=0.2,
                wrinkle=0.1,
                shadow=0.35,
                lift=0.004,
            )
            for x in (0.425, 0.56)
        ),
    ),
    seams=(
        *_FLY,
        Seam(path=((0.525, 0.135), (0.55, 0.215, 0.64, 0.22)), kind="double", twin=True),
        Seam(path=((0.646, 0.24), (0.652, 0.6), (0.649, 0.91)), kind="stitch", twin=True),
        Seam(path=((0.545, 0.912), (0.6, 0.918, 0.655, 0.908)), kind="stitch", twin=True),
        Seam(path=((0.388, 0.121), (0.44, 0.127, 0.5, 0.127), (0.56, 0.127, 0.612, 0.121)), kind="stitch"),
        Seam(path=((0.512, 0.38), (0.533, 0.65), (0.548, 0.92)), kind="stitch", twin=True),
    ),
    studs=(
        Stud(x=0.5, y=0.106, radius=0.0115, colour=BRASS),
        Stud(x=0.628, y=0.222, radius=0.006, colour=BRASS),
        Stud(x=0.372, y=0.222, radius=0.006, colour=BRASS),
    ),
)

SHORTS = Garment(
    panels=(
        Panel(
            path=(
                (0.5, 0.2),
                (0.66, 0.196),
                (0.71, 0.45, 0.745, 0.76),
                (0.65, 0.785, 0.535, 0.78),
                (0.512, 0.56),
                (0.5, 0.52),
            ),
            twin=True,
        ),
        Panel(
            path=((0.5, 0.165), (0.58, 0.165, 0.655, 0.155), (0.667, 0.215), (0.58, 0.224, 0.5, 0.224)),
            half=True,
            puff=0.7,
            wrinkle=0.3,
            fold_count=26,
        ),
    ),
    seams=(
        Seam(path=((0.5, 0.224), (0.5, 0.53)), kind="seam"),
        Seam(path=((0.535, 0.755), (0.65, 0.76, 0.742, 0.737)), kind="double", twin=True),
        Seam(path=((0.635, 0.22), (0.69, 0.38)), kind="seam", twin=True),
        Seam(path=((0.492, 0.215), (0.475, 0.3, 0.482, 0.34)), kind="seam"),
        Seam(path=((0.508, 0.215), (0.527, 0.29, 0.517, 0.36)), kind="seam"),
    ),
)

JOGGERS = Garment(
    panels=(
        Panel(path=_LEG, twin=True, puff=1.2),
        Panel(
            path=((0.547, 0.905), (0.65, 0.905), (0.64, 0.965), (0.56, 0.965)),
            twin=True,
            rib=True,
            puff=0.8,
            shadow=0.25,
        ),
        Panel(path=_WAIST, half=True, rib=True, puff=0.7),
    ),
    seams=(
        Seam(path=((0.5, 0.132), (0.5, 0.37)), kind="seam"),
        Seam(path=((0.61, 0.133), (0.645, 0.26)), kind="double", twin=True),
        Seam(path=((0.493, 0.125), (0.47, 0.2, 0.478, 0.25)), kind="seam"),
        Seam(path=((0.507, 0.125), (0.53, 0.19, 0.52, 0.27)), kind="seam"),
    ),
)

SOCKS = Garment(
    panels=tuple(
        panel
        for dx in (0.0, 0.2)
        for panel in (
            Panel(
                path=(
                    (0.3 + dx, 0.16),
                    (0.43 + dx, 0.16),
                    (0.43 + dx, 0.5),
                    (0.435 + dx, 0.62, 0.55 + dx, 0.7),
                    (0.6 + dx, 0.745, 0.56 + dx, 0.79),
                    (0.52 + dx, 0.82, 0.46 + dx, 0.79),
                    (0.28 + dx, 0.7, 0.3 + dx, 0.55),
                ),
                puff=1.2,
                wrinkle=0.6,
                lift=0.014,
            ),
            Panel(
                path=((0.296 + dx, 0.135), (0.434 + dx, 0.135), (0.433 + dx, 0.225), (0.297 + dx, 0.225)),
                rib=True,
                cloth=1,
                puff=0.7,
                wrinkle=0.2,
                shadow=0.15,
            ),
            Panel(
                path=(
                    (0.545 + dx, 0.697),
                    (0.602 + dx, 0.745, 0.56 + dx, 0.79),
                    (0.53 + dx, 0.812, 0.495 + dx, 0.804),
                    (0.5 + dx, 0.74, 0.545 + dx, 0.697),
                ),
                cloth=1,
                puff=0.9,
                wrinkle=0.3,
                shadow=0.1,
            ),
            Panel(
                path=((0.3 + dx, 0.53), (0.36 + dx, 0.58, 0.352 + dx, 0.7), (0.29 + dx, 0.65, 0.3 + dx, 0.53)),
                cloth=1,
                puff=0.8,
                wrinkle=0.3,
                shadow=0.1,
            ),
        )
    ),
    span=1900.0,
)

BOTTOMS: dict[str, Garment] = {
    "trousers": TROUSERS,
    "jeans": JEANS,
    "shorts": SHORTS,
    "joggers": JOGGERS,
    "socks": SOCKS,
}
