"""Sewing patterns of home textiles."""

from demo.drawing.garment_pattern import Garment, Panel, Seam, Stud

CUSHION = Garment(
    panels=(
        Panel(
            path=(
                (0.16, 0.18),
                (0.5, 0.235, 0.84, 0.18),
                (0.79, 0.5, 0.84, 0.83),
                (0.5, 0.775, 0.16, 0.83),
                (0.21, 0.5, 0.16, 0.18),
            ),
            puff=2.6,
            wrinkle=1.2,
            lift=0.03,
            shadow=0.5,
        ),
    ),
    seams=(
        Seam(
            path=(
                (0.172, 0.193),
                (0.5, 0.246, 0.828, 0.193),
                (0.78, 0.5, 0.828, 0.817),
                (0.5, 0.764, 0.172, 0.817),
                (0.222, 0.5, 0.172, 0.193),
            ),
            kind="fold",
        ),
    ),
    span=2300.0,
)

BEDDING = Garment(
    panels=(
        Panel(
            path=((0.06, 0.24), (0.5, 0.23), (0.94, 0.24), (0.96, 0.97), (0.04, 0.97)),
            cloth=1,
            puff=0.8,
            wrinkle=1.2,
            lift=0.014,
        ),
        *(
            Panel(
                path=(
                    (x, 0.15),
                    (x + 0.17, 0.175, x + 0.34, 0.15),
                    (x + 0.325, 0.27, x + 0.34, 0.38),
                    (x + 0.17, 0.36, x, 0.38),
                    (x + 0.015, 0.27, x, 0.15),
                ),
                puff=2.2,
                wrinkle=1.0,
                cloth=1,
                lift=0.02,
                shadow=0.45,
            )
            for x in (0.13, 0.53)
        ),
        *(
            Panel(
                path=(
                    (x, 0.25),
                    (x + 0.15, 0.268, x + 0.3, 0.25),
                    (x + 0.288, 0.36, x + 0.3, 0.45),
                    (x + 0.15, 0.435, x, 0.45),
                    (x + 0.012, 0.36, x, 0.25),
                ),
                puff=2.2,
                wrinkle=1.0,
                lift=0.02,
                shadow=0.45,
            )
            for x in (0.17, 0.53)
        ),
        Panel(
            path=((0.045, 0.47), (0.5, 0.45), (0.955, 0.47), (0.975, 0.99), (0.025, 0.99)),
            puff=1.4,
            wrinkle=2.4,
            lift=0.02,
            shadow=0.45,
        ),
        Panel(
            path=((0.045, 0.47), (0.5, 0.45), (0.955, 0.47), (0.958, 0.565), (0.5, 0.56, 0.042, 0.57)),
            cloth=1,
            puff=1.3,
            wrinkle=1.0,
            lift=0.012,
            shadow=0.3,
        ),
    ),
    span=2300.0,
)

CURTAIN = Garment(
    panels=(
        Panel(path=((0.03, 0.045), (0.97, 0.045), (0.97, 0.07), (0.03, 0.07)), puff=0.6, wrinkle=0.0, cloth=1, lift=0.02),
        Panel(
            path=((0.53, 0.06), (0.93, 0.06), (0.94, 0.95), (0.52, 0.95)),
            twin=True,
            fold_count=13,
            puff=0.5,
            lift=0.02,
            shadow=0.3,
        ),
    ),
    studs=tuple(
        Stud(x=x, y=0.068, radius=0.0125, colour="#b9a27a")
        for x in (0.08, 0.17, 0.26, 0.35, 0.44, 0.56, 0.65, 0.74, 0.83, 0.92)
    ),
    span=2500.0,
)

TOWEL = Garment(
    panels=(
        Panel(path=((0.2, 0.56), (0.8, 0.56), (0.805, 0.76), (0.5, 0.775, 0.195, 0.76)), puff=2.0, lift=0.02, shadow=0.45),
        Panel(path=((0.205, 0.42), (0.795, 0.42), (0.8, 0.62), (0.5, 0.635, 0.2, 0.62)), puff=2.0, lift=0.016, cloth=1),
        Panel(path=((0.2, 0.2), (0.5, 0.19, 0.8, 0.2), (0.805, 0.48), (0.5, 0.5, 0.195, 0.48)), puff=1.8, lift=0.016),
    ),
    seams=(
        Seam(path=((0.2, 0.42), (0.5, 0.437, 0.8, 0.42)), kind="seam"),
        Seam(path=((0.2, 0.44), (0.5, 0.457, 0.8, 0.44)), kind="seam"),
    ),
    span=2000.0,
)

TABLECLOTH = Garment(
    panels=(
        Panel(
            path=((0.05, 0.42), (0.95, 0.42), (0.97, 0.8), (0.75, 0.84, 0.5, 0.81), (0.25, 0.84, 0.03, 0.8)),
            fold_count=9,
            puff=0.5,
            lift=0.03,
            shadow=0.4,
        ),
        Panel(
            path=((0.05, 0.425), (0.2, 0.19), (0.8, 0.19), (0.95, 0.425), (0.5, 0.44)),
            puff=0.4,
            wrinkle=0.7,
            shadow=0.1,
            lift=0.006,
        ),
    ),
    span=2600.0,
)

HOUSEHOLD: dict[str, Garment] = {
    "cushion": CUSHION,
    "bedding": BEDDING,
    "curtain": CURTAIN,
    "towel": TOWEL,
    "tablecloth": TABLECLOTH,
}
