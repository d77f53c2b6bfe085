"""Sewing patterns of scarves, bags and aprons."""

from demo.drawing.garment_pattern import Garment, Panel, Path, Seam


def _fringe(x: float, wide: float, y: float, count: int) -> tuple[Panel, ...]:
    """Return the twisted threads at the end of a scarf."""
    step = wide / count
    return tuple(
        Panel(
            path=(
                (x + index * step, y),
                (x + (index + 0.62) * step, y),
                (x + (index + 0.5) * step, y + 0.062),
                (x + (index + 0.1) * step, y + 0.06),
            ),
            puff=0.3,
            wrinkle=0.1,
            shadow=0.2,
            lift=0.004,
        )
        for index in range(count)
    )


_HANDLE: Path = (
    (0.385, 0.33),
    (0.375, 0.08, 0.5, 0.075),
    (0.625, 0.08, 0.615, 0.33),
    (0.585, 0.33),
    (0.592, 0.108, 0.5, 0.106),
    (0.408, 0.108, 0.415, 0.33),
)

SCARF = Garment(
    panels=(
        Panel(
            path=(
                (0.37, 0.19),
                (0.38, 0.07, 0.5, 0.07),
                (0.62, 0.07, 0.63, 0.19),
                (0.6, 0.26, 0.5, 0.27),
                (0.4, 0.26, 0.37, 0.19),
            ),
            dim=0.62,
            puff=0.6,
        ),
        *_fringe(0.305, 0.15, 0.885, 11),
        *_fringe(0.535, 0.155, 0.82, 11),
        Panel(
            path=((0.5, 0.25), (0.62, 0.22), (0.665, 0.5), (0.69, 0.825), (0.535, 0.825), (0.53, 0.5)), puff=1.2, fold_count=7
        ),
        Panel(
            path=((0.37, 0.22), (0.53, 0.28), (0.49, 0.5), (0.455, 0.89), (0.305, 0.89), (0.33, 0.5)),
            puff=1.3,
            fold_count=7,
            lift=0.014,
        ),
        Panel(
            path=(
                (0.364, 0.18),
                (0.4, 0.258, 0.5, 0.26),
                (0.6, 0.258, 0.636, 0.18),
                (0.672, 0.25, 0.625, 0.32),
                (0.56, 0.385, 0.47, 0.375),
                (0.33, 0.34, 0.364, 0.18),
            ),
            puff=1.5,
            wrinkle=1.6,
            grain=80,
            lift=0.016,
        ),
    ),
    span=2600.0,
)

SHAWL = Garment(
    panels=(
        Panel(
            path=(
                (0.12, 0.17),
                (0.5, 0.15, 0.88, 0.17),
                (0.86, 0.5, 0.88, 0.84),
                (0.5, 0.86, 0.12, 0.84),
                (0.14, 0.5, 0.12, 0.17),
            ),
            puff=0.5,
            wrinkle=2.2,
            lift=0.01,
        ),
    ),
    seams=(
        Seam(
            path=(
                (0.135, 0.185),
                (0.5, 0.168, 0.865, 0.185),
                (0.848, 0.5, 0.865, 0.825),
                (0.5, 0.842, 0.135, 0.825),
                (0.152, 0.5, 0.135, 0.185),
            ),
            kind="fold",
        ),
    ),
    span=2100.0,
)

TOTE = Garment(
    panels=(
        Panel(
            path=tuple((*(c if i % 2 == 0 else c - 0.02 for i, c in enumerate(p)),) for p in _HANDLE),
            dim=0.72,
            puff=0.3,
            wrinkle=0.2,
            shadow=0.3,
        ),
        Panel(
            path=(
                (0.235, 0.315),
                (0.5, 0.305, 0.765, 0.315),
                (0.775, 0.6, 0.79, 0.9),
                (0.5, 0.925, 0.21, 0.9),
                (0.225, 0.6, 0.235, 0.315),
            ),
            puff=1.2,
            wrinkle=1.4,
            lift=0.016,
        ),
        Panel(path=_HANDLE, puff=0.35, wrinkle=0.2, shadow=0.35),
    ),
    seams=(
        Seam(path=((0.237, 0.352), (0.5, 0.342, 0.763, 0.352)), kind="double"),
        Seam(path=((0.387, 0.325), (0.413, 0.295)), kind="stitch", twin=True),
        Seam(path=((0.387, 0.295), (0.413, 0.325)), kind="stitch", twin=True),
    ),
    span=2400.0,
)

APRON = Garment(
    panels=(
        Panel(
            path=(
                (0.4, 0.2),
                (0.4, 0.05, 0.5, 0.05),
                (0.6, 0.05, 0.6, 0.2),
                (0.585, 0.2),
                (0.58, 0.068, 0.5, 0.068),
                (0.42, 0.068, 0.415, 0.2),
            ),
            puff=0.3,
            wrinkle=0.1,
        ),
        Panel(
            path=((0.72, 0.41), (0.87, 0.45, 0.9, 0.62), (0.885, 0.62), (0.85, 0.475, 0.72, 0.43)),
            twin=True,
            puff=0.3,
            wrinkle=0.1,
        ),
        Panel(
            path=(
                (0.5, 0.18),
                (0.61, 0.18),
                (0.62, 0.36, 0.735, 0.4),
                (0.75, 0.65, 0.745, 0.92),
                (0.6, 0.935, 0.5, 0.935),
            ),
            half=True,
            wrinkle=1.3,
        ),
        Panel(
            path=((0.5, 0.53), (0.62, 0.53), (0.615, 0.7), (0.5, 0.705)),
            half=True,
            puff=0.4,
            wrinkle=0.5,
            shadow=0.3,
            lift=0.005,
        ),
    ),
    seams=(
        Seam(path=((0.38, 0.545), (0.62, 0.545)), kind="stitch"),
        Seam(path=((0.5, 0.53), (0.5, 0.705)), kind="stitch"),
        Seam(path=((0.39, 0.197), (0.61, 0.197)), kind="stitch"),
    ),
)

ACCESSORIES: dict[str, Garment] = {
    "scarf": SCARF,
    "shawl": SHAWL,
    "tote": TOTE,
    "apron": APRON,
}
