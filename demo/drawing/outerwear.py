"""Sewing patterns of jackets and coats."""

from demo.drawing.garment_pattern import Garment, Panel, Path, Seam, Stud
from demo.drawing.garment_pieces import (
    ARMHOLE,
    BODY,
    BRASS,
    COLLAR,
    CUFF,
    HEM,
    HORN,
    LONG_SLEEVE,
    PLACKET,
    STAND_COLLAR,
    STEEL,
    buttons,
)

_LAPEL: Path = (
    (0.503, 0.5),
    (0.53, 0.3, 0.592, 0.13),
    (0.625, 0.155),
    (0.635, 0.21),
    (0.668, 0.225),
    (0.64, 0.275),
    (0.6, 0.41, 0.503, 0.5),
)

HOODIE = Garment(
    panels=(
        Panel(
            path=((0.5, 0.06), (0.6, 0.055, 0.615, 0.15), (0.58, 0.25, 0.5, 0.26)),
            half=True,
            dim=0.5,
            shadow=0.0,
            puff=0.6,
        ),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.3),
        Panel(path=CUFF, twin=True, grain=-8, rib=True),
        Panel(path=BODY, half=True, puff=1.2),
        Panel(path=HEM, half=True, rib=True, puff=0.8, shadow=0.2),
        Panel(
            path=(
                (0.498, 0.27),
                (0.545, 0.23, 0.558, 0.15),
                (0.555, 0.085, 0.5, 0.085),
                (0.5, 0.04),
                (0.635, 0.03, 0.645, 0.165),
                (0.6, 0.26, 0.52, 0.305),
            ),
            twin=True,
            puff=1.2,
            grain=18,
            lift=0.012,
        ),
        Panel(
            path=((0.5, 0.6), (0.6, 0.6), (0.655, 0.75), (0.655, 0.83), (0.5, 0.835)),
            half=True,
            puff=0.7,
            shadow=0.3,
            lift=0.004,
        ),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.596, 0.606), (0.65, 0.75)), kind="double", twin=True),
        Seam(path=((0.4, 0.606), (0.6, 0.606)), kind="stitch"),
        Seam(path=((0.53, 0.27), (0.535, 0.36, 0.527, 0.45)), kind="seam", twin=True),
    ),
    studs=(Stud(x=0.53, y=0.268, radius=0.006, colour=STEEL), Stud(x=0.47, y=0.268, radius=0.006, colour=STEEL)),
)

JACKET = Garment(
    panels=(
        Panel(path=STAND_COLLAR, half=True, dim=0.5, shadow=0.0, puff=0.4),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.4),
        Panel(path=CUFF, twin=True, grain=-8, rib=True, cloth=1),
        Panel(path=BODY, half=True, puff=1.2),
        Panel(path=HEM, half=True, rib=True, puff=0.9, shadow=0.2, cloth=1),
        Panel(
            path=((0.5, 0.2), (0.555, 0.19, 0.58, 0.105), (0.622, 0.13), (0.6, 0.235, 0.5, 0.27)),
            half=True,
            rib=True,
            puff=0.7,
            cloth=1,
        ),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.5, 0.215), (0.5, 0.915)), kind="zip"),
        Seam(path=((0.574, 0.62), (0.632, 0.75)), kind="zip", twin=True),
        Seam(path=((0.616, 0.232), (0.66, 0.25, 0.705, 0.265)), kind="double", twin=True),
    ),
)

DENIM_JACKET = Garment(
    panels=(
        Panel(path=STAND_COLLAR, half=True, dim=0.55, shadow=0.0, puff=0.4),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.2),
        Panel(path=CUFF, twin=True, grain=-8, puff=0.7),
        Panel(path=BODY, half=True),
        Panel(path=HEM, half=True, puff=0.5, shadow=0.3, wrinkle=0.4),
        Panel(path=PLACKET, puff=0.3, wrinkle=0.3, shadow=0.3, lift=0.004),
        Panel(
            path=((0.545, 0.385), (0.665, 0.385), (0.665, 0.42), (0.605, 0.45), (0.545, 0.42)),
            twin=True,
            puff=0.3,
            wrinkle=0.2,
            shadow=0.3,
            lift=0.004,
        ),
        Panel(path=COLLAR, twin=True, grain=38, puff=0.6, wrinkle=0.4, lift=0.011),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.52, 0.36), (0.71, 0.352)), kind="double", twin=True),
        Seam(path=((0.56, 0.43), (0.545, 0.65, 0.535, 0.86)), kind="double", twin=True),
        Seam(path=((0.65, 0.43), (0.64, 0.65, 0.62, 0.855)), kind="double", twin=True),
        Seam(path=((0.52, 0.25), (0.513, 0.87)), kind="stitch"),
        Seam(path=((0.292, 0.868), (0.5, 0.88), (0.708, 0.868)), kind="stitch"),
        Seam(path=((0.55, 0.414), (0.605, 0.443), (0.66, 0.414)), kind="stitch", twin=True),
    ),
    studs=(
        *buttons(0.5, 0.28, 0.89, 6, BRASS, 0.009),
        Stud(x=0.605, y=0.432, radius=0.007, colour=BRASS),
        Stud(x=0.395, y=0.432, radius=0.007, colour=BRASS),
    ),
)

BLAZER = Garment(
    panels=(
        Panel(
            path=((0.5, 0.11), (0.57, 0.115, 0.6, 0.135), (0.57, 0.3, 0.5, 0.5)),
            half=True,
            dim=0.5,
            shadow=0.0,
            puff=0.3,
        ),
        Panel(path=LONG_SLEEVE, twin=True, grain=-14, puff=1.2, wrinkle=0.7),
        Panel(
            path=(
                (0.485, 0.495),
                (0.56, 0.3, 0.6, 0.14),
                (0.725, 0.185),
                (0.695, 0.28, 0.715, 0.37),
                (0.69, 0.6, 0.725, 0.86),
                (0.66, 0.9, 0.55, 0.9),
                (0.5, 0.84, 0.485, 0.63),
            ),
            twin=True,
            wrinkle=0.7,
        ),
        Panel(
            path=((0.55, 0.66), (0.665, 0.65), (0.667, 0.685), (0.552, 0.695)),
            twin=True,
            puff=0.3,
            wrinkle=0.2,
            shadow=0.3,
            lift=0.004,
        ),
        Panel(path=_LAPEL, twin=True, grain=20, puff=0.5, wrinkle=0.3, lift=0.012),
    ),
    seams=(
        ARMHOLE,
        Seam(path=((0.57, 0.42), (0.588, 0.55, 0.6, 0.655)), kind="fold", twin=True),
        Seam(path=((0.635, 0.21), (0.59, 0.235)), kind="seam", twin=True),
        Seam(path=((0.575, 0.4), (0.655, 0.385)), kind="seam"),
    ),
    studs=buttons(0.5, 0.53, 0.63, 2, HORN, 0.011),
)

COAT = Garment(
    panels=(
        Panel(
            path=((0.5, 0.075), (0.57, 0.08, 0.6, 0.1), (0.57, 0.25, 0.5, 0.36)),
            half=True,
            dim=0.5,
            shadow=0.0,
            puff=0.3,
        ),
        Panel(
            path=(
                (0.69, 0.135),
                (0.78, 0.165, 0.815, 0.35),
                (0.85, 0.5, 0.865, 0.7),
                (0.82, 0.72, 0.785, 0.715),
                (0.755, 0.5, 0.7, 0.33),
                (0.68, 0.2, 0.69, 0.135),
            ),
            twin=True,
            grain=-12,
            puff=1.3,
            wrinkle=0.7,
        ),
        Panel(
            path=(
                (0.46, 0.36),
                (0.55, 0.25, 0.6, 0.1),
                (0.71, 0.145),
                (0.69, 0.25, 0.7, 0.33),
                (0.69, 0.6, 0.735, 0.93),
                (0.6, 0.95, 0.46, 0.95),
            ),
            twin=True,
            wrinkle=0.8,
            shadow=0.3,
        ),
        Panel(
            path=((0.57, 0.6), (0.665, 0.59), (0.67, 0.63), (0.574, 0.64)),
            twin=True,
            puff=0.3,
            wrinkle=0.2,
            shadow=0.3,
            lift=0.004,
        ),
        Panel(
            path=(
                (0.47, 0.37),
                (0.53, 0.2, 0.592, 0.09),
                (0.635, 0.115),
                (0.645, 0.18),
                (0.685, 0.2),
                (0.645, 0.28),
                (0.6, 0.34, 0.47, 0.37),
            ),
            twin=True,
            grain=24,
            puff=0.7,
            wrinkle=0.4,
            lift=0.013,
        ),
    ),
    seams=(
        Seam(path=((0.71, 0.146), (0.686, 0.25, 0.698, 0.33)), twin=True),
        Seam(path=((0.462, 0.38), (0.462, 0.95)), kind="seam"),
        Seam(path=((0.792, 0.66), (0.865, 0.65)), kind="fold", twin=True),
        Seam(path=((0.645, 0.18), (0.6, 0.205)), kind="seam", twin=True),
    ),
    studs=(*buttons(0.485, 0.42, 0.64, 3, HORN, 0.0125), *buttons(0.575, 0.42, 0.64, 3, HORN, 0.0125)),
)

OUTERWEAR: dict[str, Garment] = {
    "hoodie": HOODIE,
    "jacket": JACKET,
    "denim-jacket": DENIM_JACKET,
    "blazer": BLAZER,
    "coat": COAT,
}
